"""Windows along the axes of a picture: slide a maximum, sum, find the winner, spread a value back.

The arithmetic behind `cnn_core.pooling`, without its checks. Images are (H, W, C) float32 and C-contiguous.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.geometry import output_length, padding_amounts

Image = npt.NDArray[np.float32]

# Output rows worked on at a time, so that what lies between the two passes stays in the processor's cache.
BAND = 16

# OpenCV 5 takes at most 128 in one image.
CHANNELS_AT_ONCE = 64


@dataclass(frozen=True)
class Axis:
    """Windows along one axis: `length` of them, `size` cells each, the first starting `before` cells outside."""

    cells: int
    size: int
    stride: int
    before: int
    after: int
    length: int

    @property
    def starts(self) -> npt.NDArray[np.intp]:
        """Where each window starts, (length,); negative where it starts in the padding."""
        return np.arange(self.length) * self.stride - self.before

    @property
    def counts(self) -> npt.NDArray[np.intp]:
        """How many cells of each window lie inside the picture, (length,)."""
        return np.minimum(self.starts + self.size, self.cells) - np.maximum(self.starts, 0)


def windows_along(cells: int, size: int, stride: int, padding: str) -> Axis:
    """Lay the windows of a pooling layer along one axis.

    Raises:
        InputError: the window is larger than the axis with "valid".
    """
    if padding == "same":
        # From twice the picture on, every window covers all of it, so a larger one changes nothing but the memory.
        size = min(size, 2 * cells + 1)
    before, after = padding_amounts(cells, size, stride=stride, padding=padding)
    return Axis(cells, size, stride, before, after, output_length(cells, size, stride=stride, padding=padding))


def _pick(image: Image, rows: int, columns: int, row_step: int, column_step: int) -> Image:
    """Copy every n-th pixel, `rows` x `columns` of them.

    OpenCV's nearest-neighbour resizing is the fastest. It multiplies by the ratio of the sizes, which is exact only for
    powers of two. Elsewhere pixels are copied as opaque items: NumPy copies three channels a pixel twice as slowly.
    """
    block = image[: rows * row_step, : columns * column_step]
    fits = block.shape[:2] == (rows * row_step, columns * column_step) and image.shape[2] <= CHANNELS_AT_ONCE
    if fits and all(step.bit_count() == 1 for step in (row_step, column_step)):
        picked = cv2.resize(block, (columns, rows), interpolation=cv2.INTER_NEAREST)
        return np.asarray(picked, np.float32).reshape(rows, columns, image.shape[2])
    pixel = np.dtype((np.void, image.itemsize * image.shape[2]))
    items = image.view(pixel)[::row_step, ::column_step][:rows, :columns].copy()
    return items.view(image.dtype).reshape(rows, columns, image.shape[2])


def extremes(image: Image, rows: Axis, columns: Axis, *, largest: bool) -> Image:
    """Slide the window one pixel at a time with OpenCV (two passes, and its border never wins), then subsample."""
    slide = cv2.dilate if largest else cv2.erode
    kernel = np.ones((rows.size, columns.size), np.uint8)
    results: list[Image] = []
    for first in range(0, image.shape[2], CHANNELS_AT_ONCE):
        part = np.ascontiguousarray(image[..., first : first + CHANNELS_AT_ONCE])
        slid = np.asarray(slide(part, kernel, anchor=(columns.before, rows.before)), np.float32)
        results.append(_pick(slid.reshape(part.shape), rows.length, columns.length, rows.stride, columns.stride))
    return results[0] if len(results) == 1 else np.concatenate(results, axis=-1)


def window_sums(image: Image, rows: Axis, columns: Axis) -> Image:
    """Sum each window: add rows, then neighbours within the sums, then keep every stride-th."""
    margins = ((rows.before, rows.after), (columns.before, columns.after), (0, 0))
    padded = np.pad(image, margins) if any(map(any, margins)) else image
    channels = image.shape[2]
    flat = padded.reshape(len(padded), -1)
    width = ((columns.length - 1) * columns.stride + 1) * channels
    used = width + (columns.size - 1) * channels
    result = np.empty((rows.length, columns.length, channels), np.float32)
    for first in range(0, rows.length, BAND):
        count = min(BAND, rows.length - first)
        band = flat[first * rows.stride :, :used]
        last = (count - 1) * rows.stride + 1
        down = _total([band[i : i + last : rows.stride] for i in range(rows.size)])
        across = _total([down[:, j * channels : j * channels + width] for j in range(columns.size)])
        across = np.ascontiguousarray(across).reshape(count, -1, channels)
        result[first : first + count] = _pick(across, count, columns.length, 1, columns.stride)
    return result


def block_averages(image: Image, rows: Axis, columns: Axis) -> Image:
    """Average windows that neither overlap, leave gaps nor reach into padding, which is OpenCV's area resizing.

    It adds a window's cells one by one in float32, so this is for `small_blocks`.
    """
    inside = image[: rows.length * rows.size, : columns.length * columns.size]
    averages = cv2.resize(inside, (columns.length, rows.length), interpolation=cv2.INTER_AREA)
    return np.asarray(averages, np.float32).reshape(rows.length, columns.length, image.shape[2])


def small_blocks(image: Image, rows: Axis, columns: Axis) -> bool:
    """Whether `block_averages` can be used, and is exact to about 1e-7 of the largest value."""
    tiled = all(axis.size == axis.stride and not axis.before and not axis.after for axis in (rows, columns))
    return tiled and rows.size * columns.size <= 16 and image.shape[2] <= CHANNELS_AT_ONCE


def _total(parts: list[Image]) -> Image:
    if len(parts) == 1:
        return parts[0]
    total = parts[0] + parts[1]
    for part in parts[2:]:
        total += part
    return total


def best_along(values: Image, axis: Axis) -> tuple[Image, npt.NDArray[np.int32]]:
    """Largest value of each window along the first axis, and its position there (the first one, where several are)."""
    lowest = np.full((1, *values.shape[1:]), -np.inf, np.float32)
    padded = np.concatenate([lowest.repeat(axis.before, 0), values, lowest.repeat(axis.after, 0)])
    best = np.full((axis.length, *values.shape[1:]), -np.inf, np.float32)
    first = np.maximum(axis.starts, 0).astype(np.int32).reshape(-1, 1, 1)
    position = np.broadcast_to(first, best.shape).copy()
    for offset in range(axis.size):
        candidate = padded[offset : offset + (axis.length - 1) * axis.stride + 1 : axis.stride]
        better = candidate > best
        np.copyto(best, candidate, where=better)
        np.copyto(position, (axis.starts + offset).astype(np.int32).reshape(-1, 1, 1), where=better)
    return best, position


def spread(gradient: Image, rows: Axis, columns: Axis) -> Image:
    """Add each output's value to every cell of its window: the transpose of `window_sums`."""
    down = _spread_along(gradient, rows)
    return _spread_along(down.transpose(1, 0, 2), columns).transpose(1, 0, 2).astype(np.float32)


def _spread_along(values: npt.NDArray[np.floating], axis: Axis) -> npt.NDArray[np.float64]:
    total = np.zeros((axis.before + axis.cells + axis.after, *values.shape[1:]))
    for offset in range(axis.size):
        total[offset : offset + (axis.length - 1) * axis.stride + 1 : axis.stride] += values
    return total[axis.before : axis.before + axis.cells]
