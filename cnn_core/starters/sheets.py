"""A contact sheet: pictures of predictions in a grid with captions, to be looked at before figures are believed."""

from collections.abc import Sequence

import cv2
import numpy as np

from cnn_core.drawing import to_uint8

_CAPTION = 18
_WRONG, _RIGHT = (170, 40, 0), (40, 40, 40)


def sheet(
    tiles: Sequence[np.ndarray], captions: Sequence[str], *, columns: int, side: int, wrong: Sequence[bool] = ()
) -> np.ndarray:
    """Tiles of `side` pixels, whatever their size was, in rows of `columns`: one (H, W, 3) uint8 picture.

    Args:
        tiles: (h, w, 3) pictures, uint8 or float in [0, 1].
        captions: ASCII, one a tile.
        columns: tiles in a row.
        side: height and width of a tile; the picture keeps its aspect on white.
        wrong: whether a caption is red.

    Example:
        >>> sheet([np.zeros((8, 16, 3))] * 3, ["a", "b", "c"], columns=2, side=64).shape
        (164, 128, 3)
    """
    cells = []
    for number, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        cell = np.full((side + _CAPTION, side, 3), 255, np.uint8)
        scale = side / max(tile.shape[:2])
        rows, width = (max(1, round(length * scale)) for length in tile.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
        cell[:rows, :width] = cv2.resize(to_uint8(tile), (width, rows), interpolation=way)
        colour = _WRONG if number < len(wrong) and wrong[number] else _RIGHT
        place = (2, side + _CAPTION - 5)
        cv2.putText(cell, caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, 1, cv2.LINE_AA)
        cells.append(cell)
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    return np.concatenate(
        [np.concatenate(cells[first : first + columns], axis=1) for first in range(0, len(cells), columns)]
    )
