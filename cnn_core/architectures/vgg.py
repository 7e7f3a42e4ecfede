"""VGG (Simonyan and Zisserman 2014, Very Deep Convolutional Networks, https://arxiv.org/abs/1409.1556).

Configurations A, B, D and E of table 1. Layer names and order are those of `keras.applications.VGG16`, so weights can
be copied across. Departs from the paper: no dropout between the dense layers unless asked for (Keras leaves it out,
the paper has 0.5), and batch norm after each convolution as an option, which the paper did not have.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_shape,
    fraction,
    one_of,
    output_activation,
    whole_number,
)

# Convolutions per stage; every stage ends in a pooling.
STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
WIDTHS = (1, 2, 4, 8, 8)


def vgg(
    *,
    depth: int = 16,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    batch_norm: bool = False,
    dense_units: int = 4096,
    dropout: float = 0.0,
    base_filters: int = 64,
) -> keras.Model:
    """VGG-11, -13, -16 or -19, uncompiled; VGG-16 has 138,357,544 parameters at its defaults.

    Args:
        depth: layers with weights: 11, 13, 16 or 19.
        input_shape: rows, columns (32 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        batch_norm: normalise between each convolution and its ReLU.
        dense_units: of fc1 and fc2.
        dropout: share of their outputs dropped in training; 0 leaves the layers out.
        base_filters: of the first stage; the others have 2, 4, 8 and 8 times as many.

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> vgg(input_shape=(32, 32, 3), num_classes=10, dense_units=64).get_layer("block5_pool").output.shape
        (None, 1, 1, 512)
    """
    depth = one_of(depth, "depth", tuple(STAGES))
    shape = check_shape(input_shape, network=f"VGG-{depth}", smallest=32, why="it is halved five times")
    classes = check_classes(num_classes)
    units = whole_number(dense_units, "dense_units", minimum=1, maximum=16384)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=256)
    rate = fraction(dropout, "dropout")
    inputs = keras.Input(shape, name="input")
    stages = convolutional_stages(inputs, depth=depth, batch_norm=batch_norm, base_filters=base)
    x = layers.Flatten(name="flatten")(stages[-1])
    for name in ("fc1", "fc2"):
        x = layers.Dense(units, activation="relu", name=name)(x)
        if rate:
            x = layers.Dropout(rate, name=f"{name}_dropout")(x)
    x = layers.Dense(classes, activation=output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, x, name=f"vgg{depth}")


def convolutional_stages(
    x: keras.KerasTensor, *, depth: int = 16, batch_norm: bool = False, base_filters: int = 64
) -> list[keras.KerasTensor]:
    """What the poolings of the five stages give: (N, H, W, C) -> (N, H // 2, W // 2, base_filters) and so on.

    Example:
        >>> [stage.shape[1:] for stage in convolutional_stages(keras.Input((64, 96, 3)))][-2:]
        [(4, 6, 512), (2, 3, 512)]
    """
    pooled = []
    for stage, (convolutions, width) in enumerate(zip(STAGES[depth], WIDTHS, strict=True), start=1):
        for number in range(1, convolutions + 1):
            name = f"block{stage}_conv{number}"
            if batch_norm:
                x = layers.Conv2D(width * base_filters, 3, padding="same", name=name)(x)
                x = layers.BatchNormalization(name=f"block{stage}_bn{number}")(x)
                x = layers.Activation("relu", name=f"block{stage}_relu{number}")(x)
            else:
                x = layers.Conv2D(width * base_filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"block{stage}_pool")(x)
        pooled.append(x)
    return pooled
