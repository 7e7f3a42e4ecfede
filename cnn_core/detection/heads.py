"""What a network says about its input, as candidate boxes of the photo: the end of each detector's way.

Grids are decoded by `cnn_core.grid_decoding`, whose formulas hold for this project's detectors and for YOLOX.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes, Corners
from cnn_core.detection.candidates import LEAST_SCORE, MOST_CANDIDATES, Candidates, GridHead
from cnn_core.errors import InputError
from cnn_core.grid_decoding import BOX_NUMBERS, Cell, as_grid, cell, class_scores, grid_corners, objectness
from cnn_core.letterbox import Letterboxed


def head_cell(head: GridHead, row: int, column: int) -> Cell:
    """One cell of a head: its raw numbers and the box they make, in pixels of the network's input.

    Raises:
        InputError: no such cell.

    Example:
        >>> head_cell(GridHead(np.zeros((4, 6, 7), np.float32), 8, centre=0.0), 1, 2).corners.tolist()
        [12.0, 4.0, 20.0, 12.0]
    """
    return cell(head.raw, row, column, stride=head.stride, centre=head.centre, probabilities=head.probabilities)


def read_grids(
    heads: Sequence[GridHead], framed: Letterboxed, *, names: Sequence[str], seconds: Mapping[str, float] | None = None
) -> Candidates:
    """The candidates of a network that answers with grids.

    Left out are boxes below `LEAST_SCORE`, boxes that lie wholly beside the photo, and those beyond `MOST_CANDIDATES`.

    Args:
        heads: of one photo.
        framed: how the photo lies in the network's input.
        names: the classes.
        seconds: time of the parts, to be handed on.

    Raises:
        InputError: class names that do not fit the grids, or numbers that are not finite.

    Example:
        >>> from cnn_core.letterbox import letterbox
        >>> raw = np.full((2, 2, 6), -9.0, np.float32)
        >>> raw[1, 0] = [0, 0, 0, 0, 9, 9]
        >>> seen = read_grids([GridHead(raw, 8)], letterbox(np.zeros((32, 32, 3)), 16), names=["cat"])
        >>> seen.boxes.corners.tolist(), seen.cells.tolist()
        ([[0.0, 16.0, 16.0, 32.0]], [[0, 1, 0]])
    """
    parts = [_of_grid(head, number, names) for number, head in enumerate(heads)]
    corners, labels, scores, cells = (np.concatenate(column) for column in zip(*parts, strict=True))
    boxes, kept = best_in_photo(corners, labels, scores, framed, names)
    return Candidates(
        boxes=boxes,
        size=framed.size,
        framed=framed,
        heads=tuple(heads),
        cells=cells[kept],
        seconds=dict(seconds or {}),
    )


def best_in_photo(
    corners: Corners,
    labels: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    framed: Letterboxed,
    names: Sequence[str],
) -> tuple[Boxes, npt.NDArray[np.int64]]:
    """Boxes of the input as boxes of the photo, best first, at most `MOST_CANDIDATES`, none without area.

    Args:
        corners: (N, 4) in pixels of the network's input.
        labels, scores: (N,).
        framed: how the photo lies in the network's input.
        names: the classes.

    Returns:
        the boxes, clipped to the photo, and the places that they had in `corners`.
    """
    inside = framed.to_picture(corners)
    seen = np.flatnonzero((inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1]))
    kept = seen[np.argsort(-scores[seen], kind="stable")][:MOST_CANDIDATES]
    return Boxes(inside[kept], labels[kept], scores[kept], names), kept


def _of_grid(
    head: GridHead, number: int, names: Sequence[str]
) -> tuple[Corners, npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Corners, labels, scores and cells of those cells that reach the least score."""
    grid = as_grid(head.raw)
    if grid.shape[-1] - BOX_NUMBERS != len(names):
        raise InputError(
            "The grid's scores and the class names differ in number",
            "Give one name per class score",
            scores=grid.shape[-1] - BOX_NUMBERS,
            names=len(names),
        )
    sure = objectness(grid, probabilities=head.probabilities)
    # A class score is 1 at most: where the objectness does not reach the least score, no class has to be looked at.
    rows, columns = np.nonzero(sure >= LEAST_SCORE)
    classes = class_scores(grid[rows, columns], probabilities=head.probabilities)
    labels = classes.argmax(axis=-1).astype(np.int64)
    scores = sure[rows, columns] * classes[np.arange(len(labels)), labels]
    good = scores >= LEAST_SCORE
    rows, columns = rows[good], columns[good]
    corners = grid_corners(grid, stride=head.stride, centre=head.centre)[rows, columns]
    return corners, labels[good], scores[good], np.stack([np.full(len(rows), number), rows, columns], axis=-1)
