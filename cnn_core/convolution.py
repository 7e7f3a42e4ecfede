"""Convolution as deep learning does it (cross-correlation), equal to `keras.ops` to 1e-5, and what one window computes.

Images are (H, W, C) float32; `convolve` slides one 2-D kernel over every channel, the layers below mix channels with
kernels in Keras' order. `stride` and `dilation` are ints or (rows, columns); `padding` is "valid", "same", "full" or
"reflect" (`cnn_core.geometry` has the sizes). Definitions: Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from cnn_core.arrays import as_image, as_kernel, as_kernel4d, check_channels, with_bias
from cnn_core.errors import InputError
from cnn_core.geometry import Pair, as_pair, dilated_size, output_size, padding_amounts
from cnn_core.kernel_analysis import rank_one_factors

# From here on OpenCV's two passes are faster than its one: 0.5 x the time at 7 x 7, 0.14 x at 15 x 15.
TWO_PASSES_FROM = 5
# OpenCV carries a border value for at most this many channels at once.
OPENCV_CHANNELS = 4
# Cells of a kernel with its gaps; more would fill the memory before it could fit any picture.
LARGEST_SPREAD = 4_000_000


@dataclass(frozen=True)
class Window:
    """What one output cell is made of; all arrays are indexed [kernel row, kernel column, channel].

    Attributes:
        patch: the input values under the taps; padding cells hold what the padding gives them.
        weights: the kernel as it is applied, (k_h, k_w): rotated by 180 degrees for a true convolution.
        products: patch times weights.
        sums: the products summed, one figure per channel.
        rows: the input row under each kernel row; negative or beyond the input where that is padding.
        columns: the input column under each kernel column.
    """

    patch: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    rows: tuple[int, ...]
    columns: tuple[int, ...]


def convolve(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
    flip: bool = False,
) -> np.ndarray:
    """Slide one kernel over each channel: (H, W, C) or (H, W) -> (H_out, W_out, C) float32.

    Equals `keras.ops.depthwise_conv` with the kernel repeated for every channel, and with `flip=True`
    `scipy.signal.convolve2d`. A stride together with a dilation is computed too, where Keras refuses. The values run
    through OpenCV's `filter2D`, or, for larger kernels of rank one, through its two-pass `sepFilter2D`.

    Args:
        image: finite values of any range.
        kernel: (k_h, k_w), finite.
        stride: step between two windows.
        padding: "valid", "same", "full" or "reflect" (the edge pixel itself is not repeated).
        dilation: distance between two taps.
        flip: rotate the kernel by 180 degrees, which makes it a convolution in the mathematical sense.

    Raises:
        InputError: a kernel that is empty, not 2-D or not finite, or larger than the padded picture; a stride or
            dilation below 1.

    Example:
        >>> convolve(np.ones((4, 4)), np.ones((3, 3)), padding="same")[0, :, 0].tolist()
        [4.0, 6.0, 6.0, 4.0]
    """
    image, kernel = as_image(image), as_kernel(kernel)
    strides, dilations = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    rows, columns = output_size(image.shape[:2], kernel.shape, stride=strides, padding=padding, dilation=dilations)
    if flip:
        kernel = kernel[::-1, ::-1]
    spread = _spread(kernel, dilations)
    before = [
        padding_amounts(n, k, stride=s, padding=padding, dilation=d)[0]
        for n, k, s, d in zip(image.shape, kernel.shape, strides, dilations, strict=False)
    ]
    if padding == "full":
        # OpenCV answers once per input pixel: room for the windows that start beyond the last row and column.
        image = cv2.copyMakeBorder(image, 0, spread.shape[0] - 1, 0, spread.shape[1] - 1, cv2.BORDER_CONSTANT)
    border = cv2.BORDER_REFLECT_101 if padding == "reflect" else cv2.BORDER_CONSTANT
    dense = _correlate(
        image.reshape(*image.shape[:2], -1), kernel, spread, anchor=(before[1], before[0]), border=border
    )
    return dense[: (rows - 1) * strides[0] + 1 : strides[0], : (columns - 1) * strides[1] + 1 : strides[1]]


def window(
    image: np.ndarray,
    kernel: np.ndarray,
    row: int,
    column: int,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
    flip: bool = False,
) -> Window:
    """The patch, weights, products and sums behind the output cell (row, column) of `convolve`.

    Raises:
        InputError: as `convolve`, and for a cell outside the output.

    Example:
        >>> window(np.arange(9.0).reshape(3, 3), np.eye(3), 0, 0).sums.tolist()
        [12.0]
    """
    image, kernel = as_image(image), as_kernel(kernel)
    strides, dilations = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    size = output_size(image.shape[:2], kernel.shape, stride=strides, padding=padding, dilation=dilations)
    if not (0 <= row < size[0] and 0 <= column < size[1]):
        raise InputError(
            f"The output has {size[0]} rows and {size[1]} columns", "Choose a cell inside it", row=row, column=column
        )
    weights = kernel[::-1, ::-1] if flip else kernel
    taps = []
    for axis, cell in enumerate((row, column)):
        n, k, s, d = image.shape[axis], kernel.shape[axis], strides[axis], dilations[axis]
        start = cell * s - padding_amounts(n, k, stride=s, padding=padding, dilation=d)[0]
        taps.append(np.arange(k) * d + start)
    patch = np.zeros((*kernel.shape, image.shape[2]), np.float32)
    inside = [(t >= 0) & (t < n) for t, n in zip(taps, image.shape, strict=False)]
    if padding == "reflect":
        patch[:] = image[np.ix_(*(_reflected(t, n) for t, n in zip(taps, image.shape, strict=False)))]
    else:
        patch[np.ix_(*inside)] = image[np.ix_(*(t[i] for t, i in zip(taps, inside, strict=True)))]
    products = patch * weights[..., None]
    return Window(
        patch, weights, products, products.sum(axis=(0, 1)), tuple(map(int, taps[0])), tuple(map(int, taps[1]))
    )


def conv2d(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """A convolution layer: (H, W, C_in) -> (H_out, W_out, C_out) float32, equal to `keras.ops.conv`.

    Args:
        image: (H, W, C_in).
        kernel: (k_h, k_w, C_in, C_out).
        stride: as in `convolve`; likewise `padding` and `dilation`.
        padding: see `convolve`.
        dilation: see `convolve`.
        bias: (C_out,), added to every cell.

    Raises:
        InputError: as `convolve`, and where the channels of picture, kernel and bias do not fit.

    Example:
        >>> conv2d(np.ones((2, 2, 3)), np.ones((1, 1, 3, 2)), bias=np.array([0.0, 1.0]))[0, 0].tolist()
        [3.0, 4.0]
    """
    image, kernel = as_image(image), as_kernel4d(kernel, "(k_h, k_w, C_in, C_out)")
    check_channels(image, kernel.shape[2])
    taps = _taps(image, kernel.shape[:2], stride=stride, padding=padding, dilation=dilation)
    return with_bias(_summed(part @ kernel[i, j] for i, j, part in taps), bias)


def depthwise_conv2d(
    image: np.ndarray, kernel: np.ndarray, *, stride: Pair = 1, padding: str = "valid", dilation: Pair = 1
) -> np.ndarray:
    """One set of kernels per channel: (H, W, C) -> (H_out, W_out, C * M), equal to `keras.ops.depthwise_conv`.

    Args:
        image: (H, W, C).
        kernel: (k_h, k_w, C, M); output channel c * M + m is channel c under kernel[:, :, c, m].
        stride: as in `convolve`; likewise `padding` and `dilation`.
        padding: see `convolve`.
        dilation: see `convolve`.

    Raises:
        InputError: as `conv2d`.

    Example:
        >>> depthwise_conv2d(np.ones((2, 2, 3)), np.full((2, 2, 3, 1), 0.25))[0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    image, kernel = as_image(image), as_kernel4d(kernel, "(k_h, k_w, C, multiplier)")
    check_channels(image, kernel.shape[2])
    taps = _taps(image, kernel.shape[:2], stride=stride, padding=padding, dilation=dilation)
    out = _summed(part[..., None] * kernel[i, j] for i, j, part in taps)
    return out.reshape(*out.shape[:2], -1)


def separable_conv2d(
    image: np.ndarray,
    depthwise: np.ndarray,
    pointwise: np.ndarray,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """A depthwise convolution, then a 1 x 1 convolution that mixes the channels; equal to `keras.ops.separable_conv`.

    Args:
        image: (H, W, C).
        depthwise: (k_h, k_w, C, M).
        pointwise: (1, 1, C * M, C_out).
        stride: of the depthwise step; likewise `padding` and `dilation`.
        padding: see `convolve`.
        dilation: see `convolve`.
        bias: (C_out,).

    Raises:
        InputError: as `conv2d`.

    Example:
        >>> separable_conv2d(np.ones((2, 2, 3)), np.ones((1, 1, 3, 1)), np.ones((1, 1, 3, 4))).shape
        (2, 2, 4)
    """
    mixed = depthwise_conv2d(image, depthwise, stride=stride, padding=padding, dilation=dilation)
    return conv2d(mixed, pointwise, bias=bias)


def conv2d_transpose(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    stride: Pair = 1,
    padding: str = "valid",
    dilation: Pair = 1,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """Every input cell stamps a scaled kernel on the output; overlaps add. Equal to `keras.ops.conv_transpose`.

    Args:
        image: (H, W, C_in).
        kernel: (k_h, k_w, C_out, C_in), Keras' order for this layer.
        stride: distance between two stamps on the output.
        padding: "valid" keeps every stamp whole; "same" crops the output to the input's size times the stride.
        dilation: distance between two taps of a stamp.
        bias: (C_out,).

    Raises:
        InputError: as `conv2d`, and for a padding other than these two.

    Example:
        >>> conv2d_transpose(np.ones((2, 2, 1)), np.ones((2, 2, 1, 1)), stride=2).shape
        (4, 4, 1)
    """
    image, kernel = as_image(image), as_kernel4d(kernel, "(k_h, k_w, C_out, C_in)")
    check_channels(image, kernel.shape[3])
    strides, dilations = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    sides = [
        transposed_length(n, k, stride=s, padding=padding, dilation=d)
        for n, k, s, d in zip(image.shape, kernel.shape, strides, dilations, strict=False)
    ]
    # Stamps are laid on a canvas with room for all of them; the output is a part of it.
    canvas = np.zeros(
        (
            *(
                length + crop + dilated_size(k, d) + s
                for (length, crop), k, s, d in zip(sides, kernel.shape, strides, dilations, strict=False)
            ),
            kernel.shape[2],
        ),
        np.float32,
    )
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            top, left = i * dilations[0], j * dilations[1]
            stamp = image @ kernel[i, j].T
            canvas[
                top : top + (image.shape[0] - 1) * strides[0] + 1 : strides[0],
                left : left + (image.shape[1] - 1) * strides[1] + 1 : strides[1],
            ] += stamp
    (rows, skip_rows), (columns, skip_columns) = sides
    return with_bias(canvas[skip_rows : skip_rows + rows, skip_columns : skip_columns + columns], bias)


def transposed_length(
    size: int, kernel: int, *, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> tuple[int, int]:
    """Along one axis of a transposed convolution: (output cells, cells cropped in front).

    Raises:
        InputError: a padding other than "valid" and "same".

    Example:
        >>> transposed_length(4, 2, stride=2)
        (8, 0)
    """
    span = dilated_size(kernel, dilation)
    if padding == "valid":
        return (size - 1) * stride + max(span, stride), 0
    if padding != "same":
        raise InputError("A transposed convolution has no such padding", "Choose 'valid' or 'same'", padding=padding)
    return size * stride, max(span - 1 - (stride + span - 1) // 2, 0)


def _spread(kernel: np.ndarray, dilations: tuple[int, int]) -> np.ndarray:
    """The kernel with `dilation - 1` zeros between its taps."""
    if dilations == (1, 1):
        return np.ascontiguousarray(kernel)
    sides = [dilated_size(k, d) for k, d in zip(kernel.shape, dilations, strict=True)]
    if sides[0] * sides[1] > LARGEST_SPREAD:
        raise InputError("The dilated kernel is too large", "Choose a smaller dilation", sides=tuple(sides))
    spread = np.zeros(sides, np.float32)
    spread[:: dilations[0], :: dilations[1]] = kernel
    return spread


def _correlate(
    image: np.ndarray, kernel: np.ndarray, spread: np.ndarray, *, anchor: tuple[int, int], border: int
) -> np.ndarray:
    """OpenCV's answer for every input pixel, (H, W, C)."""
    factors = rank_one_factors(spread) if min(kernel.shape) >= TWO_PASSES_FROM else None
    channels = image.shape[2]
    planes = [image] if channels <= OPENCV_CHANNELS else np.split(image, range(OPENCV_CHANNELS, channels, 4), axis=2)
    results = []
    for plane in planes:
        if factors is None:
            result = cv2.filter2D(plane, cv2.CV_32F, spread, anchor=anchor, borderType=border)
        else:
            result = cv2.sepFilter2D(plane, cv2.CV_32F, factors[1], factors[0], anchor=anchor, borderType=border)
        results.append(result.reshape(plane.shape))
    return results[0] if len(results) == 1 else np.concatenate(results, axis=2)


def _taps(
    image: np.ndarray, kernel: tuple[int, ...], *, stride: Pair, padding: str, dilation: Pair
) -> Iterator[tuple[int, int, np.ndarray]]:
    """For each tap (i, j) of the kernel: the input values it meets, one per output cell."""
    strides, dilations = as_pair(stride, "stride"), as_pair(dilation, "dilation")
    rows, columns = output_size(image.shape[:2], kernel, stride=strides, padding=padding, dilation=dilations)
    amounts = [
        padding_amounts(n, k, stride=s, padding=padding, dilation=d)
        for n, k, s, d in zip(image.shape, kernel, strides, dilations, strict=False)
    ]
    mode = "reflect" if padding == "reflect" else "constant"
    padded = np.pad(image, (*amounts, (0, 0)), mode=mode)  # type: ignore[call-overload]
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilations[0], j * dilations[1]
            yield (
                i,
                j,
                padded[
                    top : top + (rows - 1) * strides[0] + 1 : strides[0],
                    left : left + (columns - 1) * strides[1] + 1 : strides[1],
                ],
            )


def _summed(parts: Iterator[np.ndarray]) -> np.ndarray:
    total = next(parts)
    for part in parts:
        total += part
    return total


def _reflected(index: np.ndarray, size: int) -> np.ndarray:
    if size == 1:
        return np.zeros_like(index)
    folded = np.abs(index) % (2 * size - 2)
    return np.where(folded < size, folded, 2 * size - 2 - folded)
