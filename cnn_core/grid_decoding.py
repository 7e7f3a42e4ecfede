r"""From the raw grid of this project's detector to boxes, cell by cell.

Each cell of the grid holds one box: $t_x, t_y, t_w, t_h$, objectness $o$, and a score per class. With the cell in row
$i$ and column $j$ and the grid's stride $s$ in pixels,

$$x = s (j + 0.5 + t_x), \quad y = s (i + 0.5 + t_y), \quad w = s e^{t_w}, \quad h = s e^{t_h}$$

is the box's centre and size, and its score for class $c$ is $\sigma(o) \, \sigma(p_c)$.

What differs from YOLOv2 (Redmon and Farhadi 2016, https://arxiv.org/abs/1612.08242, section 2): there are no anchor
boxes, sizes are in units of the cell, as in YOLOX (Ge et al. 2021, https://arxiv.org/abs/2107.08430, section 2.1); the
centre may leave its cell, because neighbours of the centre's cell learn the same object; each class has a sigmoid of
its own in place of a softmax.

YOLOX itself puts the centre at $s (j + t_x)$ and $s (i + t_y)$, and its exported files have the sigmoids inside: that
is `centre=0` and `probabilities=True`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes, Corners
from cnn_core.errors import InputError
from cnn_core.suppression import nms

# Numbers of a cell before its class scores.
BOX_NUMBERS = 5
# A size is at most e^8 = 2,981 cells and at least e^-8: beyond that a raw number only overflows.
LARGEST_LOG_SIZE = 8.0

Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cell:
    """What one cell says, and the box that comes of it.

    Attributes:
        row, column: its place in the grid.
        raw: (5 + classes,) float32: t_x, t_y, t_w, t_h, objectness, class scores, as the network gave them.
        centre: x and y in pixels of the network's input.
        size: width and height in pixels.
        corners: (4,) float32 `x_min, y_min, x_max, y_max`, not clipped.
        objectness: in [0, 1].
        class_scores: (classes,) float32 in [0, 1].
    """

    row: int
    column: int
    raw: Grid
    centre: tuple[float, float]
    size: tuple[float, float]
    corners: Corners
    objectness: float
    class_scores: npt.NDArray[np.float32]

    @property
    def scores(self) -> npt.NDArray[np.float32]:
        """(classes,) float32: objectness times class score."""
        return np.float32(self.objectness) * self.class_scores


def cell(
    raw: npt.ArrayLike, row: int, column: int, *, stride: int, centre: float = 0.5, probabilities: bool = False
) -> Cell:
    """One cell of a raw grid, decoded.

    Args:
        raw: (R, C, 5 + classes).
        row, column: the cell, counted from 0.
        stride: pixels per cell.
        centre: where a box's centre lies in its cell when t_x and t_y are 0.
        probabilities: objectness and class scores are in [0, 1] already.

    Raises:
        InputError: no such grid or cell.

    Example:
        >>> chosen = cell(np.zeros((4, 6, 7)), 1, 2, stride=8)
        >>> chosen.centre, chosen.size, chosen.corners.tolist(), chosen.scores.tolist()
        ((20.0, 12.0), (8.0, 8.0), [16.0, 8.0, 24.0, 16.0], [0.25, 0.25])
        >>> cell(np.zeros((4, 6, 7)), 1, 2, stride=8, centre=0.0).centre
        (16.0, 8.0)
    """
    grid = as_grid(raw)
    rows, columns = grid.shape[:2]
    if not (0 <= row < rows and 0 <= column < columns):
        raise InputError(
            f"The grid has {rows} rows and {columns} columns", "Choose a cell in it", row=row, column=column
        )
    # Decoded alone: a page asks for one cell of thousands.
    one = grid[row : row + 1, column : column + 1]
    corners = _corners(one, np.array([[[column, row]]], np.float32), stride, centre)[0, 0]
    left, top, right, bottom = map(float, corners)
    return Cell(
        row=row,
        column=column,
        raw=grid[row, column],
        centre=((left + right) / 2, (top + bottom) / 2),
        size=(right - left, bottom - top),
        corners=corners,
        objectness=float(objectness(one, probabilities=probabilities)[0, 0]),
        class_scores=class_scores(one, probabilities=probabilities)[0, 0],
    )


def as_grid(raw: npt.ArrayLike) -> Grid:
    """A raw grid as (R, C, 5 + classes) float32; a batch of one loses its first axis.

    Raises:
        InputError: another shape, no class, or numbers that are not finite.

    Example:
        >>> as_grid(np.zeros((1, 4, 6, 7))).shape
        (4, 6, 7)
    """
    grid = np.asarray(raw, np.float32)
    if grid.ndim == 4 and len(grid) == 1:
        grid = grid[0]
    if grid.ndim != 3 or 0 in grid.shape or grid.shape[-1] <= BOX_NUMBERS:
        raise InputError(
            "This is not the raw grid of a detector",
            "Give (rows, columns, 5 + classes) numbers of one picture",
            shape=grid.shape,
        )
    if not np.isfinite(grid).all():
        raise InputError(
            "The network's output holds values that are not numbers",
            "The network is broken or its input was not a picture in [0, 1]",
            cells=int((~np.isfinite(grid)).any(axis=-1).sum()),
        )
    return grid


def grid_corners(grid: Grid, *, stride: int, centre: float = 0.5) -> Corners:
    """The box of each cell: (R, C, 4) float32 `x_min, y_min, x_max, y_max` in pixels of the input, not clipped.

    Example:
        >>> grid_corners(np.zeros((2, 2, 6), np.float32), stride=16)[1, 0].tolist()
        [0.0, 16.0, 16.0, 32.0]
    """
    rows, columns = grid.shape[:2]
    place = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float32)
    return _corners(grid, place, stride, centre)


def objectness(grid: Grid, *, probabilities: bool = False) -> npt.NDArray[np.float32]:
    """(R, C) float32 in [0, 1]: how sure each cell is that it holds an object.

    Example:
        >>> objectness(np.zeros((1, 2, 6), np.float32)).tolist()
        [[0.5, 0.5]]
    """
    return _probabilities(grid[..., 4], probabilities)


def class_scores(grid: Grid, *, probabilities: bool = False) -> npt.NDArray[np.float32]:
    """(R, C, classes) float32 in [0, 1]: if there is an object, how sure the cell is of each class.

    Example:
        >>> class_scores(np.zeros((1, 1, 7), np.float32)).tolist()
        [[[0.5, 0.5]]]
    """
    return _probabilities(grid[..., BOX_NUMBERS:], probabilities)


def decode_grid(raw: npt.ArrayLike, *, stride: int, names: Sequence[str], threshold: float = 0.05) -> Boxes:
    """All boxes of a raw grid whose best class reaches a score, before any suppression, in the order of the cells.

    Args:
        raw: (R, C, 5 + classes), or with a batch axis of one.
        stride: pixels per cell.
        names: the classes.
        threshold: least score (objectness times class).

    Returns:
        Boxes in pixels of the network's input, not clipped; each with its best class.

    Raises:
        InputError: a grid of another shape, names that do not fit it, or numbers that are not finite.

    Example:
        >>> raw = np.full((2, 2, 7), -9.0)
        >>> raw[0, 1] = [0, 0, 0.7, 0, 9, -9, 9]
        >>> found = decode_grid(raw, stride=8, names=("cat", "dog"))
        >>> found.corners.round(1).tolist(), found.labels.tolist()
        ([[3.9..., 0.0, 20.1..., 8.0]], [1])
    """
    grid = as_grid(raw)
    if grid.shape[-1] - BOX_NUMBERS != len(names):
        raise InputError(
            "The grid's scores and the class names differ in number",
            "Give one name per class score",
            scores=grid.shape[-1] - BOX_NUMBERS,
            names=len(names),
        )
    scores = objectness(grid)[..., None] * class_scores(grid)
    best = scores.argmax(axis=-1)
    chosen = scores.max(axis=-1) >= threshold
    return Boxes(grid_corners(grid, stride=stride)[chosen], best[chosen], scores.max(axis=-1)[chosen], names)


def find_boxes(
    raw: npt.ArrayLike,
    *,
    stride: int,
    names: Sequence[str],
    threshold: float = 0.25,
    iou_threshold: float = 0.5,
    limit: int = 300,
) -> Boxes:
    """The boxes of a raw grid after class-wise non-maximum suppression, best first.

    Args:
        raw, stride, names, threshold: as `decode_grid`.
        iou_threshold: a box goes where a better one of its class overlaps it by more.
        limit: the largest number of boxes kept.

    Returns:
        Boxes in pixels of the network's input, not clipped: `Letterboxed.to_picture` brings them to the picture.

    Raises:
        InputError: as `decode_grid`.

    Example:
        >>> raw = np.full((1, 2, 6), 2.0)
        >>> raw[0, :, 0], raw[0, :, 1] = [0.5, -0.5], 0.0
        >>> len(decode_grid(raw, stride=8, names=["cat"])), len(find_boxes(raw, stride=8, names=["cat"]))
        (2, 1)
    """
    boxes = decode_grid(raw, stride=stride, names=names, threshold=threshold)
    return boxes[nms(boxes.corners, boxes.scores, boxes.labels, iou_threshold=iou_threshold, limit=limit)]


def _corners(grid: Grid, place: npt.NDArray[np.float32], stride: int, centre: float) -> Corners:
    """The boxes of cells (..., 5 + classes) whose columns and rows are `place` (..., 2)."""
    centres = place + np.float32(centre) + grid[..., :2]
    halves = np.exp(np.clip(grid[..., 2:4], -LARGEST_LOG_SIZE, LARGEST_LOG_SIZE)) / 2
    return np.concatenate([centres - halves, centres + halves], axis=-1) * np.float32(stride)


def _probabilities(values: Grid, are_already: bool) -> Grid:
    if are_already:
        # An exported sigmoid may exceed 1 by a rounding.
        return np.clip(values, 0, 1)
    # tanh does not overflow where exp would.
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1))
