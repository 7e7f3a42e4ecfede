"""Pooling: one number for each window of a picture, and where that number came from.

An image is (H, W, C) with any number of channels, each pooled alone. Sizes and strides are an int or (rows, columns);
the stride is the size unless given; padding is "valid" or "same" as Keras defines them. Padding cells never take part:
they are neither a maximum nor counted in an average. Integers and booleans are pooled as the numbers they are, in
float32, without rescaling. Values are taken to be finite: what a NaN does to its window is not defined, as in Keras.

Modes, for the values x of one window: "max" max(x); "min" min(x) = -max(-x); "average" sum(x) / count; "l2"
sqrt(sum(x^2)), which is PyTorch's LPPool2d(norm_type=2): a sum and not a mean, so it grows with the window.
"""

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.geometry import Pair, as_pair
from cnn_core.pooling_windows import (
    Axis,
    Image,
    best_along,
    block_averages,
    extremes,
    small_blocks,
    spread,
    window_sums,
    windows_along,
)

MODES = ("max", "average", "min", "l2")
PADDINGS = ("valid", "same")


def pool(
    image: npt.ArrayLike, *, mode: str = "max", size: Pair = 2, stride: Pair | None = None, padding: str = "valid"
) -> Image:
    """Pool each channel of an image.

    Args:
        image: (H, W, C), any real numbers.
        mode: "max", "average", "min" or "l2".
        size: rows and columns of the window.
        stride: step between two windows; None means the size.
        padding: "valid" or "same".

    Returns:
        (H_out, W_out, C) float32, the size that `cnn_core.geometry.output_size` gives.

    Raises:
        InputError: not an (H, W, C) image of numbers, an unknown mode or padding, a size or stride below 1, or a window
            larger than the image with "valid".

    Source: `keras.ops.max_pool` and `keras.ops.average_pool`, which it equals; LPPool2d of PyTorch for "l2".

    Example:
        >>> image = np.arange(1, 17).reshape(4, 4, 1)
        >>> pool(image, mode="max", size=2)[..., 0].tolist()
        [[6.0, 8.0], [14.0, 16.0]]
    """
    values = _checked_image(image)
    _check_mode(mode, MODES)
    rows, columns = _axes(values, size, stride, padding)
    if mode in ("max", "min"):
        return extremes(values, rows, columns, largest=mode == "max")
    if mode == "l2":
        sums = window_sums(values * values, rows, columns)
        return np.sqrt(sums, out=sums)
    if small_blocks(values, rows, columns):
        return block_averages(values, rows, columns)
    sums = window_sums(values, rows, columns)
    if rows.before or rows.after or columns.before or columns.after:
        return sums / _counts(rows, columns)
    sums *= np.float32(1 / (rows.size * columns.size))
    return sums


def global_pool(image: npt.ArrayLike, *, mode: str = "average") -> Image:
    """Pool each channel of an image to one number, as GlobalMaxPooling2D and GlobalAveragePooling2D do.

    Args:
        image: (H, W, C), any real numbers.
        mode: "max", "average", "min" or "l2".

    Returns:
        (C,) float32.

    Raises:
        InputError: not an (H, W, C) image of numbers, or an unknown mode.

    Source: Lin, Chen and Yan 2013, https://arxiv.org/abs/1312.4400, section 3.2.

    Example:
        >>> global_pool(np.arange(1, 17).reshape(4, 4, 1), mode="average").tolist()
        [8.5]
    """
    values = _checked_image(image)
    _check_mode(mode, MODES)
    if mode == "average":
        result = values.mean(axis=(0, 1), dtype=np.float64)
    elif mode == "l2":
        result = np.sqrt(np.square(values, dtype=np.float64).sum(axis=(0, 1)))
    else:
        result = values.max(axis=(0, 1)) if mode == "max" else values.min(axis=(0, 1))
    return result.astype(np.float32)


def pool_argmax(
    image: npt.ArrayLike, *, mode: str = "max", size: Pair = 2, stride: Pair | None = None, padding: str = "valid"
) -> npt.NDArray[np.int32]:
    """Find where each maximum (or minimum) of `pool` came from. Ties go to the first in row-major order.

    Args:
        image: (H, W, C), any real numbers.
        mode: "max" or "min".
        size, stride, padding: as in `pool`.

    Returns:
        (H_out, W_out, C, 2) int32: the row and the column in the image.

    Raises:
        InputError: as in `pool`.

    Example:
        >>> positions = pool_argmax(np.arange(1, 17).reshape(4, 4, 1), size=2)
        >>> positions[0, 1, 0].tolist()
        [1, 3]
    """
    values = _checked_image(image)
    _check_mode(mode, ("max", "min"))
    rows, columns = _axes(values, size, stride, padding)
    if mode == "min":
        values = -values
    # First the winner within each row of the image, then the winner among those rows. Both scan in order and replace
    # only by something larger, so the first in row-major order stays.
    row_best, row_column = best_along(values.transpose(1, 0, 2), columns)
    row = best_along(row_best.transpose(1, 0, 2), rows)[1]
    column = row_column.transpose(1, 0, 2)[
        row, np.arange(columns.length)[None, :, None], np.arange(values.shape[2])[None, None, :]
    ]
    return np.stack([row, column], axis=-1)


def pool_gradient(
    image: npt.ArrayLike,
    *,
    mode: str = "max",
    size: Pair = 2,
    stride: Pair | None = None,
    padding: str = "valid",
    upstream: npt.ArrayLike | None = None,
) -> Image:
    """Send a gradient back through `pool`: what each input cell receives.

    A maximum or minimum sends all of it to its winner (the first in row-major order); an average sends 1 / count to
    every cell of the window; "l2" sends x / output, and 0 where the output is 0. Overlapping windows add up.

    Args:
        image: (H, W, C), any real numbers.
        mode, size, stride, padding: as in `pool`.
        upstream: (H_out, W_out, C), the gradient at the output; None means ones.

    Returns:
        (H, W, C) float32.

    Raises:
        InputError: as in `pool`, or an upstream gradient of another shape than the output's.

    Example:
        >>> pool_gradient(np.arange(1, 17).reshape(4, 4, 1), mode="max", size=2)[:2, :, 0].tolist()
        [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0]]
    """
    values = _checked_image(image)
    _check_mode(mode, MODES)
    rows, columns = _axes(values, size, stride, padding)
    shape = (rows.length, columns.length, values.shape[2])
    gradient = np.ones(shape, np.float32) if upstream is None else np.asarray(upstream, np.float32)
    if gradient.shape != shape:
        raise InputError(
            "The gradient at the output has another shape than the output",
            f"Give it the shape {shape}",
            upstream=gradient.shape,
        )
    if mode in ("max", "min"):
        positions = pool_argmax(values, mode=mode, size=size, stride=stride, padding=padding)
        channels = np.broadcast_to(np.arange(values.shape[2]), shape)
        flat = np.ravel_multi_index((positions[..., 0], positions[..., 1], channels), values.shape)
        received = np.bincount(flat.ravel(), weights=gradient.ravel(), minlength=values.size)
        return received.reshape(values.shape).astype(np.float32)
    if mode == "average":
        return spread(gradient / _counts(rows, columns), rows, columns)
    output = pool(values, mode="l2", size=size, stride=stride, padding=padding)
    quotient = np.divide(gradient, output, out=np.zeros_like(output), where=output > 0)
    return values * spread(quotient, rows, columns)


def cascade(image: npt.ArrayLike, *, mode: str = "max", levels: int = 5) -> list[Image]:
    """Pool 2 x 2 with stride 2 again and again: 1/2, 1/4, … of the size.

    Returns:
        at most `levels` images (H // 2^n, W // 2^n, C); it ends where a side would fall below one pixel.

    Raises:
        InputError: as in `pool`, or fewer than 1 level.

    Example:
        >>> [level.shape for level in cascade(np.zeros((9, 4, 3)), levels=5)]
        [(4, 2, 3), (2, 1, 3)]
    """
    if levels < 1:
        raise InputError("A cascade needs at least one level", "Choose 1 level or more", levels=levels)
    current = _checked_image(image)
    results: list[Image] = []
    while len(results) < levels and min(current.shape[:2]) >= 2:
        current = pool(current, mode=mode, size=2)
        results.append(current)
    return results


def unit_range(output: Image, *, mode: str, size: Pair) -> Image:
    """Bring the pooled values of an image in [0, 1] back into [0, 1], to show them.

    Only "l2" leaves that range: it is divided by the root of the window's area, which makes it the root mean square.

    Example:
        >>> unit_range(pool(np.ones((2, 2, 1)), mode="l2"), mode="l2", size=2).item()
        1.0
    """
    rows, columns = as_pair(size, "size")
    return output / np.float32(np.sqrt(rows * columns)) if mode == "l2" else output


def head_parameters(size: Pair, channels: int, classes: int) -> dict[str, int]:
    """Count the parameters of a classifier's last layer on a feature map, with Flatten or global pooling before it.

    Args:
        size: rows and columns of the feature map.
        channels: its channels.
        classes: outputs of the dense layer.

    Returns:
        {"flatten": (rows * columns * channels + 1) * classes, "global": (channels + 1) * classes}, biases included.

    Raises:
        InputError: a number below 1.

    Example:
        >>> head_parameters(7, 512, 1000)
        {'flatten': 25089000, 'global': 513000}
    """
    rows, columns = as_pair(size, "feature-map size")
    if channels < 1 or classes < 1:
        raise InputError("Channels and classes are counts", "Choose 1 or more", channels=channels, classes=classes)
    return {"flatten": (rows * columns * channels + 1) * classes, "global": (channels + 1) * classes}


def _checked_image(image: npt.ArrayLike) -> Image:
    values = np.asarray(image)
    if values.ndim != 3 or 0 in values.shape:
        raise InputError(
            "Pooling needs an image (rows, columns, channels) with at least one pixel",
            "Give a grid of (rows, columns) a channel axis: image[..., None]",
            shape=values.shape,
        )
    if values.dtype.kind not in "biuf":
        raise InputError("The image holds no real numbers", "Use integers or floats", dtype=str(values.dtype))
    return np.ascontiguousarray(values, dtype=np.float32)


def _check_mode(mode: str, allowed: tuple[str, ...]) -> None:
    if mode not in allowed:
        raise InputError("This pooling mode does not exist here", f"Choose one of {', '.join(allowed)}", mode=mode)


def _axes(image: Image, size: Pair, stride: Pair | None, padding: str) -> tuple[Axis, Axis]:
    if padding not in PADDINGS:
        raise InputError("Pooling has no such padding", f"Choose one of {', '.join(PADDINGS)}", padding=padding)
    sizes = as_pair(size, "size")
    strides = sizes if stride is None else as_pair(stride, "stride")
    if padding == "valid" and (sizes[0] > image.shape[0] or sizes[1] > image.shape[1]):
        raise InputError(
            "The window is larger than the picture",
            "Choose a smaller window, a larger picture or padding 'same'",
            size=sizes,
            picture=image.shape[:2],
        )
    rows, columns = (windows_along(n, k, s, padding) for n, k, s in zip(image.shape, sizes, strides, strict=False))
    return rows, columns


def _counts(rows: Axis, columns: Axis) -> Image:
    """Cells of each window that lie inside the image, (H_out, W_out, 1)."""
    return np.outer(rows.counts, columns.counts)[..., None].astype(np.float32)
