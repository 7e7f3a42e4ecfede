"""The measurement of a detector: a network that knows the truth gets 1, one that finds nothing 0, and in between."""

from pathlib import Path

import numpy as np
import pytest

from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.detection.training.targets import assign
from cnn_core.starters import measure_detector
from cnn_core.starters.detector_kinds import KINDS
from cnn_core.starters.measure_detector import contact_sheet, find, held_out, measure

NAME, KIND = "starter_detector_shapes", KINDS["shapes"]
NOWHERE = Path("nowhere")


def knowing(pictures: list[BoxedPicture], *, forget: int = 0) -> measure_detector.Predict:
    """A network that looks its answer up; it forgets every picture after the first `forget`."""
    answers = {}
    for number, one in enumerate(pictures):
        target = assign(one.corners, one.labels, grid=KIND.grid, stride=KIND.grid_stride, num_classes=len(KIND.classes))
        raw = np.full(target.shape, -12.0, np.float32)
        if not forget or number < forget:
            rows, columns = np.nonzero(target[..., 4])
            boxes = target[rows, columns, :4]
            raw[rows, columns, 0] = (boxes[:, 0] + boxes[:, 2]) / 2 - columns - 0.5
            raw[rows, columns, 1] = (boxes[:, 1] + boxes[:, 3]) / 2 - rows - 0.5
            raw[rows, columns, 2:4] = np.log(boxes[:, 2:] - boxes[:, :2])
            raw[rows, columns, 4:] = np.where(target[rows, columns, 4:] > 0, 12.0, -12.0)
        answers[one.pixels.tobytes()] = raw
    return lambda batch: answers[np.rint(batch[0] * 255).astype(np.uint8).tobytes()][None]


@pytest.fixture(scope="module")
def pictures() -> list[BoxedPicture]:
    return held_out("shapes", NOWHERE, limit=20, part="held_out")


def test_the_truth_is_perfect(pictures: list[BoxedPicture]) -> None:
    measured = measure(NAME, knowing(pictures), NOWHERE, limit=20)
    assert measured.pictures == 20
    # A shape that a smaller one hides the middle of has no cell of its own.
    assert measured.figures["map50"].value > 0.97
    assert measured.figures["map"].value > 0.97
    assert {f"ap50_{name}" for name in KIND.classes} <= set(measured.figures)


def test_half_the_answers_get_half(pictures: list[BoxedPicture]) -> None:
    figure = measure(NAME, knowing(pictures, forget=10), NOWHERE, limit=20).figures["map50"]
    assert 0.3 < figure.value < 0.7
    assert figure.low < figure.value < figure.high


def test_nothing_found_is_zero() -> None:
    figures = measure(NAME, lambda _: np.full((1, *KIND.grid, 11), -12.0), NOWHERE, limit=3).figures
    assert figures["map50"].value == 0


def test_boxes_come_back_in_the_pixels_of_the_photo() -> None:
    raw = np.full((1, *KINDS["cells"].grid, 8), -12.0, np.float32)
    raw[0, 3, 4] = [0, 0, np.log(2), np.log(2), 12, 12, -12, -12]
    found = find(np.zeros((480, 640, 3), np.uint8), lambda _: raw, KINDS["cells"])
    # 640 / 256 = 2.5 pixels of the photo per pixel of the input; the cell's middle is at (36, 28).
    assert found.corners.tolist() == [[2.5 * (36 - 8), 2.5 * (28 - 8), 2.5 * (36 + 8), 2.5 * (28 + 8)]]


def test_a_sheet_shows_what_was_found(pictures: list[BoxedPicture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_detector, "SCENES", 20)
    full = contact_sheet(NAME, knowing(pictures), NOWHERE)
    empty = contact_sheet(NAME, lambda _: np.full((1, *KIND.grid, 11), -12.0), NOWHERE)
    assert full.shape == empty.shape == (3 * 498, 4 * 480, 3)
    assert (full != empty).any()
