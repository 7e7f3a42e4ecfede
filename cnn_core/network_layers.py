"""The layers that a network of one's own is made of: kinds, options and their bounds.

A network is a tuple of `LayerSpec`; its input is (rows, columns, channels). Nothing here needs Keras.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError

MAX_LAYERS = 100
MAX_SIDE = 4096
MAX_CHANNELS = 4096
MAX_FILTERS = 4096
MAX_UNITS = 65536
MAX_KERNEL = 31
MAX_VALUES = 2**31

ACTIVATIONS = (
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "hard_silu",
    "mish",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "softplus",
    "softmax",
)


@dataclass(frozen=True)
class LayerOption:
    """One setting of a layer.

    Attributes:
        name: the key in `LayerSpec.options`.
        title: what the form calls it.
        default: its value where nothing is said; its type is the option's type (bool, int, float or str).
        choices: the values allowed, or None for a number or a switch.
        minimum: smallest number allowed.
        maximum: largest number allowed.
    """

    name: str
    title: str
    default: bool | int | float | str
    choices: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer.

    Attributes:
        title: what the list of layers calls it.
        short: start of the Keras layers' names, "conv" in "conv_3".
        sentence: what it does.
        options: its settings, in the order of the form.
    """

    title: str
    short: str
    sentence: str
    options: tuple[LayerOption, ...] = ()


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network, as `layer` makes it.

    Attributes:
        kind: a key of `KINDS`.
        options: every option of that kind with its value, in the order of `LayerKind.options`.
    """

    kind: str
    options: Mapping[str, Any]


def _count(name: str, title: str, default: int, maximum: int, minimum: int = 1) -> LayerOption:
    return LayerOption(name, title, default, None, minimum, maximum)


_FILTERS = _count("filters", "Filters", 32, MAX_FILTERS)
_KERNEL = _count("kernel", "Kernel size", 3, MAX_KERNEL)
_STRIDE = _count("stride", "Stride", 1, MAX_KERNEL)
_DILATION = _count("dilation", "Dilation", 1, MAX_KERNEL)
_MULTIPLIER = _count("depth_multiplier", "Filters per input channel", 1, 64)
_SAME = LayerOption("padding", "Padding", "same", ("valid", "same"))
_VALID = LayerOption("padding", "Padding", "valid", ("valid", "same"))
_RELU = LayerOption("activation", "Activation", "relu", ACTIVATIONS)
_BIAS = LayerOption("bias", "Bias", True)
_MEAN_OR_MAXIMUM = ("max", "average")

KINDS: dict[str, LayerKind] = {
    "convolution": LayerKind(
        "Convolution",
        "conv",
        "Slides kernels over the picture; each gives one output channel.",
        (_FILTERS, _KERNEL, _STRIDE, _SAME, _DILATION, _count("groups", "Groups", 1, MAX_FILTERS), _RELU, _BIAS),
    ),
    "separable": LayerKind(
        "Separable convolution",
        "separable",
        "One kernel per channel, then a 1 × 1 convolution across channels.",
        (_FILTERS, _KERNEL, _STRIDE, _SAME, _DILATION, _MULTIPLIER, _RELU, _BIAS),
    ),
    "depthwise": LayerKind(
        "Depthwise convolution",
        "depthwise",
        "One kernel per channel; channels are not mixed.",
        (_KERNEL, _STRIDE, _SAME, _DILATION, _MULTIPLIER, _RELU, _BIAS),
    ),
    "transposed": LayerKind(
        "Transposed convolution",
        "transposed",
        "Enlarges: every input cell stamps the kernel onto the output, stride cells apart.",
        (
            _FILTERS,
            _count("kernel", "Kernel size", 2, MAX_KERNEL),
            _count("stride", "Stride", 2, MAX_KERNEL),
            _SAME,
            _RELU,
            _BIAS,
        ),
    ),
    "pooling": LayerKind(
        "Pooling",
        "pool",
        "Keeps the maximum or the mean of every window, channel by channel.",
        (
            LayerOption("mode", "Takes the", "max", _MEAN_OR_MAXIMUM),
            _count("size", "Window size", 2, MAX_KERNEL),
            _count("stride", "Stride", 2, MAX_KERNEL),
            _VALID,
        ),
    ),
    "batch_norm": LayerKind(
        "Batch normalisation",
        "bn",
        "Gives every channel mean 0 and variance 1 over the batch, then scales and shifts it.",
        (LayerOption("momentum", "Momentum", 0.99, None, 0.0, 1.0),),
    ),
    "activation": LayerKind("Activation", "act", "Applies a function to every value.", (_RELU,)),
    "dropout": LayerKind(
        "Dropout",
        "dropout",
        "Sets a share of the values to zero while training.",
        (LayerOption("rate", "Rate", 0.5, None, 0.0, 1.0),),
    ),
    "flatten": LayerKind("Flatten", "flatten", "Lays all values of the feature map in one row."),
    "global_pooling": LayerKind(
        "Global pooling",
        "global_pool",
        "Keeps one number per channel: the mean or the maximum over all positions.",
        (LayerOption("mode", "Takes the", "average", ("average", "max")),),
    ),
    "dense": LayerKind(
        "Dense",
        "dense",
        "Every output is a weighted sum of all inputs.",
        (_count("units", "Units", 10, MAX_UNITS), _RELU, _BIAS),
    ),
    "residual": LayerKind(
        "Residual block",
        "residual",
        "Two 3 × 3 convolutions (or 1 × 1, 3 × 3, 1 × 1) whose result is added to the input.",
        (
            _count("filters", "Filters", 64, MAX_FILTERS),
            _STRIDE,
            LayerOption("form", "Form", "basic", ("basic", "bottleneck")),
            LayerOption("shortcut", "Shortcut", True),
        ),
    ),
    "inception": LayerKind(
        "Inception module",
        "inception",
        "Four paths side by side: 1 × 1, 3 × 3, 5 × 5 and pooling; their channels are joined.",
        (
            _count("path_1x1", "1 × 1 filters", 64, MAX_FILTERS),
            _count("reduce_3x3", "1 × 1 before 3 × 3", 96, MAX_FILTERS),
            _count("path_3x3", "3 × 3 filters", 128, MAX_FILTERS),
            _count("reduce_5x5", "1 × 1 before 5 × 5", 16, MAX_FILTERS),
            _count("path_5x5", "5 × 5 filters", 32, MAX_FILTERS),
            _count("path_pool", "1 × 1 after pooling", 32, MAX_FILTERS),
        ),
    ),
    "squeeze_excite": LayerKind(
        "Squeeze and excitation",
        "se",
        "Weighs every channel by a number computed from the means of all channels.",
        (_count("ratio", "Reduction ratio", 16, MAX_FILTERS),),
    ),
}


def layer(kind: str, /, **options: Any) -> LayerSpec:
    """Make a layer; options that are left out take their defaults.

    Raises:
        InputError: an unknown kind or option, or a value out of bounds.

    Example:
        >>> layer("pooling", size=3).options
        {'mode': 'max', 'size': 3, 'stride': 2, 'padding': 'valid'}
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError("This kind of layer does not exist", f"Choose one of {', '.join(KINDS)}", kind=_short(kind))
    known = {option.name: option for option in KINDS[kind].options}
    for name in options:
        if name not in known:
            raise InputError(
                f"{KINDS[kind].title} has no option of this name",
                f"Its options are {', '.join(known)}" if known else "It has no options",
                option=_short(name),
            )
    return LayerSpec(
        kind, {name: check_option(option, options.get(name, option.default)) for name, option in known.items()}
    )


def check_option(option: LayerOption, value: Any) -> bool | int | float | str:
    """The value as the option's type.

    Raises:
        InputError: another type, not among the choices, or out of bounds.

    Example:
        >>> check_option(KINDS["dropout"].options[0], 0)
        0.0
    """
    default = option.default
    if option.choices is not None:
        if isinstance(value, str) and value in option.choices:
            return value
        raise InputError(
            f"{option.title} has no such choice",
            f"Choose one of {', '.join(option.choices)}",
            **{option.name: _short(value)},
        )
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise InputError(f"{option.title} is on or off", "Choose true or false", **{option.name: _short(value)})
    number = _number(value, whole=isinstance(default, int))
    minimum, maximum = option.minimum, option.maximum
    if number is None or (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
        what = "a whole number" if isinstance(default, int) else "a number"
        raise InputError(
            f"{option.title} must be {what} from {minimum:g} to {maximum:g}",
            f"Choose {what} in that range",
            **{option.name: _short(value)},
        )
    return number


def check_input_shape(input_shape: Any) -> tuple[int, int, int]:
    """(rows, columns, channels) as ints.

    Raises:
        InputError: not three whole numbers, or one out of bounds.

    Example:
        >>> check_input_shape([32, 32, 3])
        (32, 32, 3)
    """
    values = tuple(input_shape) if isinstance(input_shape, tuple | list) else ()
    numbers = [_number(value, whole=True) for value in values]
    bounds = (MAX_SIDE, MAX_SIDE, MAX_CHANNELS)
    if len(numbers) != 3 or any(n is None or not 1 <= n <= most for n, most in zip(numbers, bounds, strict=True)):
        raise InputError(
            "The input is not rows, columns and channels of a picture",
            f"Choose 1 to {MAX_SIDE} rows and columns, and 1 to {MAX_CHANNELS} channels",
            input_shape=_short(input_shape),
        )
    rows, columns, channels = (int(n) for n in numbers if n is not None)
    if rows * columns * channels > MAX_VALUES:
        raise InputError(
            f"The input has more than {MAX_VALUES:,} values",
            "Choose fewer rows, columns or channels",
            input_shape=(rows, columns, channels),
        )
    return rows, columns, channels


def _number(value: Any, *, whole: bool) -> int | float | None:
    """The value as int or float; None where it is none."""
    if isinstance(value, bool):
        return None
    if hasattr(value, "__index__"):
        return int(value) if whole else float(min(max(int(value), -(2**53)), 2**53))
    # A form may give 3.0 where 3 is meant.
    if isinstance(value, float) and math.isfinite(value) and (not whole or value.is_integer()):
        return int(value) if whole else value
    return None


def _short(value: Any) -> Any:
    """What was received, cut where a link could hold a megabyte of it."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 10**18):
        return value
    try:
        text = value if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # an int of more digits than Python prints, lists in lists in lists
        return "something very long"
    return text if len(text) <= 40 else text[:39] + "…"
