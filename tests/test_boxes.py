"""Boxes against Keras' conversions and overlaps, and against the papers' formulas for one pair at a time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.boxes import (
    LAYOUTS,
    Boxes,
    areas,
    as_corners,
    ciou,
    clip_corners,
    diou,
    from_corners,
    giou,
    inside,
    iou,
    to_corners,
)
from cnn_core.errors import InputError

KERAS_LAYOUTS = {"xyxy": "xyxy", "yxyx": "yxyx", "xywh": "xywh", "cxcywh": "center_xywh"}


@st.composite
def corner_arrays(draw, largest=6):
    """Boxes on a grid of quarters, so that they touch, coincide and vanish often."""
    count = draw(st.integers(1, largest))
    numbers = draw(st.lists(st.integers(-40, 40), min_size=4 * count, max_size=4 * count))
    values = np.array(numbers, np.float32).reshape(count, 4) / 4
    low, high = np.minimum(values[:, :2], values[:, 2:]), np.maximum(values[:, :2], values[:, 2:])
    return np.concatenate([low, high], axis=1)


def one_pair(a, b):
    """IoU, GIoU, DIoU, CIoU and the part of a inside b, from the papers, with plain numbers."""
    a, b = [float(v) for v in a], [float(v) for v in b]
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    shared = width * height
    union = area_a + area_b - shared
    overlap = shared / union if union else 0.0
    hull = (max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1]))
    hull_area = hull[0] * hull[1]
    generalised = overlap - ((hull_area - union) / hull_area if hull_area else 0.0)
    squared = ((a[0] + a[2]) / 2 - (b[0] + b[2]) / 2) ** 2 + ((a[1] + a[3]) / 2 - (b[1] + b[3]) / 2) ** 2
    diagonal = hull[0] ** 2 + hull[1] ** 2
    distance = overlap - (squared / diagonal if diagonal else 0.0)
    v = 4 / math.pi**2 * (math.atan2(a[2] - a[0], a[3] - a[1]) - math.atan2(b[2] - b[0], b[3] - b[1])) ** 2
    alpha = v / (1 - overlap + v) if 1 - overlap + v else 0.0
    return overlap, generalised, distance, distance - alpha * v, shared / area_a if area_a else 0.0


@settings(max_examples=200, deadline=None)
@given(corner_arrays(), corner_arrays())
def test_overlaps_equal_the_formulas_pair_by_pair(first, second):
    results = [function(first, second) for function in (iou, giou, diou, ciou, inside)]
    for result in results:
        assert result.dtype == np.float64
        assert result.shape == (len(first), len(second))
    for i, j in np.ndindex(len(first), len(second)):
        actual = [result[i, j] for result in results]
        np.testing.assert_allclose(actual, one_pair(first[i], second[j]), atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(corner_arrays(), corner_arrays())
def test_overlaps_keep_their_ranges_and_are_symmetric(first, second):
    for function, least in ((iou, 0), (giou, -1), (diou, -1), (ciou, -2)):
        values = function(first, second)
        np.testing.assert_allclose(values, function(second, first).T, atol=1e-12)
        assert values.min() >= least
        assert values.max() <= 1
    assert (giou(first, second) <= iou(first, second) + 1e-12).all()
    solid = first[areas(first) > 0]
    for function in (iou, giou, diou, ciou):
        np.testing.assert_allclose(np.diag(function(solid, solid)), 1, atol=1e-12)


def test_overlaps_equal_keras():
    boxes = pytest.importorskip("keras.utils").bounding_boxes
    generator = np.random.default_rng(0)
    place = generator.uniform(0, 50, (2, 40, 2))
    first, second = np.concatenate([place, place + generator.uniform(1, 60, (2, 40, 2))], axis=2)
    expected = np.asarray(boxes.compute_iou(first, second, "xyxy"))
    np.testing.assert_allclose(iou(first, second), expected, atol=1e-5)
    expected = np.asarray(boxes.compute_ciou(first.astype("float32"), second.astype("float32"), "xyxy"))
    np.testing.assert_allclose(np.diag(ciou(first, second)), expected, atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [None, (37, 120)])
def test_layouts_equal_keras_and_return(layout, size):
    convert = pytest.importorskip("keras.utils").bounding_boxes.convert_format
    generator = np.random.default_rng(1)
    place = generator.uniform(0, 20, (9, 2))
    corners = np.concatenate([place, place + generator.uniform(0, 15, (9, 2))], axis=1).astype(np.float32)
    # Keras divides by the size only for its "rel_" layouts.
    target = ("rel_" if size else "") + KERAS_LAYOUTS[layout]
    options = {"height": size[0], "width": size[1]} if size else {}
    expected = np.asarray(convert(corners, "xyxy", target, **options))
    converted = from_corners(corners, layout, size=size)
    np.testing.assert_allclose(converted, expected, atol=1e-5)
    back = to_corners(converted, layout, size=size)
    assert back.dtype == converted.dtype == np.float32
    np.testing.assert_allclose(back, corners, atol=1e-4)


def test_layouts_take_no_boxes_and_refuse_what_is_none():
    assert to_corners([], "cxcywh").shape == (0, 4)
    assert from_corners(np.zeros((0, 4)), "xywh", size=(2, 3)).shape == (0, 4)
    with pytest.raises(InputError, match="layout='xyhw'"):
        to_corners([[1, 2, 3, 4]], "xyhw")
    with pytest.raises(InputError, match="four numbers"):
        from_corners([1, 2, 3, 4], "xywh")


def test_clipping_brings_boxes_inside():
    clipped = clip_corners([[-5, -5, 3, 3], [8, 8, 30, 30], [40, 1, 50, 2]], (10, 20))
    assert clipped.tolist() == [[0, 0, 3, 3], [8, 8, 20, 10], [20, 1, 20, 2]]


def test_boxes_are_converted_once_and_cannot_be_changed():
    corners = np.array([[0, 0, 4, 2], [1, 1, 3, 5]])
    boxes = Boxes(corners, np.array([0, 1], np.uint8), [0.5, 1], ["cat", "dog"])
    assert (boxes.corners.dtype, boxes.labels.dtype, boxes.scores.dtype) == (np.float32, np.int64, np.float32)
    assert boxes.names == ("cat", "dog")
    assert boxes.areas.tolist() == [8, 8]
    corners[0] = 99
    assert boxes.corners[0].tolist() == [0, 0, 4, 2]
    with pytest.raises(ValueError, match="read-only"):
        boxes.corners[0] = 1
    with pytest.raises(AttributeError):
        boxes.names = ()


@pytest.mark.parametrize(
    ("which", "expected"),
    [(np.array([True, False, True]), [0, 2]), ([2, 0], [2, 0]), (slice(1, None), [1, 2]), (1, [1]), ([], [])],
)
def test_boxes_are_chosen_by_mask_indices_slice_or_one_index(which, expected):
    boxes = Boxes(np.arange(12).reshape(3, 4), [0, 1, 2], [0.1, 0.2, 0.3], "abc")
    chosen = boxes[which]
    assert chosen.labels.tolist() == expected
    assert chosen.corners.tolist() == boxes.corners[expected].tolist()
    assert chosen.scores.tolist() == boxes.scores[expected].tolist()
    assert chosen.names == boxes.names


def test_scores_are_ones_for_true_boxes_and_no_boxes_are_boxes():
    assert Boxes([[0, 0, 1, 1]], [0], None, ("a",)).scores.tolist() == [1]
    nothing = Boxes([], [], [], ())
    assert len(nothing) == len(Boxes.empty()) == 0
    assert nothing.corners.shape == (0, 4)
    assert iou(nothing.corners, [[0, 0, 1, 1]]).shape == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 0, 1]], [0], [1], ("a",)), r"shape=\(1, 3\)"),
        (([[0, 0, np.nan, 1]], [0], [1], ("a",)), "not a number"),
        (([[0, 0, np.inf, 1]], [0], [1], ("a",)), "not a number"),
        (([[0, 0, 1, 1], [5, 0, 4, 1]], [0, 0], [1, 1], ("a",)), "ends before it begins.*box=1"),
        (([[0, 0, 1, 1]], [0, 0], [1], ("a",)), "labels=2, scores=1"),
        (([[0, 0, 1, 1]], [0], [], ("a",)), "labels=1, scores=0"),
        (([[0, 0, 1, 1]], [0], [1.5], ("a",)), "outside 0 to 1"),
        (([[0, 0, 1, 1]], [0], [np.nan], ("a",)), "outside 0 to 1"),
        (([[0, 0, 1, 1]], [1], [1], ("a",)), "no class name"),
        (([[0, 0, 1, 1]], [-1], [1], ("a",)), "no class name"),
        (([[0, 0, 1, 1]], [0.5], [1], ("a",)), "whole numbers"),
    ],
)
def test_boxes_that_are_none_are_refused_by_name(arguments, message):
    with pytest.raises(InputError, match=message):
        Boxes(*arguments)


def test_corners_may_have_no_extent():
    assert as_corners([[3, 3, 3, 3]]).tolist() == [[3, 3, 3, 3]]
    assert iou([[3, 3, 3, 3]], [[3, 3, 3, 3]]).tolist() == [[0]]
