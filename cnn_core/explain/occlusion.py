"""Occlusion: a part of the picture is hidden, and the probability of a class falls or rises.

$p^c(x) - p^c(x_{-R})$ for regions R on a grid: above 0 where hiding costs the class something, below 0 where it helps.
Source: Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901, section 4.2.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.explain.in_parts import Floats, Progress, parts

CELLS = (2, 32)


def occlusion(
    probability: Callable[[Floats], Floats],
    image: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike,
    cells: int = 12,
    width: int = 2,
    progress: Progress | None = None,
) -> Floats:
    """How much the probability of a class falls when each part of a picture is hidden.

    Args:
        probability: (N, H, W, channels) -> (N,) of the class.
        image: (H, W, channels) as the network takes it.
        baseline: like the image; what is seen where it is hidden.
        cells: of the grid, along each side.
        width: of what is hidden around a cell's middle, in cells.
        progress: called with pictures done and in all.

    Returns:
        (cells, cells) float32, signed, in units of probability.

    Raises:
        InputError: cells beyond `CELLS` or more than the picture has pixels; a width below 1.

    Example:
        >>> first = lambda batch: batch[:, 0, 0, 0]
        >>> occlusion(first, np.ones((4, 4, 1)), baseline=np.zeros((4, 4, 1)), cells=2, width=1).tolist()
        [[1.0, 0.0], [0.0, 0.0]]
    """
    picture, hidden = np.asarray(image, np.float32), np.asarray(baseline, np.float32)
    most = min(CELLS[1], *picture.shape[:2])
    if not CELLS[0] <= cells <= most:
        raise InputError("The grid does not fit the picture", f"Choose {CELLS[0]} to {most} cells", cells=cells)
    if width < 1:
        raise InputError("What is hidden is at least a cell wide", "Choose 1 or more", width=width)
    # The picture itself is asked first, in the same batch.
    said = []
    for part in parts(cells * cells + 1, picture.shape, progress=progress):
        batch = np.repeat(picture[None], len(part), axis=0)
        for view, number in zip(batch, part, strict=True):
            if number:
                top, bottom, left, right = hidden_part(picture.shape[:2], number - 1, cells=cells, width=width)
                view[top:bottom, left:right] = hidden[top:bottom, left:right]
        said.append(probability(batch))
    whole, *rest = np.concatenate(said)
    return (whole - np.array(rest, np.float32)).reshape(cells, cells)


def hidden_part(size: tuple[int, ...], number: int, *, cells: int, width: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is hidden around a cell's middle; the last row and column are not in it.

    Args:
        size: rows and columns of the picture.
        number: of the cell, row by row.
        cells, width: as in `occlusion`.

    Example:
        >>> hidden_part((40, 40), 5, cells=4, width=2)
        (5, 25, 5, 25)
    """
    ends = []
    for place, length in zip(divmod(number, cells), size, strict=True):
        middle, half = (place + 0.5) * length / cells, width * length / cells / 2
        ends += [max(round(middle - half), 0), min(round(middle + half), length)]
    return ends[0], ends[1], ends[2], ends[3]
