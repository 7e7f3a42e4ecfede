"""Channels of feature maps as tiles of one picture."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.drawing import signed_heat
from cnn_core.errors import InputError

_GAP = 2
_GREY = 128


def strongest(values: npt.NDArray, count: int) -> tuple[int, ...]:
    """The channels of (h, w, C) whose values differ most from place to place, by standard deviation.

    A channel that is large everywhere says nothing about where; of equals the first comes first.

    Example:
        >>> strongest(np.array([[[5.0, 0.0, 1.0], [5.0, 3.0, 2.0]]]), 2)
        (1, 2)
    """
    spread = np.asarray(values, np.float64).std(axis=(0, 1))
    return tuple(np.argsort(-spread, kind="stable")[:count].tolist())


def strongest_place(plane: npt.NDArray) -> tuple[int, int]:
    """Row and column of the largest value of a map; of equals the first.

    Example:
        >>> strongest_place(np.array([[0.0, 1.0], [3.0, 2.0]]))
        (1, 0)
    """
    row, column = divmod(int(np.argmax(plane)), plane.shape[1])
    return row, column


def map_limit(values: npt.NDArray, channels: Sequence[int]) -> float:
    """The magnitude that is drawn brightest: all but a thousandth of the values of these channels lie below; above 0.

    Example:
        >>> map_limit(np.array([[[0.0, 2.0], [1.0, 0.0]]]), [1]) > 1.9
        True
    """
    found = np.abs(np.asarray(values)[..., list(channels)])
    limit = float(np.quantile(found, 0.999)) if found.size else 0.0
    return limit if limit > 0 else 1.0


def channel_grid(
    values: npt.NDArray,
    channels: Sequence[int],
    *,
    limit: float | Sequence[float],
    columns: int,
    side: int,
    signed: bool = False,
    gap: int = _GAP,
) -> npt.NDArray[np.uint8]:
    """Some channels as tiles in rows, (H, W, 3) uint8; single values stay visible as squares.

    Args:
        values: (h, w, C).
        channels: which, in this order.
        limit: the value that is white; with `signed`, the ends of the scale; one for all, or one for each tile.
        columns: tiles in a row.
        side: pixels of a tile's longer side, about.
        signed: blue below zero, white at zero, vermilion above; else black at zero.
        gap: pixels between tiles.

    Raises:
        InputError: no channel, or a limit that is not above zero.

    Example:
        >>> channel_grid(np.ones((2, 2, 3)), [0, 2], limit=1.0, columns=2, side=4).shape
        (4, 10, 3)
    """
    limits = [float(limit)] * len(channels) if isinstance(limit, int | float) else list(limit)
    if not channels or min(limits) <= 0:
        raise InputError("There is nothing to draw", "Choose a channel and a limit above 0", channels=channels)
    size, way = _tile_size(values.shape, side)
    tiles = [
        map_picture(cv2.resize(plane_of(values, channel), size, interpolation=way), limit=end, signed=signed)
        for channel, end in zip(channels, limits, strict=True)
    ]
    lines = -(-len(tiles) // columns)
    across = min(columns, len(tiles))
    height, width = size[1] + gap, size[0] + gap
    grid = np.full((lines * height - gap, across * width - gap, 3), _GREY, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * height, number % columns * width
        grid[top : top + size[1], left : left + size[0]] = tile
    return grid


def map_picture(plane: npt.ArrayLike, *, limit: float, signed: bool) -> npt.NDArray[np.uint8]:
    """One map, (h, w, 3) uint8: grey from 0 to a limit, or blue, white and vermilion between minus the limit and it.

    Example:
        >>> map_picture([[0.0, 2.0]], limit=2.0, signed=False)[0, :, 0].tolist()
        [0, 255]
    """
    values = np.asarray(plane, np.float32)
    if signed:
        return np.asarray(signed_heat(values, limit=limit), np.uint8)
    grey = np.rint(np.clip(values / limit, 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def plane_of(values: npt.NDArray, channel: int) -> npt.NDArray[np.float32]:
    """One channel of (h, w, C), in one piece.

    Example:
        >>> plane_of(np.ones((2, 3, 4)), 1).shape
        (2, 3)
    """
    return np.ascontiguousarray(values[..., channel], np.float32)


def _tile_size(shape: Sequence[int], side: int) -> tuple[tuple[int, int], int]:
    """Columns and rows of a tile, and how it gets there: single values stay squares, many are averaged."""
    scale = side / max(shape[:2])
    size = (max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale)))
    return size, cv2.INTER_NEAREST if scale >= 1 else cv2.INTER_AREA
