"""Letterboxing and its inverse, against OpenCV and against geometry worked out on marked pictures."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.letterbox import GREY, letterbox

SIDES = st.integers(1, 200)


def test_the_inside_is_what_opencv_resizes_and_the_rest_is_grey() -> None:
    image = np.random.default_rng(0).random((60, 100, 3), np.float32)
    framed = letterbox(image, (40, 40))
    assert framed.offset == (0, 8)
    assert framed.scale == (0.4, 0.4)
    np.testing.assert_array_equal(framed.image[8:32], cv2.resize(image, (40, 24), interpolation=cv2.INTER_AREA))
    assert (framed.image[:8] == np.float32(GREY)).all()
    assert (framed.image[32:] == np.float32(GREY)).all()


def test_enlarged_linearly_at_the_upper_left() -> None:
    image = np.random.default_rng(0).random((5, 3, 1), np.float32)
    framed = letterbox(image, (20, 16), fill=0.0, centred=False)
    np.testing.assert_array_equal(framed.image[:, :12, 0], cv2.resize(image[..., 0], (12, 20)))
    assert (framed.image[:, 12:] == 0).all()


def test_the_odd_pixel_of_the_rest_is_behind_the_picture() -> None:
    assert letterbox(np.ones((10, 10)), (10, 13)).offset == (1, 0)
    assert letterbox(np.ones((10, 10)), (15, 10)).offset == (0, 2)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 99))
def test_labels_come_back_as_opencv_s_exact_nearest_neighbour(height: int, width: int, seed: int) -> None:
    framed = letterbox(np.zeros((height, width)), (32, 32), centred=False)
    labels = np.random.default_rng(seed).integers(0, 9, (32, 32)).astype(np.uint8)
    inside = labels[: round(height * framed.scale[1]), : round(width * framed.scale[0])]
    expected = cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    np.testing.assert_array_equal(framed.map_to_picture(labels), expected)


def test_a_marked_rectangle_lies_where_its_box_is_moved_to() -> None:
    image = np.zeros((300, 420, 3), np.float32)
    image[60:180, 90:240] = 1
    framed = letterbox(image, (100, 100), fill=0.0)
    rows, columns = np.nonzero(framed.image[..., 0] > 0.5)
    marked = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(framed.to_input([[90, 60, 240, 180]])[0], marked, atol=0.5)


@given(SIDES, SIDES, SIDES, SIDES, st.booleans())
def test_boxes_come_back(height: int, width: int, rows: int, columns: int, centred: bool) -> None:
    framed = letterbox(np.zeros((height, width)), (rows, columns), centred=centred)
    assert framed.image.shape == (rows, columns, 1)
    boxes = np.array([[0, 0, width, height], [width / 4, height / 3, width / 2, height / 2]], np.float32)
    moved = framed.to_input(boxes)
    np.testing.assert_allclose(framed.to_picture(moved), boxes, atol=1e-3)
    assert (moved >= 0).all()
    assert (moved <= np.array([columns, rows] * 2) + 1e-3).all()
    # The picture touches the frame on two sides.
    assert min(abs(moved[0, 2] - moved[0, 0] - columns), abs(moved[0, 3] - moved[0, 1] - rows)) < 1e-3


@given(SIDES, SIDES, SIDES, SIDES)
def test_maps_come_back_at_the_size_of_the_picture(height: int, width: int, rows: int, columns: int) -> None:
    framed = letterbox(np.zeros((height, width)), (rows, columns))
    labels = np.full((rows, columns), 7)
    left, top = framed.offset
    labels[top : top + round(height * framed.scale[1]), left : left + round(width * framed.scale[0])] = 3
    back = framed.map_to_picture(labels)
    assert back.shape == (height, width)
    assert (back == 3).all()
    assert framed.map_to_picture(np.ones((rows, columns, 2), np.float32)).shape == (height, width, 2)


def test_a_label_map_of_the_picture_survives_the_way_there_and_back() -> None:
    labels = np.zeros((90, 120), np.int64)
    labels[20:70, 30:100] = 2
    framed = letterbox(labels, (60, 60))
    back = framed.map_to_picture(np.where(framed.image[..., 0] > 1, 2, 0))
    assert (back != labels).mean() < 0.01
    np.testing.assert_array_equal(back[10:80:10, 40], labels[10:80:10, 40])


def test_boxes_beyond_the_picture_are_clipped() -> None:
    framed = letterbox(np.zeros((20, 40)), (40, 40))
    assert framed.to_picture([[-5, 0, 60, 40]]).tolist() == [[0, 0, 40, 20]]


def test_refusals() -> None:
    framed = letterbox(np.zeros((20, 40)), (40, 40))
    with pytest.raises(InputError, match="does not cover"):
        framed.map_to_picture(np.zeros((20, 40)))
    with pytest.raises(InputError, match="size"):
        letterbox(np.zeros((20, 40)), 0)
