"""The code that the page shows, executed: it prints the boxes that `found` leaves."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnn_core.detection.box_code import boxes_code, imports_first
from cnn_core.detection.candidates import METHODS, found
from cnn_core.detection.loading import load_detector
from cnn_core.drawing import png
from cnn_core.images import to_float
from cnn_core.samples import sample_scene


@pytest.mark.parametrize("method", METHODS)
def test_the_code_prints_the_boxes(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = sample_scene(3).pixels
    (tmp_path / "picture.png").write_bytes(png(pixels))
    assert (np.asarray(Image.open(tmp_path / "picture.png")) == pixels).all()
    monkeypatch.chdir(tmp_path)
    detector = load_detector("starter_detector_shapes")
    settings = {"threshold": 0.3, "iou_threshold": 0.4, "classes": [0, 2], "method": method, "agnostic": True}
    expected = found(detector.look(to_float(pixels)), **settings)
    assert len(expected) > 2
    exec(compile(boxes_code(detector, **settings), "shown", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{expected.names[label]:12} {score:.2f}  {corners.round(1).tolist()}"
        for label, score, corners in zip(expected.labels, expected.scores, expected.corners, strict=True)
    ]


def test_a_class_name_cannot_leave_its_comment() -> None:
    detector = load_detector("starter_detector_shapes")
    bad = type(detector)(**{**vars(detector), "classes": ("x\nprint('gotcha')",)})
    code = boxes_code(bad, threshold=0.3, iou_threshold=0.4, classes=[0], method="nms", agnostic=False)
    assert not any(line.startswith("print") for line in code.splitlines() if "gotcha" in line)


def test_imports_come_first_and_once() -> None:
    assert imports_first("from a import b\nx = 1", "from a import b\nimport c\n\ny = 2") == (
        "from a import b\nimport c\n\nx = 1\n\ny = 2\n"
    )
