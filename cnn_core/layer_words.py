"""A Keras layer in words: its settings, and why it has as many parameters as it has."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cnn_core.layer_work import is_known

ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
}


def parameter_formula(weights: Iterable[Any]) -> str:
    r"""Why there are that many parameters: a product for each array, summed, in LaTeX; "" where there are none.

    Args:
        weights: Keras variables; only their shapes are read.

    Example:
        >>> from types import SimpleNamespace as Variable
        >>> parameter_formula([Variable(shape=(3, 3, 128, 128)), Variable(shape=(128,))])
        '3\\cdot3\\cdot128\\cdot128 + 128 = 147{,}584'
    """
    shapes = [tuple(int(length) for length in weight.shape) for weight in weights]
    if not shapes:
        return ""
    total = _number(sum(math.prod(shape) for shape in shapes))
    terms = []
    for shape in dict.fromkeys(shapes):
        product = r"\cdot".join(_number(length) for length in shape) or "1"
        times = shapes.count(shape)
        if times > 1:
            product = rf"{times}\cdot{product}" if len(shape) < 2 else rf"{times}\cdot({product})"
        terms.append(product)
    text = " + ".join(terms)
    return text if text == total else f"{text} = {total}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "{,}")


def describe(operation: Any) -> str:
    """The settings of a layer or operation in a few words, such as "3 × 3, 128 filters, stride 2, same, ReLU"."""
    write = WORDS.get(type(operation).__name__)
    if write is None or not hasattr(operation, "weights") or not is_known(operation):
        return ""
    return ", ".join(part for part in write(operation) if part)


def _by(values: Sequence[Any] | int) -> str:
    values = (values,) if isinstance(values, int) else values
    return " × ".join(str(value) for value in values)


def _step(word: str, values: Sequence[int] | int) -> str:
    values = (values,) if isinstance(values, int) else tuple(values)
    if set(values) == {1}:
        return ""
    return f"{word} {values[0]}" if len(set(values)) == 1 else f"{word} {_by(values)}"


def _activation(layer: Any) -> str:
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    return "" if name == "linear" else ACTIVATIONS.get(name, name.replace("_", " "))


def _biasless(layer: Any) -> str:
    return "" if layer.use_bias else "no bias"


def _convolution(layer: Any) -> tuple[str, ...]:
    # A depthwise layer has no number of filters of its own.
    filters = getattr(layer, "filters", None)
    depth = getattr(layer, "depth_multiplier", 1)
    groups = getattr(layer, "groups", 1) or 1
    return (
        _by(layer.kernel_size),
        f"{filters} filter{'s' * (filters != 1)}" if filters else "",
        f"{depth} per channel" if depth > 1 else "",
        _step("stride", layer.strides),
        layer.padding,
        _step("dilation", layer.dilation_rate),
        f"{groups} groups" if groups > 1 else "",
        _activation(layer),
        _biasless(layer),
    )


def _dense(layer: Any) -> tuple[str, ...]:
    return f"{layer.units} unit{'s' * (layer.units != 1)}", _activation(layer), _biasless(layer)


def _pooling(layer: Any) -> tuple[str, ...]:
    return _by(layer.pool_size), _step("stride", layer.strides), layer.padding


def _upsampling(layer: Any) -> tuple[str, ...]:
    return _by(layer.size), getattr(layer, "interpolation", "nearest")


def _borders(word: str, amounts: Any) -> tuple[str, ...]:
    (top, bottom), (left, right) = amounts
    return (f"{word} {top} above, {bottom} below, {left} left, {right} right",)


def _normalisation(layer: Any) -> tuple[str, ...]:
    return "γ" if layer.scale else "", "β" if layer.center else "", "moving mean and variance"


def _relu(layer: Any) -> tuple[str, ...]:
    highest = "" if layer.max_value is None else f"at most {float(layer.max_value):g}"
    return highest, f"slope {float(layer.negative_slope):g}" if layer.negative_slope else ""


def _heads(layer: Any) -> tuple[str, ...]:
    return (f"{layer.num_heads} head{'s' * (layer.num_heads != 1)} of {layer.key_dim}",)


def _grouped_heads(layer: Any) -> tuple[str, ...]:
    return (f"{layer.num_query_heads} heads of {layer.head_dim}", f"{layer.num_key_value_heads} for keys and values")


def _rate(layer: Any) -> tuple[str, ...]:
    return (f"rate {float(layer.rate):g}",)


def _target(layer: Any) -> tuple[str, ...]:
    return (f"to {_by(layer.target_shape)}",)


WORDS: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
            *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
        ),
        _convolution,
    ),
    **dict.fromkeys([f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)], _pooling),
    **dict.fromkeys(("Dropout", "SpatialDropout2D", "GaussianDropout", "AlphaDropout"), _rate),
    "UpSampling2D": _upsampling,
    "Dense": _dense,
    "EinsumDense": lambda layer: (layer.equation.replace("->", " → "), _activation(layer)),
    "BatchNormalization": _normalisation,
    "GroupNormalization": lambda layer: (f"{layer.groups} groups",),
    "ZeroPadding2D": lambda layer: _borders("adds", layer.padding),
    "Cropping2D": lambda layer: _borders("removes", layer.cropping),
    "Activation": lambda layer: (_activation(layer),),
    "ReLU": _relu,
    "LeakyReLU": lambda layer: (f"slope {float(layer.negative_slope):g}",),
    "ELU": lambda layer: (f"α = {float(layer.alpha):g}",),
    "Concatenate": lambda layer: ("along the channels" if layer.axis == -1 else f"along axis {layer.axis}",),
    "Reshape": _target,
    "Permute": lambda layer: (f"axes {_by(layer.dims)}",),
    "Resizing": lambda layer: (f"to {layer.height} × {layer.width}", layer.interpolation),
    "Rescaling": lambda layer: (f"× {layer.scale:.4g}" if isinstance(layer.scale, int | float) else "",),
    "MultiHeadAttention": _heads,
    "GroupedQueryAttention": _grouped_heads,
    "GroupQueryAttention": _grouped_heads,
}
