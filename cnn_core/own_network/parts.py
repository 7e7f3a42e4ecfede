"""The Keras layers of each kind of layer of a network of one's own. Keras is imported when a layer is made."""

from collections.abc import Callable, Mapping
from typing import Any

from cnn_core.own_network.layers import KINDS, LayerSpec, layer


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
