"""The part of a map around one value's window: small enough to step through, and the layer gives the same value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.activations.one_value import OneValue
from cnn_core.geometry import dilated_size
from cnn_core.spot import spot_crop

Floats = npt.NDArray[np.float32]

_SMALLEST, _LARGEST = 7, 16


@dataclass(frozen=True, eq=False)
class ValueCrop:
    """A layer's input around one value.

    Attributes:
        grid: (h, w, C) values.
        kernel: (k_h, k_w, C) their weights.
        corner: row and column of its upper left value in the whole map.
        cell: which output cell of the part is the value.
    """

    grid: Floats
    kernel: Floats
    corner: tuple[int, int]
    cell: tuple[int, int]


def value_crop(one: OneValue, source: npt.NDArray, place: tuple[int, int], channels: Sequence[int]) -> ValueCrop:
    """Cut the part out.

    Args:
        one: the value.
        source: (rows, columns, C) the whole output of `one.source`.
        place: row and column of the value in the layer's own output.
        channels: which of the input channels that `one` has, counted from its first.

    Example:
        >>> ones = np.ones((3, 3, 1), np.float32)
        >>> one = OneValue("photo", ones, ones[..., 0] > 0, ones, 0, 0.0, 9.0, "relu", 9.0)
        >>> crop = value_crop(one, np.ones((30, 30, 1)), (10, 20), [0])
        >>> crop.grid.shape, crop.corner, crop.cell
        ((7, 7, 1), (8, 18), (2, 2))
    """
    corner, cell, sides = [], [], []
    for axis in (0, 1):
        size, kernel = source.shape[axis], one.kernel.shape[axis]
        span = dilated_size(kernel, one.dilation[axis])
        side = min(max(span + 2 * one.stride[axis], _SMALLEST), max(_LARGEST, span), size)
        start, inner = spot_crop(
            size,
            kernel,
            place[axis],
            side=side,
            stride=one.stride[axis],
            padding=one.padding,
            dilation=one.dilation[axis],
        )
        corner.append(start)
        cell.append(inner)
        sides.append(slice(start, start + side))
    chosen = list(channels)
    part = source[sides[0], sides[1]][..., [one.first + channel for channel in chosen]]
    return ValueCrop(
        np.ascontiguousarray(part, np.float32),
        np.ascontiguousarray(one.kernel[..., chosen], np.float32),
        (corner[0], corner[1]),
        (cell[0], cell[1]),
    )
