"""The programs that the learning tabs show run as they are, and give what the functions behind the tabs give."""

import numpy as np
import pytest
from PIL import Image

from cnn_core.box_matching import Truth
from cnn_core.box_overlap import overlap
from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import GridHead
from cnn_core.detection.cell_formula import cell_box, telling_cells
from cnn_core.detection.learn_snippets import cell_code, overlap_code, precision_code, suppression_code
from cnn_core.detection.loading import load_detector
from cnn_core.detection.trace import trace
from cnn_core.detection.truth import RULES, ranked_curve, rule_precision
from cnn_core.letterbox import letterbox
from cnn_core.samples import sample_scene

NAMES = ("cat", "traffic light", "a \"quoted\" 'name'\n# of two lines")


def run(code: str) -> dict:
    namespace: dict = {}
    exec(compile(code, "snippet", "exec"), namespace)
    return namespace


def some_boxes(seed: int, count: int = 30) -> Boxes:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 60, (count, 4))
    corners = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4) + np.array([0, 0, 20, 20])
    return Boxes(corners, random.integers(0, 3, count), random.random(count), NAMES)


@pytest.mark.parametrize("yolox", [False, True])
def test_one_cell(yolox):
    random = np.random.default_rng(1)
    raw = random.normal(size=(4, 6, 8)).astype(np.float32)
    if yolox:
        raw[..., 4:] = random.random((4, 6, 4))
    head = GridHead(raw, 16, 0.0 if yolox else 0.5, yolox)
    framed = letterbox(np.zeros((50, 120, 3)), (64, 96), centred=not yolox)
    for row, column in ((0, 5), (3, 0), (2, 2)):
        box = cell_box(head, framed, row, column, classes=NAMES)
        made = run(cell_code(box, NAMES, number=0, detector="")["NumPy"])
        np.testing.assert_allclose(made["corners"], box.corners, rtol=1e-5, atol=1e-4)
        assert made["score"] == pytest.approx(box.score, rel=1e-5)
        assert made["name"] == box.name


def test_one_cell_from_the_photo(tmp_path, monkeypatch):
    scene = sample_scene(0)
    Image.fromarray(scene.pixels).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    detector = load_detector("starter_detector_shapes")
    seen = detector.look(scene.image)
    assert seen.framed is not None
    box = cell_box(seen.heads[0], seen.framed, *telling_cells(seen.heads[0])["best"], classes=detector.classes)
    code = cell_code(box, detector.classes, number=0, detector=detector.code)
    for label in ("NumPy", "From the photo"):
        made = run(code[label])
        np.testing.assert_allclose(made["corners"], box.corners, atol=0.01)
        assert made["score"] == pytest.approx(box.score, abs=1e-5)
        assert made["name"] == box.name


@pytest.mark.parametrize("agnostic", [False, True])
@pytest.mark.parametrize("label", ["NumPy", "TensorFlow"])
def test_suppression(label, agnostic):
    boxes = some_boxes(2)
    if label == "TensorFlow":
        pytest.importorskip("tensorflow")
    code = suppression_code(boxes, iou_threshold=0.35, agnostic=agnostic)[label]
    kept = [step.kept for step in trace(boxes, iou_threshold=0.35, agnostic=agnostic)]
    assert 1 < len(kept) < len(boxes)
    assert run(code)["kept"] == kept


@pytest.mark.parametrize("pair", [((0, 0, 4, 4), (1, 2, 6.5, 9)), ((0, 0, 1, 1), (5, 5, 9, 6)), ((0, 0, 2, 2),) * 2])
@pytest.mark.parametrize("label", ["NumPy", "cnn_core"])
def test_overlap(label, pair):
    made = run(overlap_code(*pair)[label])
    assert {name: pytest.approx(float(made[name])) for name in ("iou", "giou", "diou", "ciou")} == overlap(*pair).values


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("label", ["NumPy", "cnn_core"])
def test_precision(label, rule):
    boxes = some_boxes(3)
    boxes = boxes[np.argsort(-boxes.scores)]
    truth = Truth(boxes[::4], difficult=np.arange(len(boxes[::4])) == 1)
    curve = ranked_curve(truth, boxes, label=1, rule=rule, iou_threshold=0.5)
    made = run(precision_code(curve, truth, boxes, label=1, rule=rule, iou_threshold=0.5)[label])
    np.testing.assert_allclose(made["precision"], curve.precision)
    np.testing.assert_allclose(made["recall"], curve.recall)
    assert made["ap"] == pytest.approx(rule_precision(curve, rule))
