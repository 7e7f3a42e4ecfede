"""The drawn blood smear: boxes are those of what is drawn, and cells lie apart."""

import numpy as np

from cnn_core.blood_smear import CLASSES, SIZE, blood_smear
from cnn_core.boxes import iou
from cnn_core.starter_models import STARTERS, starter_card


def test_a_smear_is_the_same_again_and_another_for_another_seed() -> None:
    first, again, other = blood_smear(seed=1), blood_smear(seed=1), blood_smear(seed=2)
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.boxes.corners, again.boxes.corners)
    assert not np.array_equal(first.pixels, other.pixels)
    assert first.pixels.shape == (*SIZE, 3)


def test_boxes_hold_what_is_drawn() -> None:
    """A cell is darker than the ground in green, out to the sides of its box and hardly beyond."""
    smear = blood_smear(seed=3)
    boxes = smear.boxes
    assert np.bincount(boxes.labels).tolist() == [1, 14, 2]
    dark = smear.pixels[..., 1] < 195
    near = np.zeros(SIZE, bool)
    for left, top, right, bottom in np.rint(boxes.corners).astype(int).tolist():
        near[max(0, top - 6) : bottom + 6, max(0, left - 6) : right + 6] = True
        assert dark[(top + bottom) // 2, left + (right - left) // 6], "dark near its left side"
    assert not dark[~near].any()
    overlaps = iou(boxes.corners, boxes.corners)[~np.eye(len(boxes), dtype=bool)]
    assert overlaps.max() < 0.2


def test_where_no_room_is_left_there_are_fewer_cells() -> None:
    count = len(blood_smear(seed=0, red_cells=200).boxes)
    assert 20 < count < 60


def test_classes_are_those_of_the_starter() -> None:
    if "starter_detector_cells" in STARTERS:
        assert starter_card("starter_detector_cells").classes == CLASSES
