"""Boxes drawn into a photo: the right pixels, the right colours, the best box on top, labels inside the photo."""

import numpy as np
import pytest

from cnn_core.box_drawing import draw_boxes
from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO, rgb
from cnn_core.errors import InputError

GREY = np.full((300, 400, 3), 128, np.uint8)


def test_a_frame_lies_on_the_edge_of_its_box_and_the_photo_is_left_alone() -> None:
    boxes = Boxes([[100, 80, 220, 200]], [2], [0.5], ("a", "b", "c"))
    drawn = draw_boxes(GREY, boxes, labels=False)
    assert (GREY == 128).all()
    colour = list(rgb(OKABE_ITO[2]))
    for row, column in ((80, 150), (199, 150), (140, 100), (140, 219)):
        assert drawn[row, column].tolist() == colour
    assert (drawn[85:195, 105:215] == 128).all()
    assert (drawn[:78] == 128).all()


def test_the_best_box_is_drawn_on_top() -> None:
    boxes = Boxes([[50, 50, 150, 150], [50, 50, 150, 150]], [0, 1], [0.9, 0.4], ("a", "b"))
    drawn = draw_boxes(GREY, boxes, labels=False, colours={0: "#010203", 1: "#FFFFFF"})
    assert drawn[50, 100].tolist() == [1, 2, 3]


def test_a_fill_is_mixed_with_the_photo() -> None:
    boxes = Boxes([[100, 80, 220, 200]], [0], [0.9], ("a",))
    drawn = draw_boxes(GREY, boxes, labels=False, fill=0.25, colours={0: "#FF0000"})
    assert drawn[140, 160].tolist() == [160, 96, 96]


def test_labels_are_above_the_box_and_inside_at_the_upper_edge() -> None:
    low, high = ([[100, 80, 220, 200]], [[390, 0, 400, 200]])
    for corners, rows in ((low, slice(60, 78)), (high, slice(2, 18))):
        boxes = Boxes(corners, [0], [0.9], ("a name",))
        with_label, without = draw_boxes(GREY, boxes), draw_boxes(GREY, boxes, labels=False)
        changed = (with_label != without).any(axis=-1)
        assert changed[rows].any()
        assert not changed[220:].any()
    assert draw_boxes(GREY, Boxes.empty(("a",))).tolist() == GREY.tolist()


def test_boxes_at_the_edge_and_beyond_do_no_harm() -> None:
    boxes = Boxes([[-20, -20, 500, 400], [399, 299, 400, 300], [10, 10, 10, 10]], [0, 0, 0], None, ("a" * 200,))
    assert draw_boxes(GREY, boxes, fill=0.5).shape == GREY.shape


def test_other_pictures_are_refused() -> None:
    with pytest.raises(InputError, match="8 bits"):
        draw_boxes(np.zeros((4, 4, 3), np.float32), Boxes.empty())
