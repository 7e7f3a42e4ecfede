"""Weights of places as pictures over a photo."""

import numpy as np
import numpy.typing as npt

from cnn_core.attention.arithmetic import magnitude
from cnn_core.drawing import rgb, signed_heat, to_uint8
from cnn_core.images import to_grey

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

# From none to most; lightness falls steadily (yellow to vermilion, Okabe and Ito 2008).
HEAT = ("#F0E442", "#E69F00", "#D55E00")
_MOST = 0.75


def squares(values: npt.ArrayLike, size: tuple[int, int]) -> Floats:
    """(h, w) enlarged to the photo's (H, W), each place a rectangle of one value.

    Example:
        >>> squares([[1.0, 2.0]], (1, 4)).tolist()
        [[1.0, 1.0, 2.0, 2.0]]
    """
    grid = np.asarray(values, np.float32)
    rows, columns = (np.arange(long) * short // long for long, short in zip(size, grid.shape, strict=True))
    return grid[rows[:, None], columns[None]]


def heat_on(photo: npt.NDArray[np.uint8], values: npt.ArrayLike, *, low: float = 0.0) -> Pixels:
    """The photo in grey; the more a place has, the more it is tinted: the largest value is vermilion.

    Args:
        photo: (H, W, 3) uint8.
        values: (h, w).
        low: the value that is not tinted, like all below it.

    Example:
        >>> heat_on(np.full((1, 2, 3), 100, np.uint8), [[0.0, 1.0]])[0].tolist()
        [[100, 100, 100], [185, 96, 25]]
    """
    grid = np.maximum(np.asarray(values, np.float32) - np.float32(low), 0)
    most = float(grid.max())
    share = squares(np.clip(grid / most, 0, 1) if most > 0 else np.zeros_like(grid), (photo.shape[0], photo.shape[1]))
    stops = np.array([rgb(colour) for colour in HEAT], np.float32)
    places = np.linspace(0, 1, len(stops))
    colours = np.stack([np.interp(share, places, stops[:, channel]) for channel in range(3)], axis=-1)
    return _blend(photo, colours, share)


def strength_on(photo: npt.NDArray[np.uint8], maps: npt.ArrayLike) -> Pixels:
    """Where maps are strong, over the photo: the weakest place has no tint, the strongest the most.

    Args:
        photo: (H, W, 3) uint8.
        maps: (h, w, C).

    Example:
        >>> strength_on(np.full((1, 2, 3), 100, np.uint8), [[[5.0, 5.0], [6.0, -8.0]]])[0].tolist()
        [[100, 100, 100], [185, 96, 25]]
    """
    strong = magnitude(maps)
    return heat_on(photo, strong, low=float(strong.min()))


def signed_on(photo: npt.NDArray[np.uint8], values: npt.ArrayLike, *, limit: float) -> Pixels:
    """The photo in grey; places above zero are tinted vermilion, below it blue.

    Args:
        photo: (H, W, 3) uint8.
        values: (h, w).
        limit: the magnitude that is tinted most.

    Example:
        >>> signed_on(np.full((1, 2, 3), 100, np.uint8), [[0.0, -1.0]], limit=1.0)[0].tolist()
        [[100, 100, 100], [29, 61, 98]]
    """
    grid = squares(values, (photo.shape[0], photo.shape[1]))
    return _blend(photo, signed_heat(grid, limit=limit).astype(np.float32), np.clip(np.abs(grid) / limit, 0, 1))


def map_tile(values: npt.ArrayLike, *, limit: float) -> Pixels:
    """(h, w) at least 0 as a grey picture, white at `limit`.

    Example:
        >>> map_tile([[0.0, 2.0]], limit=2.0)[..., 0].tolist()
        [[0, 255]]
    """
    return to_uint8(np.asarray(values, np.float32) / (limit if limit > 0 else 1))


def outlined_place(picture: Pixels, place: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The corners of a place in a picture's pixels: x_min, y_min, x_max, y_max.

    Example:
        >>> outlined_place(np.zeros((40, 80, 3), np.uint8), (1, 2), (4, 8))
        (20.0, 10.0, 30.0, 20.0)
    """
    height, width = picture.shape[0] / size[0], picture.shape[1] / size[1]
    row, column = place
    return column * width, row * height, (column + 1) * width, (row + 1) * height


def _blend(photo: npt.NDArray[np.uint8], colours: npt.NDArray[np.floating], share: npt.NDArray[np.floating]) -> Pixels:
    grey = to_grey(photo.astype(np.float32)).repeat(3, axis=-1)
    strength = (_MOST * share)[..., None]
    return np.asarray(to_uint8((grey * (1 - strength) + colours * strength) / 255))
