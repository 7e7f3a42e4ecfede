"""Maps and filters as pictures: a sheet of channels, one of them over the photo, a filter's slices, a histogram."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.channel_pictures import channel_grid, map_limit, map_picture
from cnn_core.drawing import enlarge, rgb, to_uint8
from cnn_core.errors import InputError
from cnn_core.explain.heat import heat_over

Pixels = npt.NDArray[np.uint8]

# Key -> title.
SCALES = {"layer": "One for the layer", "channel": "Each its own"}
_SHOWN = 448
_BELOW, _ABOVE = (np.array(rgb(colour), np.float32) for colour in ("#0072B2", "#D55E00"))
_SLICE = 72


@dataclass(frozen=True, eq=False)
class Sheet:
    """Some channels of a layer as one picture.

    Attributes:
        picture: (down x h, across x w, 3) uint8, tile by tile without gaps.
        channels: from the upper left, row by row.
        across: tiles in a row.
        down: rows of tiles.
        signed: whether values below zero are shown, in blue.
        limits: the value at the end of each tile's scale.
    """

    picture: Pixels
    channels: tuple[int, ...]
    across: int
    down: int
    signed: bool
    limits: tuple[float, ...]


def is_signed(maps: npt.NDArray) -> bool:
    """Whether a layer has values below zero.

    Example:
        >>> is_signed(np.array([0.0, 1.0])), is_signed(np.array([-1.0]))
        (False, True)
    """
    return bool(np.min(maps) < 0)


def sheet_of(
    maps: npt.NDArray, channels: Sequence[int], *, scale: str = "layer", across: int = 8, side: int = 96
) -> Sheet:
    """Channels of (h, w, C) as tiles of one picture.

    Args:
        maps: of one picture.
        channels: which, in this order.
        scale: one of `SCALES`: what the brightest tone stands for.
        across: tiles in a row.
        side: pixels of a tile's longer side.

    Raises:
        InputError: no channel, or no such scale.

    Example:
        >>> sheet = sheet_of(np.ones((4, 4, 3)), [2, 0], across=2, side=8)
        >>> sheet.picture.shape, sheet.channels, sheet.signed, sheet.limits
        ((8, 16, 3), (2, 0), False, (1.0, 1.0))
    """
    if scale not in SCALES:
        raise InputError("There is no such scale", f"Choose one of {', '.join(SCALES)}", scale=scale)
    chosen = tuple(int(one) for one in channels)
    if scale == "layer":
        limits = (map_limit(maps, range(maps.shape[-1])),) * len(chosen)
    else:
        limits = tuple(map_limit(maps, [one]) for one in chosen)
    signed = is_signed(maps)
    picture = channel_grid(maps, chosen, limit=limits, columns=across, side=side, signed=signed, gap=0)
    return Sheet(picture, chosen, min(across, len(chosen)), -(-len(chosen) // across), signed, limits)


def over_photo(
    photo: Pixels, plane: npt.NDArray, *, extent: Sequence[float] | None, limit: float, signed: bool
) -> Pixels:
    """One map over the photo as the network gets it: each value where the middle of what it sees lies.

    Args:
        photo: (rows, columns, 3) uint8.
        plane: (h, w).
        extent: as `MapLayer` has it, in pixels of the photo; None stretches the map over all of it.
        limit: the end of the scale.
        signed: blue below zero, vermilion above; else from yellow to vermilion.

    Returns:
        (n rows, n columns, 3) uint8, a small photo enlarged n times.

    Example:
        >>> over_photo(np.zeros((8, 8, 3), np.uint8), np.ones((4, 4)), extent=None, limit=1.0, signed=False).shape
        (448, 448, 3)
    """
    rows, columns = photo.shape[:2]
    large = enlarge(photo, side=_SHOWN)
    times = large.shape[0] // rows
    left, top, right, bottom = extent or (0.0, 0.0, float(columns), float(rows))
    size = (large.shape[1], large.shape[0])
    # From a pixel's middle in the large photo to the map's: OpenCV asks for the map's at whole numbers.
    way = np.array(
        [
            [(right - left) / plane.shape[1] * times, 0, (left + (right - left) / plane.shape[1] / 2) * times - 0.5],
            [0, (bottom - top) / plane.shape[0] * times, (top + (bottom - top) / plane.shape[0] / 2) * times - 0.5],
        ]
    )
    spread = cv2.warpAffine(
        np.ascontiguousarray(plane, np.float32), way, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if not signed:
        return np.asarray(heat_over(large, np.maximum(np.asarray(spread), 0), limit=limit), np.uint8)
    grey = np.repeat(cv2.cvtColor(large, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2) / np.float32(255)
    strength = np.clip(np.abs(np.asarray(spread)) / limit, 0, 1)[..., None] * np.float32(0.8)
    colour = np.where(np.asarray(spread)[..., None] < 0, _BELOW, _ABOVE) / np.float32(255)
    return np.asarray(to_uint8(grey * (1 - strength) + colour * strength), np.uint8)


def large_map(plane: npt.NDArray, *, limit: float, signed: bool) -> Pixels:
    """One map with its values as squares, at most about 448 pixels.

    Example:
        >>> large_map(np.zeros((4, 4)), limit=1.0, signed=False).shape
        (448, 448, 3)
    """
    return np.asarray(enlarge(map_picture(plane, limit=limit, signed=signed), side=_SHOWN), np.uint8)


def colour_filter(kernel: npt.NDArray, *, side: int = _SLICE) -> Pixels:
    """A filter on three colours as the small picture it is: grey is zero, and each colour its own weight.

    Args:
        kernel: (k_h, k_w, 3).
        side: pixels of its longer side.

    Raises:
        InputError: another number of channels.

    Example:
        >>> colour_filter(np.zeros((3, 3, 3)), side=6)[0, 0].tolist()
        [128, 128, 128]
    """
    if kernel.shape[2] != 3:
        raise InputError("Only a filter on three channels is a colour picture", "Choose a first layer")
    most = float(np.abs(kernel).max()) or 1.0
    small = to_uint8(np.asarray(0.5 + 0.5 * kernel / most, np.float32))
    scale = side / max(small.shape[:2])
    size = (max(1, round(small.shape[1] * scale)), max(1, round(small.shape[0] * scale)))
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def filter_slices(kernel: npt.NDArray, channels: Sequence[int], *, across: int = 8) -> Pixels:
    """Some slices of a filter side by side on one signed scale.

    Args:
        kernel: (k_h, k_w, C).
        channels: which, in this order.
        across: slices in a row.

    Raises:
        InputError: no channel.

    Example:
        >>> filter_slices(np.ones((3, 3, 4)), [0, 2]).shape
        (72, 146, 3)
    """
    limit = float(np.abs(kernel).max()) or 1.0
    return channel_grid(kernel, channels, limit=limit, columns=across, side=_SLICE, signed=True)


def histogram(plane: npt.NDArray, *, bins: int = 40) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """How many values of a map lie in each of some bins: counts, and the bins' edges, one more.

    Example:
        >>> counts, edges = histogram(np.array([[0.0, 1.0, 1.0]]), bins=2)
        >>> counts.tolist(), edges.tolist()
        ([1, 2], [0.0, 0.5, 1.0])
    """
    counts, edges = np.histogram(np.asarray(plane, np.float64), bins=bins)
    return counts, edges
