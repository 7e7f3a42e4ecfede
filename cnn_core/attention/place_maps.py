"""Feature maps to put attention on: of a photo by rules that anybody can read, or of a network's layer.

A map has few places, because self-attention compares each with every other: at most `MOST_SIDE` a side.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image, as_rgb
from cnn_core.errors import InputError
from cnn_core.images import resize, to_grey

Floats = npt.NDArray[np.float32]

# 32 x 32 places are 1,024, and their weights over one another a million numbers.
MOST_SIDE = 32
SIDES = (8, 16, 24, MOST_SIDE)
# Pixels a side of each place of the maps by rules.
_PATCH = 8


@dataclass(frozen=True, eq=False)
class PlaceMaps:
    """Feature maps and the photo's colours, place by place.

    Attributes:
        values: (h, w, C) float32.
        names: of the channels.
        colours: (h, w, 3) float32 in [0, 1], the mean colour of each place.
        averaged: places of the layer, a side, that were averaged into one; 1 where none were.
    """

    values: Floats
    names: tuple[str, ...]
    colours: Floats
    averaged: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""
        return self.values.shape[0], self.values.shape[1]


# Each channel is multiplied by a number that brings photos' channels to about the same size.
_GAINS = {
    "bright": 1.0,
    "reddish": 2.0,
    "greenish": 6.0,
    "bluish": 3.0,
    "vertical edges": 10.0,
    "horizontal edges": 10.0,
    "diagonal edges": 12.0,
    "fine texture": 16.0,
}
HAND_CHANNELS = tuple(_GAINS)


def hand_maps(image: npt.ArrayLike, *, side: int = 24) -> PlaceMaps:
    """Eight channels of a photo by rules: brightness, three colours, edges of three directions, fine texture.

    The photo is resized to 8 x 8 pixels a place; a channel is a rule on pixels, averaged over each place.

    Args:
        image: (H, W, 3), or grey, in [0, 1].
        side: places along the longer side, 2 to `MOST_SIDE`.

    Returns:
        maps of `HAND_CHANNELS`, all at least 0.

    Raises:
        InputError: no picture, or a side out of its range.

    Example:
        >>> maps = hand_maps(np.full((120, 160, 3), 0.5), side=8)
        >>> maps.values.shape, round(float(maps.values[0, 0, 0]), 2)
        ((6, 8, 8), 0.5)
    """
    if not 2 <= side <= MOST_SIDE:
        raise InputError("This many places are not computed", f"Choose 2 to {MOST_SIDE} a side", side=side)
    picture = as_rgb(image)
    rows, columns = grid_size(picture.shape[:2], side)
    fine = resize(picture, height=rows * _PATCH, width=columns * _PATCH)
    grey = to_grey(fine)[..., 0]
    red, green, blue = np.moveaxis(fine, -1, 0)
    down, right = np.gradient(grey)
    channels = [
        grey,
        # How far a colour lies above the mean of the other two; at least 0, as behind ReLU.
        np.maximum(red - (green + blue) / 2, 0),
        np.maximum(green - (red + blue) / 2, 0),
        np.maximum(blue - (red + green) / 2, 0),
        # How much the brightness changes across a line, either way.
        np.abs(right),
        np.abs(down),
        np.abs(np.abs(down + right) - np.abs(down - right)) / 2,
        np.abs(grey - _neighbours(grey)),
    ]
    values = averaged(np.stack(channels, axis=-1) * list(_GAINS.values()), _PATCH)
    return PlaceMaps(values, HAND_CHANNELS, averaged(fine, _PATCH))


def _neighbours(grey: Floats) -> Floats:
    """The mean of each pixel's four neighbours; beyond the edge lies the edge pixel itself."""
    padded = np.pad(grey, 1, mode="edge")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray(around / 4, np.float32)


def layer_maps(values: npt.ArrayLike, picture: npt.ArrayLike) -> PlaceMaps:
    """A layer's maps, averaged down to at most `MOST_SIDE` places a side.

    Args:
        values: (h, w, C), one picture's maps.
        picture: what the network was given, (H, W, 3) or grey, in [0, 1].

    Raises:
        InputError: maps without places or channels, or with values that are not numbers.

    Example:
        >>> maps = layer_maps(np.ones((64, 48, 5)), np.zeros((128, 96, 3)))
        >>> maps.values.shape, maps.averaged, maps.names[0]
        ((32, 24, 5), 2, 'channel 0')
    """
    maps = as_image(values)
    if not np.isfinite(maps).all():
        raise InputError("The layer's maps hold values that are not numbers", "Choose another layer or network")
    factor = -(-max(maps.shape[:2]) // MOST_SIDE)
    small = averaged(maps, factor)
    rows, columns, channels = small.shape
    colours = resize(as_rgb(picture), height=rows, width=columns)
    return PlaceMaps(small, tuple(f"channel {number}" for number in range(channels)), colours, factor)


def grid_size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Rows and columns of places for a photo, with `side` along its longer side and at least two along the other.

    Example:
        >>> grid_size((300, 400), 24), grid_size((10, 4000), 8)
        ((18, 24), (2, 8))
    """
    longest = max(shape[:2])
    rows, columns = (max(2, round(side * length / longest)) for length in shape[:2])
    return rows, columns


def averaged(values: Floats, factor: int) -> Floats:
    """The mean of each factor x factor block of (H, W, C); an incomplete block at the end is the mean of what it has.

    Example:
        >>> averaged(np.arange(6, dtype=np.float32).reshape(2, 3, 1), 2)[..., 0].tolist()
        [[2.0, 3.5]]
    """
    if factor == 1:
        return np.asarray(values, np.float32)
    sums, counts = np.asarray(values, np.float64), np.ones(values.shape[:2])
    for axis in (0, 1):
        starts = np.arange(0, values.shape[axis], factor)
        sums, counts = np.add.reduceat(sums, starts, axis=axis), np.add.reduceat(counts, starts, axis=axis)
    return (sums / counts[..., None]).astype(np.float32)


def comparable(values: npt.ArrayLike, *, same_length: bool = True) -> Floats:
    """(h, w, C) whose dot products tell what looks alike: standardised, and every place of the same length.

    The length of a place is brought to the square root of C (Zhang and Sennrich 2019, RMS norm,
    https://arxiv.org/abs/1910.07467); without it a few places with large numbers match everything best.

    Args:
        values: (h, w, C).
        same_length: whether to bring all places to the same length.

    Example:
        >>> comparable(np.array([[[1.0, 8.0], [3.0, 2.0]]]))[0].tolist()
        [[-1.0, 1.0], [1.0, -1.0]]
    """
    maps = standardised(values)
    if not same_length:
        return maps
    length = np.sqrt((maps.astype(np.float64) ** 2).mean(axis=-1, keepdims=True))
    return (maps / np.where(length > 1e-6, length, 1)).astype(np.float32)


def standardised(values: npt.ArrayLike) -> Floats:
    """(h, w, C) with mean 0 and standard deviation 1 of each channel over the places; constant channels are 0.

    What batch norm does to a batch of this one photo.

    Example:
        >>> standardised(np.array([[[1.0, 5.0], [3.0, 5.0]]])).tolist()
        [[[-1.0, 0.0], [1.0, 0.0]]]
    """
    maps = np.asarray(values, np.float64)
    centred = maps - maps.mean(axis=(0, 1))
    spread = centred.std(axis=(0, 1))
    # Rounding leaves a constant channel a spread that is not quite 0.
    lively = spread > 1e-6 * (1 + np.abs(maps).max(axis=(0, 1)))
    return (centred / np.where(lively, spread, 1) * lively).astype(np.float32)
