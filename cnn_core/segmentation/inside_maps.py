"""Feature maps as pictures: the channels of a level that say most about a picture, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.drawing import signed_heat
from cnn_core.errors import InputError
from cnn_core.segmentation.inside_levels import Level

Floats = npt.NDArray[np.float32]

_GAP = 2
_GREY = 128
_TILE = 96


@dataclass(frozen=True)
class MapChoice:
    """What is drawn of a level: its channels, and the value at the end of the scale."""

    channels: tuple[int, ...]
    limit: float


def chosen_maps(maps: Mapping[str, Floats], levels: Sequence[Level], *, count: int = 8) -> dict[str, MapChoice]:
    """The strongest channels of each level, by the name of its layer; of scores all classes.

    Draw another look at the same picture with the same choice: then tiles can be compared.

    Example:
        >>> level = Level("a", "A", "down", 1)
        >>> chosen_maps({"a": np.array([[[0.0, 1.0], [0.0, 0.0]]], np.float32)}, [level], count=1)["a"].channels
        (1,)
    """
    chosen = {}
    for level in levels:
        values = maps[level.layer]
        every = tuple(range(values.shape[-1]))
        channels = every[:count] if level.scores else strongest(values, count)
        chosen[level.layer] = MapChoice(channels, map_limit(values, channels))
    return chosen


def drawn_maps(
    maps: Mapping[str, Floats], levels: Sequence[Level], chosen: Mapping[str, MapChoice], *, columns: int = 4
) -> dict[str, npt.NDArray[np.uint8]]:
    """A picture of each level's chosen channels, (H, W, 3) uint8, by the name of its layer.

    Example:
        >>> level, maps = Level("a", "A", "down", 1), {"a": np.ones((4, 4, 1), np.float32)}
        >>> drawn_maps(maps, [level], chosen_maps(maps, [level]))["a"].shape
        (96, 96, 3)
    """
    return {
        level.layer: channel_grid(
            maps[level.layer],
            chosen[level.layer].channels,
            limit=chosen[level.layer].limit,
            columns=columns,
            side=_TILE,
            signed=level.scores,
        )
        for level in levels
    }


def strongest(values: npt.NDArray, count: int) -> tuple[int, ...]:
    """The channels of (h, w, C) whose values differ most from place to place, by standard deviation.

    A channel that is large everywhere says nothing about where; of equals the first comes first.

    Example:
        >>> strongest(np.array([[[5.0, 0.0, 1.0], [5.0, 3.0, 2.0]]]), 2)
        (1, 2)
    """
    spread = np.asarray(values, np.float64).std(axis=(0, 1))
    return tuple(np.argsort(-spread, kind="stable")[:count].tolist())


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
    values: npt.NDArray, channels: Sequence[int], *, limit: float, columns: int, side: int, signed: bool = False
) -> npt.NDArray[np.uint8]:
    """Some channels as tiles in rows, (H, W, 3) uint8; single values stay visible as squares.

    Args:
        values: (h, w, C).
        channels: which, in this order.
        limit: the value that is white; with `signed`, the ends of the scale.
        columns: tiles in a row.
        side: pixels of a tile's longer side, about.
        signed: blue below zero, white at zero, vermilion above; else black at zero.

    Raises:
        InputError: no channel, or a limit that is not above zero.

    Example:
        >>> channel_grid(np.ones((2, 2, 3)), [0, 2], limit=1.0, columns=2, side=4).shape
        (4, 10, 3)
    """
    if not channels or limit <= 0:
        raise InputError("There is nothing to draw", "Choose a channel and a limit above 0", channels=channels)
    rows, wide = values.shape[:2]
    scale = side / max(rows, wide)
    size = (max(1, round(wide * scale)), max(1, round(rows * scale)))
    way = cv2.INTER_NEAREST if scale >= 1 else cv2.INTER_AREA
    tiles = []
    for channel in channels:
        plane = cv2.resize(np.ascontiguousarray(values[..., channel], np.float32), size, interpolation=way)
        if signed:
            tiles.append(signed_heat(np.asarray(plane), limit=limit))
        else:
            grey = np.rint(np.clip(np.asarray(plane) / limit, 0, 1) * 255).astype(np.uint8)
            tiles.append(np.repeat(grey[..., None], 3, axis=2))
    lines = -(-len(tiles) // columns)
    across = min(columns, len(tiles))
    height, width = size[1] + _GAP, size[0] + _GAP
    grid = np.full((lines * height - _GAP, across * width - _GAP, 3), _GREY, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * height, number % columns * width
        grid[top : top + size[1], left : left + size[0]] = tile
    return grid
