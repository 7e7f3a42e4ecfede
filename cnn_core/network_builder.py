"""A network of one's own: a list of layers that is edited, checked, put into a link and built.

The list is a tuple of `LayerSpec`; the functions that edit it return a new one. Shapes and parameters come from
`check_network` in well under a millisecond per layer; only `build_network` needs Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnn_core.errors import InputError
from cnn_core.network_layers import (
    ACTIVATIONS,
    KINDS,
    MAX_CHANNELS,
    MAX_LAYERS,
    MAX_SIDE,
    LayerKind,
    LayerOption,
    LayerSpec,
    check_input_shape,
    layer,
)
from cnn_core.network_link import decode_network, encode_network
from cnn_core.network_shapes import LayerStatus, check_network

if TYPE_CHECKING:
    import keras

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "MAX_CHANNELS",
    "MAX_LAYERS",
    "MAX_SIDE",
    "LayerError",
    "LayerKind",
    "LayerOption",
    "LayerSpec",
    "LayerStatus",
    "add_layer",
    "build_network",
    "check_network",
    "decode_network",
    "edit_layer",
    "encode_network",
    "layer",
    "move_layer",
    "remove_layer",
]

Network = tuple[LayerSpec, ...]


class LayerError(InputError):
    """One layer of the network is impossible.

    Attributes:
        number: its place in the list, from 1.
        title: what kind of layer it is.
    """

    def __init__(self, number: int, title: str, problem: str, remedy: str) -> None:
        self.number = number
        self.title = title
        self.reason = problem
        super().__init__(f"Layer {number} ({title}): {problem}", remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return (LayerError, (self.number, self.title, self.reason, self.remedy))


def add_layer(specs: Sequence[LayerSpec], spec: LayerSpec, *, after: int | None = None) -> Network:
    """The network with one more layer, behind layer number `after` (0: in front) or at the end.

    Raises:
        InputError: no such layer, or the network is full.

    Example:
        >>> [spec.kind for spec in add_layer([layer("flatten")], layer("pooling"), after=0)]
        ['pooling', 'flatten']
    """
    if len(specs) >= MAX_LAYERS:
        raise InputError("The network is full", f"Remove a layer first: the limit is {MAX_LAYERS}", layers=len(specs))
    place = len(specs) if after is None else after
    if place:
        _check_number(specs, place)
    return (*specs[:place], spec, *specs[place:])


def remove_layer(specs: Sequence[LayerSpec], number: int) -> Network:
    """The network without layer `number`, counted from 1.

    Raises:
        InputError: no such layer.

    Example:
        >>> [spec.kind for spec in remove_layer([layer("flatten"), layer("dense")], 1)]
        ['dense']
    """
    _check_number(specs, number)
    return (*specs[: number - 1], *specs[number:])


def move_layer(specs: Sequence[LayerSpec], number: int, *, to: int) -> Network:
    """The network with layer `number` at place `to`; a place beyond an end is that end.

    Raises:
        InputError: no such layer.

    Example:
        >>> [spec.kind for spec in move_layer([layer("flatten"), layer("dense")], 2, to=1)]
        ['dense', 'flatten']
    """
    _check_number(specs, number)
    others = [*specs[: number - 1], *specs[number:]]
    others.insert(min(max(to - 1, 0), len(others)), specs[number - 1])
    return tuple(others)


def edit_layer(specs: Sequence[LayerSpec], number: int, /, **options: Any) -> Network:
    """The network with some options of layer `number` changed.

    Raises:
        InputError: no such layer or option, or a value out of bounds.

    Example:
        >>> edit_layer([layer("dropout")], 1, rate=0.2)[0].options
        {'rate': 0.2}
    """
    _check_number(specs, number)
    old = specs[number - 1]
    changed = layer(old.kind, **{**old.options, **options})
    return (*specs[: number - 1], changed, *specs[number:])


def _check_number(specs: Sequence[LayerSpec], number: int) -> None:
    if not 1 <= number <= len(specs):
        raise InputError("There is no layer of this number", f"The network has {len(specs)} layers", number=number)


def build_network(specs: Sequence[LayerSpec], *, input_shape: Sequence[int], name: str = "my_network") -> keras.Model:
    """The network as an uncompiled Keras model; layer 3 is called "conv_3", those of a block "residual_4_…".

    Args:
        specs: the layers from input to output.
        input_shape: rows, columns, channels.
        name: of the model.

    Raises:
        LayerError: an impossible layer; it says which, why, and what would work.
        InputError: no layers, too many, or an input that is no picture.
    """
    for status in check_network(specs, input_shape=input_shape):
        if status.problem:
            raise LayerError(status.number, status.title, status.problem, status.remedy)
    if not specs:
        raise InputError("The network has no layers", "Add one")
    import keras

    inputs = keras.Input(check_input_shape(input_shape), name="picture")
    x = inputs
    for number, spec in enumerate(specs, start=1):
        x = apply_layer(x, spec, number=number)
    return keras.Model(inputs, x, name=name)


def apply_layer(x: Any, spec: LayerSpec, *, number: int) -> Any:
    """Put one layer or block behind the tensor `x`; its Keras layers are named after its kind and number."""
    spec = layer(spec.kind, **spec.options)
    return _APPLY[spec.kind](x, spec.options, f"{KINDS[spec.kind].short}_{number}")


def _convolution(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Conv2D(
        options["filters"],
        options["kernel"],
        strides=options["stride"],
        dilation_rate=options["dilation"],
        groups=options["groups"],
        **_shared(options, name),
    )(x)


def _separable(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.SeparableConv2D(
        options["filters"],
        options["kernel"],
        strides=options["stride"],
        dilation_rate=options["dilation"],
        depth_multiplier=options["depth_multiplier"],
        **_shared(options, name),
    )(x)


def _depthwise(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.DepthwiseConv2D(
        options["kernel"],
        strides=options["stride"],
        dilation_rate=options["dilation"],
        depth_multiplier=options["depth_multiplier"],
        **_shared(options, name),
    )(x)


def _transposed(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Conv2DTranspose(
        options["filters"], options["kernel"], strides=options["stride"], **_shared(options, name)
    )(x)


def _pooling(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    kind = layers.MaxPooling2D if options["mode"] == "max" else layers.AveragePooling2D
    return kind(options["size"], strides=options["stride"], padding=options["padding"], name=name)(x)


def _global_pooling(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    kind = layers.GlobalMaxPooling2D if options["mode"] == "max" else layers.GlobalAveragePooling2D
    return kind(name=name)(x)


def _batch_norm(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=options["momentum"], name=name)(x)


def _activation(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Activation(options["activation"], name=name)(x)


def _dropout(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Dropout(options["rate"], name=name)(x)


def _flatten(x: Any, _options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Flatten(name=name)(x)


def _dense(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    return layers.Dense(options["units"], activation=_function(options), use_bias=options["bias"], name=name)(x)


def _residual(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    filters, stride = options["filters"], options["stride"]
    # (filters, kernel, stride) of each convolution: He et al. 2015, https://arxiv.org/abs/1512.03385, figure 5. The
    # stride is in the first 3 × 3 convolution.
    steps = [(filters, 3, stride), (filters, 3, 1)]
    if options["form"] == "bottleneck":
        steps = [(filters, 1, 1), (filters, 3, stride), (4 * filters, 1, 1)]
    main = x
    for step, sizes in enumerate(steps, start=1):
        if step > 1:
            main = layers.Activation("relu", name=f"{name}_relu_{step - 1}")(main)
        main = _normalised(main, sizes, name, str(step))
    if options["shortcut"]:
        outputs = steps[-1][0]
        if stride > 1 or x.shape[-1] != outputs:
            x = _normalised(x, (outputs, 1, stride), name, "shortcut")
        main = layers.Add(name=f"{name}_add")([main, x])
    return layers.Activation("relu", name=f"{name}_out")(main)


def _normalised(x: Any, sizes: tuple[int, int, int], name: str, step: str) -> Any:
    """Convolution of `sizes` (filters, kernel, stride) and batch normalisation."""
    from keras import layers

    filters, kernel, stride = sizes
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv_{step}")(x)
    return layers.BatchNormalization(name=f"{name}_bn_{step}")(x)


def _inception(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    def convolve(tensor: Any, option: str, kernel: int) -> Any:
        return layers.Conv2D(options[option], kernel, padding="same", activation="relu", name=f"{name}_{option}")(
            tensor
        )

    pooled = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_max_pool")(x)
    paths = [
        convolve(x, "path_1x1", 1),
        convolve(convolve(x, "reduce_3x3", 1), "path_3x3", 3),
        convolve(convolve(x, "reduce_5x5", 1), "path_5x5", 5),
        convolve(pooled, "path_pool", 1),
    ]
    return layers.Concatenate(name=f"{name}_join")(paths)


def _squeeze_excite(x: Any, options: Mapping[str, Any], name: str) -> Any:
    from keras import layers

    channels = x.shape[-1]
    weights = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
    weights = layers.Dense(max(channels // options["ratio"], 1), activation="relu", name=f"{name}_reduce")(weights)
    weights = layers.Dense(channels, activation="sigmoid", name=f"{name}_expand")(weights)
    return layers.Multiply(name=f"{name}_scale")([x, weights])


def _shared(options: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The arguments that all convolutions have."""
    return {
        "padding": options["padding"],
        "activation": _function(options),
        "use_bias": options["bias"],
        "name": name,
    }


def _function(options: Mapping[str, Any]) -> str | None:
    return None if options["activation"] == "linear" else options["activation"]


_APPLY: dict[str, Callable[[Any, Mapping[str, Any], str], Any]] = {
    "convolution": _convolution,
    "separable": _separable,
    "depthwise": _depthwise,
    "transposed": _transposed,
    "pooling": _pooling,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "dropout": _dropout,
    "flatten": _flatten,
    "global_pooling": _global_pooling,
    "dense": _dense,
    "residual": _residual,
    "inception": _inception,
    "squeeze_excite": _squeeze_excite,
}
