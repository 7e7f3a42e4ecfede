"""Where a channel is strongest over many pictures, cut out as far as the unit there can see.

At most one place of each picture is taken: the ten strongest of one picture would show the same thing ten times. As in
Zeiler and Fergus 2014 (https://arxiv.org/abs/1311.2901).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.activations.effective_field import clipped
from cnn_core.activations.layers import Box, MapLayer
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
_GREY = 128


@dataclass(frozen=True, eq=False)
class Peaks:
    """The strongest place of every channel in every picture: a few numbers for each, however large the maps were.

    Attributes:
        values: (N, C) float32.
        rows: (N, C), the row of that place in the layer's maps.
        columns: (N, C).
    """

    values: Floats
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Patch:
    """One strongest place.

    Attributes:
        picture: number of the picture.
        row, column: in the layer's maps.
        value: there.
    """

    picture: int
    row: int
    column: int
    value: float


def peaks_of(maps: npt.NDArray) -> Peaks:
    """The strongest place of each channel in each of (N, h, w, C) maps.

    Example:
        >>> peaks = peaks_of(np.array([[[[0.0], [2.0]], [[1.0], [0.0]]]]))
        >>> peaks.values.tolist(), peaks.rows.tolist(), peaks.columns.tolist()
        ([[2.0]], [[0]], [[1]])
    """
    values = np.asarray(maps)
    count, _, columns, channels = values.shape
    flat = values.reshape(count, -1, channels)
    best = flat.argmax(axis=1)
    found = np.take_along_axis(flat, best[:, None], axis=1)[:, 0].astype(np.float32)
    return Peaks(found, best // columns, best % columns)


def joined(parts: Sequence[Peaks]) -> Peaks:
    """The peaks of several batches as those of one.

    Example:
        >>> one = peaks_of(np.ones((2, 1, 1, 3)))
        >>> joined([one, one]).values.shape
        (4, 3)
    """
    return Peaks(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.columns for part in parts]),
    )


def strongest_patches(peaks: Peaks, channel: int, *, count: int = 9) -> tuple[Patch, ...]:
    """The places where a channel is strongest, from strong to weak, at most one of each picture.

    Raises:
        InputError: no such channel.

    Example:
        >>> peaks = peaks_of(np.array([1.0, 3.0, 2.0]).reshape(3, 1, 1, 1))
        >>> [patch.picture for patch in strongest_patches(peaks, 0, count=2)]
        [1, 2]
    """
    channels = peaks.values.shape[1]
    if not 0 <= channel < channels:
        raise InputError("There is no such channel", f"Choose 0 to {channels - 1}", channel=channel)
    order = np.argsort(-peaks.values[:, channel], kind="stable")[:count]
    return tuple(
        Patch(
            int(one),
            int(peaks.rows[one, channel]),
            int(peaks.columns[one, channel]),
            float(peaks.values[one, channel]),
        )
        for one in order
    )


def cut_out(picture: Pixels, box: Box) -> Pixels:
    """A box of a picture, (h, w, 3) uint8; grey where the box reaches into the padding, by at most the picture's sides.

    Args:
        picture: (rows, columns, 3) uint8.
        box: x_min, y_min, x_max, y_max, the last two exclusive.

    Example:
        >>> cut_out(np.zeros((4, 4, 3), np.uint8), (-1, 2, 2, 4))[:, :, 0].tolist()
        [[128, 0, 0], [128, 0, 0]]
    """
    rows, columns = picture.shape[:2]
    left, top = max(box[0], -columns), max(box[1], -rows)
    right, bottom = min(box[2], 2 * columns), min(box[3], 2 * rows)
    part = np.full((max(bottom - top, 1), max(right - left, 1), 3), _GREY, np.uint8)
    x_min, y_min, x_max, y_max = clipped((left, top, right, bottom), (rows, columns))
    part[y_min - top : y_max - top, x_min - left : x_max - left] = picture[y_min:y_max, x_min:x_max]
    return part


def patch_picture(picture: Pixels, layer: MapLayer, patch: Patch, *, side: int = 96) -> Pixels:
    """What the unit of a patch sees of its picture, brought to a square of `side` pixels.

    A field that is larger than the picture shows the picture; a smaller one reaches into the padding, which is grey.

    Args:
        picture: (rows, columns, 3) uint8, as it lies in the network's input.
        layer: whose maps the patch was found in.
        patch: the place.
        side: of the result.

    Example:
        >>> layer = MapLayer("conv", "Conv2D", (6, 6, 4), field=(3, 3), extent=(1.0, 1.0, 7.0, 7.0))
        >>> patch_picture(np.zeros((8, 8, 3), np.uint8), layer, Patch(0, 2, 2, 1.0), side=6).shape
        (6, 6, 3)
    """
    size = (picture.shape[0], picture.shape[1])
    box = layer.box(patch.row, patch.column, size)
    if box[3] - box[1] >= size[0] or box[2] - box[0] >= size[1]:
        box = clipped(box, size)
    part = cut_out(picture, box)
    way = cv2.INTER_NEAREST if max(part.shape[:2]) <= side else cv2.INTER_AREA
    return np.asarray(cv2.resize(part, (side, side), interpolation=way), np.uint8)
