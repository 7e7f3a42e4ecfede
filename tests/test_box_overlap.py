"""What is measured of two boxes, against counted pixels and against the formulas written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.box_overlap import MEASURES, losses_along, overlap
from cnn_core.boxes import iou
from cnn_core.detection.overlap_formula import ciou_steps, diou_steps, giou_steps, iou_steps
from cnn_core.errors import InputError

SIDE = 24
PLACES = st.integers(0, SIDE)


@st.composite
def box(draw):
    left, right = sorted((draw(PLACES), draw(PLACES)))
    top, bottom = sorted((draw(PLACES), draw(PLACES)))
    return left, top, right, bottom


def pixels(corners):
    mask = np.zeros((SIDE, SIDE), bool)
    left, top, right, bottom = corners
    mask[top:bottom, left:right] = True
    return mask


@given(box(), box())
def test_areas_are_counted_pixels(first, second):
    pair = overlap(first, second)
    a, b = pixels(first), pixels(second)
    assert pair.areas == (a.sum(), b.sum())
    assert (pair.intersection, pair.union) == ((a & b).sum(), (a | b).sum())
    assert pair.shared is None or pixels(map(int, pair.shared)).sum() == pair.intersection
    assert (pair.shared is None) == (pair.intersection == 0)
    corners = np.array([first, second])
    assert pair.hull == (*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0))
    assert pair.hull_area == pixels(map(int, pair.hull)).sum()


@given(box(), box())
def test_measures_follow_from_what_is_shown(first, second):
    pair = overlap(first, second)
    values = pair.values
    assert values["iou"] == pytest.approx(pair.intersection / pair.union if pair.union else 0)
    gap = (pair.hull_area - pair.union) / pair.hull_area if pair.hull_area else 0
    assert values["giou"] == pytest.approx(values["iou"] - gap)
    middle = np.array([[(b[0] + b[2]) / 2, (b[1] + b[3]) / 2] for b in (first, second)])
    assert pair.distance == pytest.approx(((middle[0] - middle[1]) ** 2).sum())
    away = pair.distance / pair.diagonal if pair.diagonal else 0
    assert values["diou"] == pytest.approx(values["iou"] - away)
    assert values["ciou"] == pytest.approx(values["diou"] - pair.weight * pair.aspect)
    assert list(values) == list(MEASURES)


def test_losses_along_a_way_are_those_of_the_moved_boxes():
    first, second, shifts = (0, 0, 10, 8), (4, 3, 9, 20), [-30, -2.5, 0, 7, 100]
    losses = losses_along(first, second, shifts)
    for place, shift in enumerate(shifts):
        moved = overlap(first, (second[0] + shift, second[1], second[2] + shift, second[3]))
        for name, value in moved.values.items():
            assert losses[name][place] == pytest.approx(1 - value, abs=1e-6)
    # Beside one another IoU's loss is flat; the others still grow with the distance.
    assert losses["iou"][0] == losses["iou"][-1] == 1
    assert losses["giou"][-1] > losses["giou"][0] > 1


@given(box(), box())
def test_formulas_hold_the_values(first, second):
    pair = overlap(first, second)
    steps = {"iou": iou_steps, "giou": giou_steps, "diou": diou_steps, "ciou": ciou_steps}
    for name, write in steps.items():
        text = write(pair)
        assert rf"\mathbf{{{pair.values[name]:.3f}}}" in text
        assert text.count("{") == text.count("}")


def test_no_box_gets_a_message():
    with pytest.raises(InputError, match="ends before it begins"):
        overlap((4, 0, 0, 4), (0, 0, 1, 1))
    assert overlap((1, 1, 1, 1), (1, 1, 1, 1)).values["iou"] == iou([[1, 1, 1, 1]], [[1, 1, 1, 1]])[0, 0] == 0
