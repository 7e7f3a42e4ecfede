"""The layers that a network of one's own is made of: kinds, options and their bounds.

A network is a tuple of `LayerSpec`. Nothing here needs Keras.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnn_core.errors import InputError
from cnn_core.own_network.options import MAX_FILTERS, MAX_KERNEL, MAX_UNITS, LayerOption, check_option, shortened

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
        raise InputError("This kind of layer does not exist", f"Choose one of {', '.join(KINDS)}", kind=shortened(kind))
    known = {option.name: option for option in KINDS[kind].options}
    for name in options:
        if name not in known:
            raise InputError(
                f"{KINDS[kind].title} has no option of this name",
                f"Its options are {', '.join(known)}" if known else "It has no options",
                option=shortened(name),
            )
    return LayerSpec(
        kind, {name: check_option(option, options.get(name, option.default)) for name, option in known.items()}
    )
