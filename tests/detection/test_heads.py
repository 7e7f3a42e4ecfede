"""Grids of one photo as candidates, against a loop over their cells; one cell at a time for both conventions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.arrays import as_rgb
from cnn_core.detection.candidates import LEAST_SCORE, MOST_CANDIDATES, Candidates, GridHead
from cnn_core.detection.heads import head_cell, read_grids
from cnn_core.errors import InputError
from cnn_core.letterbox import letterbox

NAMES = ("cat", "dog", "bird")


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def heads_of(seed: int, *, centre: float, probabilities: bool) -> tuple[GridHead, ...]:
    """Grids of strides 8 and 16 for an input of 32 x 48."""
    random = np.random.default_rng(seed)
    heads = []
    for stride in (8, 16):
        raw = random.normal(size=(32 // stride, 48 // stride, 8)).astype(np.float32)
        raw[..., 4:] = random.random(raw[..., 4:].shape) if probabilities else 3 * raw[..., 4:]
        heads.append(GridHead(raw, stride, centre, probabilities))
    return tuple(heads)


@given(st.integers(0, 10_000), st.sampled_from([(64, 96), (50, 30), (20, 90)]), st.booleans())
def test_candidates_are_the_cells_that_a_loop_finds(seed: int, size: tuple[int, int], yolox: bool) -> None:
    centre = 0.0 if yolox else 0.5
    heads = heads_of(seed, centre=centre, probabilities=yolox)
    framed = letterbox(np.zeros((*size, 3)), (32, 48), centred=not yolox)
    seen = read_grids(heads, framed, names=NAMES, seconds={"resize": 1.0})
    expected = []
    for number, head in enumerate(heads):
        for row in range(head.raw.shape[0]):
            for column in range(head.raw.shape[1]):
                x, y, w, h, sure, *classes = (float(value) for value in head.raw[row, column])
                if not yolox:
                    sure, classes = sigmoid(sure), [sigmoid(value) for value in classes]
                score = sure * max(classes)
                middle = (column + centre + x) * head.stride, (row + centre + y) * head.stride
                half = math.exp(w) * head.stride / 2, math.exp(h) * head.stride / 2
                box = []
                for side in (-1, 1):
                    for axis in (0, 1):
                        place = (middle[axis] + side * half[axis] - framed.offset[axis]) / framed.scale[axis]
                        box.append(min(max(place, 0), size[1 - axis]))
                if score > LEAST_SCORE and box[2] > box[0] and box[3] > box[1]:
                    expected.append((score, classes.index(max(classes)), (number, row, column), box))
    expected.sort(key=lambda one: -one[0])
    assert sorted(map(tuple, seen.cells.tolist())) == sorted(one[2] for one in expected)
    np.testing.assert_allclose(seen.boxes.scores, [one[0] for one in expected], rtol=1e-4)
    assert (np.diff(seen.boxes.scores) <= 0).all()
    by_cell = {one[2]: one for one in expected}
    for corners, label, cell in zip(seen.boxes.corners, seen.boxes.labels, seen.cells.tolist(), strict=True):
        np.testing.assert_allclose(corners, by_cell[tuple(cell)][3], rtol=1e-4, atol=1e-3)
        assert label == by_cell[tuple(cell)][1]
    assert (seen.size, seen.framed, seen.heads, seen.seconds) == (size, framed, heads, {"resize": 1.0})
    assert not seen.suppressed


@pytest.mark.parametrize("yolox", [False, True])
def test_a_cell_gives_the_box_that_the_candidates_have(yolox: bool) -> None:
    heads = heads_of(3, centre=0.0 if yolox else 0.5, probabilities=yolox)
    framed = letterbox(np.zeros((64, 96, 3)), (32, 48))
    seen = read_grids(heads, framed, names=NAMES)
    assert len(seen.boxes) > 10
    for place in range(len(seen.boxes)):
        head, row, column = seen.cells[place]
        one = head_cell(heads[head], row, column)
        np.testing.assert_allclose(framed.to_picture([one.corners])[0], seen.boxes.corners[place], rtol=1e-5)
        assert one.scores.max() == pytest.approx(seen.boxes.scores[place])
        assert int(one.scores.argmax()) == seen.boxes.labels[place]


def test_no_more_candidates_than_allowed_and_the_best_are_kept() -> None:
    raw = np.full((150, 150, 6), 5.0, np.float32)
    raw[..., :4] = 0
    raw[..., 5] = np.linspace(-3, 3, 150 * 150).reshape(150, 150)
    seen = read_grids([GridHead(raw, 2)], letterbox(np.zeros((300, 300, 3)), 300), names=["cat"])
    assert len(seen.boxes) == MOST_CANDIDATES
    assert seen.cells[0].tolist() == [0, 149, 149]
    assert seen.boxes.scores.min() > sigmoid(5) * sigmoid(-3) + 1e-3


def test_a_photo_without_candidates_is_an_answer() -> None:
    seen = read_grids(
        [GridHead(np.full((2, 2, 6), -20, np.float32), 8)], letterbox(np.zeros((9, 9)), 16), names=["cat"]
    )
    assert isinstance(seen, Candidates)
    assert (len(seen.boxes), seen.boxes.names, seen.cells.shape) == (0, ("cat",), (0, 3))


def test_refusals() -> None:
    framed = letterbox(np.zeros((16, 16, 3)), 16)
    with pytest.raises(InputError, match="scores=1, names=2"):
        read_grids([GridHead(np.zeros((2, 2, 6), np.float32), 8)], framed, names=["cat", "dog"])
    with pytest.raises(InputError, match="not numbers"):
        read_grids([GridHead(np.full((2, 2, 6), np.nan, np.float32), 8)], framed, names=["cat"])
    with pytest.raises(InputError, match="three channels"):
        as_rgb(np.zeros((4, 4, 2)))
    with pytest.raises(InputError, match="2 rows"):
        head_cell(GridHead(np.zeros((2, 2, 6), np.float32), 8), 2, 0)
