"""Sizes, strides and padding along one axis or two: the arithmetic shared by convolution and pooling.

A window of `kernel` cells, `dilation` apart, steps by `stride` over an axis of `size` cells with `before` padding cells
in front and `after` behind. Definitions are Keras': VALID floors, SAME gives ceil(size / stride) and puts the odd
padding cell behind (Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285, with TensorFlow's asymmetric SAME).
"""

from collections.abc import Sequence
from typing import Any

from cnn_core.errors import InputError

PADDINGS = ("valid", "same", "full", "reflect")

Pair = int | Sequence[int]


def as_pair(value: Any, name: str, *, minimum: int = 1) -> tuple[int, int]:
    """Turn an int, or a pair of ints, into (rows, columns).

    Args:
        value: an int or two ints, each at least `minimum`.
        name: what the error message calls it.
        minimum: smallest value allowed.

    Raises:
        InputError: not one or two whole numbers, or below the minimum.

    Example:
        >>> as_pair(2, "stride")
        (2, 2)
    """
    values = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value, value)
    if len(values) != 2 or any(isinstance(v, bool) or not hasattr(v, "__index__") or v < minimum for v in values):
        raise InputError(
            f"The {name} must be a whole number, or a pair of them, of at least {minimum}",
            f"Choose a {name} of {minimum} or more",
            **{name: value},
        )
    return int(values[0]), int(values[1])


def dilated_size(kernel: int, dilation: int) -> int:
    """Cells from the first to the last tap of a kernel whose taps lie `dilation` apart.

    Example:
        >>> dilated_size(3, 2)
        5
    """
    return (kernel - 1) * dilation + 1


def padding_amounts(
    size: int, kernel: int, *, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> tuple[int, int]:
    """Padding cells (before, after) one axis, all in cells.

    "reflect" pads by as much as "same". With stride 1 both keep the size; an even kernel gets the larger half behind.

    Raises:
        InputError: an unknown padding.

    Example:
        >>> padding_amounts(7, 4, padding="same")
        (1, 2)
    """
    if padding not in PADDINGS:
        raise InputError("This padding does not exist", f"Choose one of {', '.join(PADDINGS)}", padding=padding)
    span = dilated_size(kernel, dilation)
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return span - 1, span - 1
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def output_length(size: int, kernel: int, *, stride: int = 1, padding: str = "valid", dilation: int = 1) -> int:
    """Output cells along one axis: floor((size + padding - dilated kernel) / stride) + 1.

    Raises:
        InputError: the window is larger than the padded input.

    Example:
        >>> output_length(7, 3, stride=2)
        3
    """
    before, after = padding_amounts(size, kernel, stride=stride, padding=padding, dilation=dilation)
    span = dilated_size(kernel, dilation)
    if size + before + after < span:
        raise InputError(
            f"A window that spans {span} cells does not fit into {size} with padding '{padding}'",
            "Choose a smaller window, a larger picture, or padding 'same'",
            input=size,
            window=kernel,
            **({"dilation": dilation} if dilation > 1 else {}),
        )
    return (size + before + after - span) // stride + 1


def output_size(
    size: Pair, kernel: Pair, *, stride: Pair = 1, padding: str = "valid", dilation: Pair = 1
) -> tuple[int, int]:
    """Output (rows, columns) of a convolution or pooling layer, as Keras gives it.

    Args:
        size: input rows and columns.
        kernel: window rows and columns.
        stride: step between two windows.
        padding: "valid", "same", "full" (every position that touches the input) or "reflect" (sized like "same").
        dilation: distance between two taps of the kernel.

    Raises:
        InputError: a value below 1, an unknown padding, or a window larger than the padded input.

    Example:
        >>> output_size((224, 224), 7, stride=2, padding="same")
        (112, 112)
    """
    pairs = zip(
        as_pair(size, "size"),
        as_pair(kernel, "kernel"),
        as_pair(stride, "stride"),
        as_pair(dilation, "dilation"),
        strict=True,
    )
    rows, columns = (output_length(n, k, stride=s, padding=padding, dilation=d) for n, k, s, d in pairs)
    return rows, columns


def placement(
    size: int, kernel: int, *, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> tuple[float, float]:
    """Where the output lies over the input along one axis: (start, length) as parts of the input's length.

    Each output cell is centred on its window and `stride` input cells long, so an output of "valid" padding lies inside
    the input and one of "full" padding reaches beyond it.

    Raises:
        InputError: as `output_length`.

    Example:
        >>> placement(10, 3)
        (0.1, 0.8)
    """
    before, _ = padding_amounts(size, kernel, stride=stride, padding=padding, dilation=dilation)
    cells = output_length(size, kernel, stride=stride, padding=padding, dilation=dilation)
    start = (dilated_size(kernel, dilation) - 1) / 2 - before - (stride - 1) / 2
    return start / size, cells * stride / size
