r"""From the raw numbers of one cell to a box of the photo, every step as a formula with its numbers filled in (LaTeX).

A cell's box is decoded by `cnn_core.grid_decoding.cell`; here are the words around it.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Corners
from cnn_core.detection.candidates import GridHead
from cnn_core.detection.heads import head_cell
from cnn_core.grid_decoding import LARGEST_LOG_SIZE, Cell, class_scores, grid_corners, objectness
from cnn_core.letterbox import Letterboxed


@dataclass(frozen=True, eq=False)
class CellBox:
    """One cell of a head, its box in the network's input and in the photo.

    Attributes:
        head: the grid that it is in.
        cell: its numbers and its box in pixels of the input, not clipped.
        framed: how the photo lies in the input.
        moved: (4,) float64 the box in pixels of the photo, before it is clipped.
        corners: (4,) float32 the same, clipped to the photo.
        name: of its best class.
    """

    head: GridHead
    cell: Cell
    framed: Letterboxed
    moved: npt.NDArray[np.float64]
    corners: Corners
    name: str

    @property
    def score(self) -> float:
        """Objectness times the best class score."""
        return float(self.cell.scores.max())

    @property
    def clipped(self) -> bool:
        """Whether the box reaches beyond the photo."""
        return bool(np.abs(self.moved - self.corners).max() > 0.05)


def cell_box(head: GridHead, framed: Letterboxed, row: int, column: int, *, classes: tuple[str, ...]) -> CellBox:
    """Decode one cell and move its box to the photo.

    Args:
        head: one grid of a detector.
        framed: how the photo lies in the network's input.
        row, column: counted from 0.
        classes: the class names.

    Raises:
        InputError: no such cell.

    Example:
        >>> from cnn_core.letterbox import letterbox
        >>> head = GridHead(np.zeros((4, 4, 6), np.float32), stride=8)
        >>> box = cell_box(head, letterbox(np.zeros((64, 64, 3)), 32), 1, 2, classes=("cat",))
        >>> box.cell.corners.tolist(), box.corners.tolist(), box.score
        ([16.0, 8.0, 24.0, 16.0], [32.0, 16.0, 48.0, 32.0], 0.25)
    """
    cell = head_cell(head, row, column)
    moved = (cell.corners.astype(np.float64) - np.array(framed.offset * 2)) / np.array(framed.scale * 2)
    corners = framed.to_picture(cell.corners[None])[0]
    return CellBox(head, cell, framed, moved, corners, classes[int(cell.scores.argmax())])


def head_boxes(head: GridHead) -> tuple[Corners, npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Of every cell of a head: the box (R, C, 4) in pixels of the input, the best score (R, C), and its class (R, C).

    Example:
        >>> corners, scores, labels = head_boxes(GridHead(np.zeros((2, 3, 7), np.float32), stride=8))
        >>> corners.shape, scores[0].tolist(), labels[0].tolist()
        ((2, 3, 4), [0.25, 0.25, 0.25], [0, 0, 0])
    """
    classes = class_scores(head.raw, probabilities=head.probabilities)
    scores = objectness(head.raw, probabilities=head.probabilities) * classes.max(axis=-1)
    return grid_corners(head.raw, stride=head.stride, centre=head.centre), scores, classes.argmax(axis=-1)


def telling_cells(head: GridHead) -> dict[str, tuple[int, int]]:
    """Cells worth a look, as row and column: "best" score, the best of its "neighbour" cells, and least sure "empty".

    Example:
        >>> raw = np.zeros((3, 3, 6), np.float32)
        >>> raw[1, 1, 4], raw[0, 2, 4], raw[2, 0, 4] = 5, 4, -9
        >>> telling_cells(GridHead(raw, stride=8))
        {'best': (1, 1), 'neighbour': (0, 2), 'empty': (2, 0)}
    """
    _, scores, _ = head_boxes(head)
    best = _place(scores, scores.argmax())
    around = np.full(scores.shape, -1.0)
    near = tuple(slice(max(place - 1, 0), place + 2) for place in best)
    around[near] = scores[near]
    around[best] = -1
    sure = objectness(head.raw, probabilities=head.probabilities)
    return {
        "best": best,
        "neighbour": _place(scores, around.argmax()) if scores.size > 1 else best,
        "empty": _place(scores, sure.argmin()),
    }


def box_steps(box: CellBox) -> str:
    """Centre, size and corners in pixels of the network's input.

    Example:
        >>> from cnn_core.letterbox import letterbox
        >>> head = GridHead(np.zeros((4, 4, 6), np.float32), stride=8)
        >>> print(box_steps(cell_box(head, letterbox(np.zeros((64, 64, 3)), 32), 1, 2, classes=("cat",))))
        \\begin{aligned}x &= s\\,(j + 0.5 + t_x) \\\\
        &= 8\\,(2 + 0.5 + 0.000) = \\mathbf{20.0} \\\\
        y &= ...
    """
    cell, stride, centre = box.cell, box.head.stride, box.head.centre
    numbers = [float(value) for value in cell.raw[:4]]
    middle = f" + {centre:g}" if centre else ""
    lines = []
    for name, index, letter, place, raw, value in (
        ("x", "j", "x", cell.column, numbers[0], cell.centre[0]),
        ("y", "i", "y", cell.row, numbers[1], cell.centre[1]),
    ):
        filled = rf"{stride}\,({place}{middle} {_signed(raw)})"
        # In two lines: on a phone one would be too long.
        lines.append(rf"{name} &= s\,({index}{middle} + t_{letter})")
        lines.append(rf"&= {filled} = \mathbf{{{value:.1f}}}")
    for name, raw, value in (("w", numbers[2], cell.size[0]), ("h", numbers[3], cell.size[1])):
        exponent = min(max(raw, -LARGEST_LOG_SIZE), LARGEST_LOG_SIZE)
        limited = rf"\;(t_{name} = {raw:.3f} \text{{ limited}})" if exponent != raw else ""
        lines.append(
            rf"{name} &= s\,e^{{t_{name}}} = {stride} \cdot e^{{{exponent:.3f}}} = \mathbf{{{value:.1f}}}{limited}"
        )
    return _aligned(lines)


def corner_steps(box: CellBox) -> str:
    """From centre and size to the four sides, in pixels of the network's input."""
    (x, y), (width, height) = box.cell.centre, box.cell.size
    left, top, right, bottom = (float(side) for side in box.cell.corners)
    return _aligned(
        [
            rf"x_\text{{min}} &= x - \tfrac{{w}}{{2}} = {x:.1f} - {width / 2:.1f} = \mathbf{{{left:.1f}}}",
            rf"y_\text{{min}} &= y - \tfrac{{h}}{{2}} = {y:.1f} - {height / 2:.1f} = \mathbf{{{top:.1f}}}",
            rf"x_\text{{max}} &= x + \tfrac{{w}}{{2}} = {x:.1f} + {width / 2:.1f} = \mathbf{{{right:.1f}}}",
            rf"y_\text{{max}} &= y + \tfrac{{h}}{{2}} = {y:.1f} + {height / 2:.1f} = \mathbf{{{bottom:.1f}}}",
        ]
    )


def score_steps(box: CellBox) -> str:
    """Objectness, best class score, and their product."""
    cell = box.cell
    best = int(cell.scores.argmax())
    raw_object, raw_class = float(cell.raw[4]), float(cell.raw[5 + best])
    name = rf"\text{{{_plain(box.name)}}}"
    if box.head.probabilities:
        first = rf"o &= \mathbf{{{cell.objectness:.3f}}}"
        second = rf"p_{name} &= \mathbf{{{cell.class_scores[best]:.3f}}}"
    else:
        first = rf"\sigma(o) &= \tfrac{{1}}{{1 + e^{{{-raw_object:.3f}}}}} = \mathbf{{{cell.objectness:.3f}}}"
        second = (
            rf"\sigma(p_{name}) &= \tfrac{{1}}{{1 + e^{{{-raw_class:.3f}}}}} = \mathbf{{{cell.class_scores[best]:.3f}}}"
        )
    product = (
        rf"\text{{score}} &= {cell.objectness:.3f} \cdot {cell.class_scores[best]:.3f} = \mathbf{{{box.score:.3f}}}"
    )
    return _aligned([first, second, product])


def photo_steps(box: CellBox) -> str:
    """From pixels of the network's input to pixels of the photo: the letterbox undone, and the box cut to it."""
    sides = [float(side) for side in box.cell.corners]
    names = (r"x_\text{min}", r"y_\text{min}", r"x_\text{max}", r"y_\text{max}")
    lines = []
    for number, (name, side) in enumerate(zip(names, sides, strict=True)):
        axis = number % 2
        offset, scale = box.framed.offset[axis], box.framed.scale[axis]
        moved, final = float(box.moved[number]), float(box.corners[number])
        line = rf"{name} &\leftarrow \tfrac{{{side:.1f} - {offset}}}{{{scale:.4g}}} = "
        if abs(moved - final) > 0.05:
            line += rf"{moved:.1f} \rightarrow \mathbf{{{final:.1f}}}\,\text{{, cut}}"
        else:
            line += rf"\mathbf{{{final:.1f}}}"
        lines.append(line)
    return _aligned(lines)


def _aligned(lines: list[str]) -> str:
    return r"\begin{aligned}" + " \\\\\n".join(lines) + r"\end{aligned}"


def _signed(value: float) -> str:
    """A number behind a sum."""
    return f"{'-' if math.copysign(1, value) < 0 else '+'} {abs(value):.3f}"


def _plain(name: str) -> str:
    """A class name for LaTeX's text mode: letters that mean something there are left out."""
    return "".join(letter for letter in name if letter.isalnum() or letter in " -.,")


def _place(grid: npt.NDArray, flat: np.integer | int) -> tuple[int, int]:
    row, column = divmod(int(flat), grid.shape[1])
    return row, column
