"""Feature maps as pictures: the channels of a level that say most about a picture, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.channel_pictures import channel_grid, map_limit, strongest
from cnn_core.segmentation.inside_levels import Level

Floats = npt.NDArray[np.float32]

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
