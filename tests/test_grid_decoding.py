"""The decoding of raw grids, against its formulas written out cell by cell and against encoded boxes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.boxes import iou
from cnn_core.errors import InputError
from cnn_core.grid_decoding import as_grid, cell, decode_grid, find_boxes, grid_corners, objectness

NAMES = ("cat", "dog", "bird")


def raw_grid(seed: int, rows: int = 5, columns: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, columns, 8)).astype(np.float32)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_each_cell_is_the_formula(stride: int) -> None:
    raw = raw_grid(stride)
    corners = grid_corners(raw, stride=stride)
    for row in range(5):
        for column in range(7):
            one = cell(raw, row, column, stride=stride)
            t = [float(number) for number in raw[row, column]]
            x, y = stride * (column + 0.5 + t[0]), stride * (row + 0.5 + t[1])
            width, height = stride * math.exp(t[2]), stride * math.exp(t[3])
            expected = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
            np.testing.assert_allclose(corners[row, column], expected, rtol=1e-4, atol=1e-3)
            np.testing.assert_array_equal(one.corners, corners[row, column])
            np.testing.assert_allclose([*one.centre, *one.size], [x, y, width, height], rtol=1e-4, atol=1e-3)
            assert one.objectness == pytest.approx(sigmoid(t[4]), abs=1e-6)
            np.testing.assert_allclose(one.scores, [sigmoid(t[4]) * sigmoid(p) for p in t[5:]], atol=1e-6)
            assert (one.row, one.column, one.raw.tolist()) == (row, column, t)


@pytest.mark.parametrize("stride", [8, 16])
def test_each_cell_is_the_formula_of_yolox(stride: int) -> None:
    """The centre counts from the cell's corner, and the sigmoids are in the network: as YOLOX's own demo decodes it."""
    raw = raw_grid(stride)
    raw[..., 4:] = np.random.default_rng(1).random(raw[..., 4:].shape)
    corners = grid_corners(raw, stride=stride, centre=0.0)
    for row in range(5):
        for column in range(7):
            one = cell(raw, row, column, stride=stride, centre=0.0, probabilities=True)
            t = [float(number) for number in raw[row, column]]
            expected = [
                stride * (column + t[0]),
                stride * (row + t[1]),
                stride * math.exp(t[2]),
                stride * math.exp(t[3]),
            ]
            np.testing.assert_allclose([*one.centre, *one.size], expected, rtol=1e-4, atol=1e-3)
            np.testing.assert_array_equal(one.corners, corners[row, column])
            np.testing.assert_allclose(one.scores, [t[4] * p for p in t[5:]], rtol=1e-6)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_boxes_are_the_cells_that_reach_the_threshold(seed: int, threshold: float) -> None:
    raw = raw_grid(seed)
    boxes = decode_grid(raw, stride=8, names=NAMES, threshold=threshold)
    cells = [cell(raw, row, column, stride=8) for row in range(5) for column in range(7)]
    wanted = [one for one in cells if one.scores.max() >= np.float32(threshold)]
    assert boxes.labels.tolist() == [int(one.scores.argmax()) for one in wanted]
    np.testing.assert_allclose(boxes.scores, [one.scores.max() for one in wanted], rtol=1e-6)
    np.testing.assert_array_equal(boxes.corners, np.reshape([one.corners for one in wanted], (-1, 4)))


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 40), st.floats(0, 40))
def test_an_encoded_box_comes_back(width: int, height: int, left: float, top: float) -> None:
    box = np.array([left, top, left + width, top + height])
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    row, column = min(int(y // 8), 9), min(int(x // 8), 9)
    raw = np.full((10, 10, 8), -20.0)
    raw[row, column] = [
        x / 8 - column - 0.5,
        y / 8 - row - 0.5,
        math.log(width / 8),
        math.log(height / 8),
        9,
        -9,
        9,
        -9,
    ]
    found = find_boxes(raw, stride=8, names=NAMES)
    assert found.labels.tolist() == [1]
    assert iou(found.corners, [box])[0, 0] > 0.999


def test_suppression_is_class_by_class_and_best_first() -> None:
    raw = np.full((1, 4, 7), -20.0)
    raw[0, :, :5] = [[0.5, 0, 2, 2, 1], [-0.5, 0, 2, 2, 3], [-1.5, 0, 2, 2, 2], [0, 0, 0, 0, -20]]
    raw[0, [0, 1], 5] = 8
    raw[0, 2, 6] = 8
    assert decode_grid(raw, stride=8, names=NAMES[:2]).labels.tolist() == [0, 0, 1]
    found = find_boxes(raw, stride=8, names=NAMES[:2])
    assert found.labels.tolist() == [0, 1]
    assert found.scores[0] == pytest.approx(sigmoid(3) * sigmoid(8), abs=1e-6)
    assert len(find_boxes(raw, stride=8, names=NAMES[:2], limit=1)) == 1


def test_large_numbers_do_not_overflow() -> None:
    raw = np.full((1, 1, 6), 1e4, np.float32)
    with np.errstate(over="raise"):
        assert np.isfinite(grid_corners(raw, stride=8)).all()
        assert objectness(raw)[0, 0] == 1
        assert objectness(-raw)[0, 0] == 0


def test_refusals() -> None:
    with pytest.raises(InputError, match="not the raw grid"):
        as_grid(np.zeros((4, 4, 5)))
    with pytest.raises(InputError, match="not the raw grid"):
        as_grid(np.zeros((2, 4, 4, 8)))
    broken = raw_grid(0)
    broken[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="cells=1"):
        decode_grid(broken, stride=8, names=NAMES)
    with pytest.raises(InputError, match="differ in number"):
        decode_grid(raw_grid(0), stride=8, names=("cat",))
    with pytest.raises(InputError, match="7 columns"):
        cell(raw_grid(0), 0, 7, stride=8)
