"""The classifier on top of a backbone: as a network of its own that takes features, and as part of the whole one."""

from typing import TYPE_CHECKING, Any

from cnn_core.transfer.config import HeadOptions

if TYPE_CHECKING:
    import keras

POOL, DENSE, DROPOUT, OUTPUT = "pool", "head_dense", "head_dropout", "predictions"
# The layers that have weights, in order.
WEIGHTED = (DENSE, OUTPUT)


def head_on_features(channels: int, classes: int, *, options: HeadOptions, seed: int) -> "keras.Model":
    """The head alone: (N, channels) features that are pooled already -> (N, classes) softmax; uncompiled.

    Args:
        channels: of the backbone's last maps.
        classes: how many.
        options: of the head.
        seed: of its first weights and its dropout.

    Example:
        >>> head_on_features(8, 3, options=HeadOptions(dense=4), seed=0).output_shape
        (None, 3)
    """
    import keras

    inputs = keras.Input((channels,), name="features")
    return keras.Model(inputs, _stacked(inputs, classes, options, seed), name="head")


def whole_network(
    backbone: "keras.Model", classes: int, *, options: HeadOptions, seed: int, head: "keras.Model | None" = None
) -> "keras.Model":
    """Backbone and head as one flat network: raw pixels (N, rows, columns, 3) in [0, 255] -> (N, classes) softmax.

    Args:
        backbone: as `load_backbone` gives it; its layers are used, not copied.
        classes: how many.
        options: of the head.
        seed: of the head's first weights.
        head: one whose weights it gets, made by `head_on_features` with the same options.
    """
    import keras

    pool = keras.layers.GlobalMaxPooling2D if options.pooling == "max" else keras.layers.GlobalAveragePooling2D
    pooled = pool(name=POOL, dtype="float32")(backbone.output)
    model = keras.Model(backbone.input, _stacked(pooled, classes, options, seed), name="classifier")
    if head is not None:
        for name in head_layers(options):
            model.get_layer(name).set_weights(head.get_layer(name).get_weights())
    return model


def head_layers(options: HeadOptions) -> tuple[str, ...]:
    """The names of the head's layers that have weights."""
    return WEIGHTED if options.dense else (OUTPUT,)


def _stacked(x: Any, classes: int, options: HeadOptions, seed: int) -> Any:
    import keras
    from keras import layers

    def dense(units: int, *, number: int, **more: Any) -> keras.layers.Layer:
        return layers.Dense(
            units,
            kernel_initializer=keras.initializers.GlorotUniform(seed=1000 * seed + number),
            kernel_regularizer=keras.regularizers.L2(options.l2) if options.l2 else None,
            dtype="float32",
            **more,
        )

    if options.dense:
        x = dense(options.dense, number=1, activation="relu", name=DENSE)(x)
    if options.dropout:
        x = layers.Dropout(options.dropout, seed=seed, dtype="float32", name=DROPOUT)(x)
    return dense(classes, number=2, activation="softmax", name=OUTPUT)(x)
