"""What a builder accepts, checked before Keras would fail, and the smallest picture that fits a chain of windows."""

from collections.abc import Sequence
from typing import Any

from cnn_core.errors import InputError

LARGEST_SIDE = 4096
MOST_CHANNELS = 4096
MOST_CLASSES = 100_000


def whole_number(value: Any, name: str, *, minimum: int, maximum: int) -> int:
    """The value as an int in [minimum, maximum]; `name` is what the message calls it.

    Raises:
        InputError: no whole number, or outside.

    Example:
        >>> whole_number(16, "base_filters", minimum=1, maximum=512)
        16
    """
    title = name.replace("_", " ")
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InputError(
            f"The {title} must be a whole number",
            f"Choose a whole number from {minimum} to {maximum:,}",
            **{name: value},
        )
    if not minimum <= value <= maximum:
        raise InputError(
            f"The {title} must be from {minimum} to {maximum:,}",
            f"Choose a whole number from {minimum} to {maximum:,}",
            **{name: value},
        )
    return int(value)


def fraction(value: Any, name: str, *, maximum: float = 0.95) -> float:
    """The value as a float in [0, maximum].

    Raises:
        InputError: no number, or outside.

    Example:
        >>> fraction(0.5, "dropout")
        0.5
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= maximum:
        raise InputError(
            f"The {name.replace('_', ' ')} must be a number from 0 to {maximum}",
            f"Choose a number from 0 to {maximum}",
            **{name: value},
        )
    return float(value)


def one_of(value: Any, name: str, values: Sequence[Any]) -> Any:
    """The value, if it is one of those offered.

    Raises:
        InputError: it is not.

    Example:
        >>> one_of("max", "pooling", ("average", "max"))
        'max'
    """
    for known in values:
        # True == 1, but neither is offered in place of the other.
        if isinstance(value, bool) == isinstance(known, bool) and value == known:
            return known
    offered = ", ".join(map(str, values))
    raise InputError(f"This {name.replace('_', ' ')} does not exist", f"Choose one of {offered}", **{name: value})


def check_shape(input_shape: Any, *, network: str, smallest: int = 1, why: str = "") -> tuple[int, int, int]:
    """Rows, columns and channels as ints, none too small or absurd.

    Args:
        input_shape: three whole numbers.
        network: what the message calls the network.
        smallest: fewest rows and columns that work.
        why: what would happen below that.

    Raises:
        InputError: not three whole numbers, below `smallest`, or above 4,096.

    Example:
        >>> check_shape((224, 224, 3), network="VGG-16", smallest=32)
        (224, 224, 3)
    """
    if not isinstance(input_shape, Sequence) or isinstance(input_shape, str) or len(input_shape) != 3:
        raise InputError(
            "The input shape must be rows, columns and channels",
            "Give three whole numbers such as (224, 224, 3)",
            input_shape=input_shape,
        )
    rows, columns, channels = (
        whole_number(value, name, minimum=1, maximum=maximum)
        for value, name, maximum in zip(
            input_shape, ("rows", "columns", "channels"), (LARGEST_SIDE, LARGEST_SIDE, MOST_CHANNELS), strict=True
        )
    )
    if min(rows, columns) < smallest:
        raise InputError(
            f"A picture of {rows} × {columns} pixels is too small for {network}" + (f": {why}" if why else ""),
            f"The smallest that works is {smallest} × {smallest}",
            input_shape=tuple(input_shape),
        )
    return rows, columns, channels


def check_classes(num_classes: Any) -> int:
    """The number of classes, from 1 to 100,000.

    Raises:
        InputError: no whole number, or outside.

    Example:
        >>> check_classes(10)
        10
    """
    return whole_number(num_classes, "num_classes", minimum=1, maximum=MOST_CLASSES)


def output_activation(num_classes: int) -> str:
    """Softmax, or sigmoid for a single class, whose softmax would always be 1.

    Example:
        >>> output_activation(10), output_activation(1)
        ('softmax', 'sigmoid')
    """
    return "softmax" if num_classes > 1 else "sigmoid"


def smallest_side(windows: Sequence[tuple[int, int]]) -> int:
    """Shortest side that leaves one cell behind a chain of (window, stride) with padding "valid".

    Example:
        >>> smallest_side([(5, 1), (2, 2), (5, 1), (2, 2)])  # LeNet-5
        16
    """
    side = 1
    for window, stride in reversed(windows):
        side = (side - 1) * stride + window
    return side


def check_multiple(rows: int, columns: int, *, of: int, network: str) -> None:
    """See that both sides are multiples of `of`.

    Raises:
        InputError: one is not; the message names the nearest sizes.

    Example:
        >>> check_multiple(100, 96, of=32, network="YOLO")
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: YOLO needs sides that are multiples of 32. Choose rows 96 or 128. Received:
        rows=100, columns=96
    """
    advice = []
    for name, side in (("rows", rows), ("columns", columns)):
        if side % of:
            below = side // of * of
            advice.append(f"{name} {below} or {below + of}" if below else f"{name} {of}")
    if advice:
        raise InputError(
            f"{network} needs sides that are multiples of {of}",
            "Choose " + " and ".join(advice),
            rows=rows,
            columns=columns,
        )


def known_size(x: Any, *, block: str) -> tuple[int, int, int]:
    """Rows, columns and channels of a (N, H, W, C) tensor.

    Raises:
        InputError: one of them is not known yet.

    Example:
        >>> import numpy as np
        >>> known_size(np.zeros((1, 8, 6, 3)), block="CBAM")
        (8, 6, 3)
    """
    size = tuple(x.shape[1:])
    if len(size) != 3 or None in size:
        raise InputError(
            f"{block} needs to know rows, columns and channels", "Give the input a fixed size", shape=tuple(x.shape)
        )
    return size[0], size[1], size[2]
