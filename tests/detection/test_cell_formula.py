"""One cell: its box equals the candidate that comes from it, and the formulas hold the numbers."""

import re

import numpy as np
import pytest

from cnn_core.detection.candidates import GridHead
from cnn_core.detection.cell_formula import (
    box_steps,
    cell_box,
    corner_steps,
    head_boxes,
    photo_steps,
    score_steps,
    telling_cells,
)
from cnn_core.detection.heads import head_cell, read_grids
from cnn_core.detection.heat import OPACITY, heat, heat_table
from cnn_core.errors import InputError
from cnn_core.letterbox import letterbox

NAMES = ("cat", "50% \\dog_{}", "bird")


def a_head(seed: int, *, yolox: bool) -> GridHead:
    random = np.random.default_rng(seed)
    raw = random.normal(size=(5, 7, 8)).astype(np.float32)
    if yolox:
        raw[..., 4:] = random.random((5, 7, 4))
    return GridHead(raw, 16, 0.0 if yolox else 0.5, yolox)


@pytest.mark.parametrize("yolox", [False, True])
def test_a_cell_is_the_candidate_that_comes_from_it(yolox):
    head = a_head(0, yolox=yolox)
    framed = letterbox(np.zeros((60, 150, 3)), (80, 112), centred=not yolox)
    seen = read_grids([head], framed, names=NAMES)
    assert len(seen.boxes) > 10
    for place, (_, row, column) in enumerate(seen.cells.tolist()):
        box = cell_box(head, framed, row, column, classes=NAMES)
        np.testing.assert_allclose(box.corners, seen.boxes.corners[place], atol=1e-3)
        np.testing.assert_allclose(np.clip(box.moved, 0, [150, 60, 150, 60]), box.corners, atol=1e-3)
        assert box.score == pytest.approx(seen.boxes.scores[place])
        assert box.name == NAMES[seen.boxes.labels[place]]
        assert box.clipped == (np.abs(box.moved - box.corners).max() > 0.05)
    with pytest.raises(InputError, match="5 rows and 7 columns"):
        cell_box(head, framed, 5, 0, classes=NAMES)


@pytest.mark.parametrize("yolox", [False, True])
def test_all_boxes_of_a_head_are_its_cells(yolox):
    head = a_head(1, yolox=yolox)
    corners, scores, labels = head_boxes(head)
    for row, column in np.ndindex(5, 7):
        cell = head_cell(head, row, column)
        np.testing.assert_allclose(corners[row, column], cell.corners, rtol=1e-5, atol=1e-4)
        assert scores[row, column] == pytest.approx(cell.scores.max())
        assert labels[row, column] == cell.scores.argmax()


def test_telling_cells_are_the_best_its_best_neighbour_and_the_least_sure():
    for seed in range(20):
        head = a_head(seed, yolox=bool(seed % 2))
        _, scores, _ = head_boxes(head)
        cells = telling_cells(head)
        assert scores[cells["best"]] == scores.max()
        (row, column), (near_row, near_column) = cells["best"], cells["neighbour"]
        assert max(abs(row - near_row), abs(column - near_column)) == 1
        around = scores[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert scores[cells["neighbour"]] == np.sort(around.ravel())[-2]
        assert head.raw[(*cells["empty"], 4)] == head.raw[..., 4].min()
    alone = GridHead(np.zeros((1, 1, 6), np.float32), 32)
    assert set(telling_cells(alone).values()) == {(0, 0)}


def bold(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\\mathbf\{(-?[\d.]+)\}", text)]


@pytest.mark.parametrize("yolox", [False, True])
def test_formulas_hold_the_numbers(yolox):
    head = a_head(2, yolox=yolox)
    framed = letterbox(np.zeros((60, 150, 3)), (80, 112), centred=not yolox)
    for row, column in np.ndindex(5, 7):
        box = cell_box(head, framed, row, column, classes=NAMES)
        np.testing.assert_allclose(bold(box_steps(box)), [*box.cell.centre, *box.cell.size], atol=0.051)
        np.testing.assert_allclose(bold(corner_steps(box)), box.cell.corners, atol=0.051)
        np.testing.assert_allclose(bold(photo_steps(box)), box.corners, atol=0.051)
        *parts, product = bold(score_steps(box))
        assert product == pytest.approx(box.score, abs=6e-4)
        assert parts == pytest.approx([box.cell.objectness, box.cell.class_scores.max()], abs=6e-4)
        assert ("(j + 0.5 + t_x)" in box_steps(box)) is not yolox
        assert (", cut" in photo_steps(box)) == box.clipped
        for write in (box_steps, corner_steps, score_steps, photo_steps):
            assert write(box).count("{") == write(box).count("}")


def test_a_size_beyond_the_limit_is_said():
    raw = np.zeros((1, 1, 6), np.float32)
    raw[0, 0, 2] = 50
    box = cell_box(GridHead(raw, 8), letterbox(np.zeros((8, 8, 3)), 8), 0, 0, classes=("cat",))
    assert "limited" in box_steps(box)


def test_heat_grows_lighter_and_less_transparent():
    # CIE lightness of the colours (ITU-R BT.709 primaries, D65).
    table = heat_table(256) / 255
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert (np.diff(lightness) > 0).all()
    shown = heat(np.array([[-1.0, 0.0, 0.4, 1.0, 7.0, np.nan]]))
    assert shown.shape == (1, 6, 4)
    assert shown[0, :, 3].tolist() == [
        round(255 * (OPACITY[0] + (OPACITY[1] - OPACITY[0]) * v)) for v in (0, 0, 0.4, 1, 1, 0)
    ]
