"""GoogLeNet (Szegedy et al. 2014, Going Deeper with Convolutions, table 1, https://arxiv.org/abs/1409.4842).

Departs from the paper: local response normalisation only if asked for (it has no parameters, and its successors dropped
it); Keras' "same" padding everywhere, which pads the strided first convolution by 2 and 3 pixels and not by 3 and 3.
"""

import keras
from keras import layers

from cnn_core.architectures.blocks.inception import inception_module
from cnn_core.architectures.limits import check_classes, check_shape, output_activation
from cnn_core.architectures.local_response import LocalResponseNormalization

# 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection; a pooling in front of every stage.
STAGES: dict[str, dict[str, tuple[int, int, int, int, int, int]]] = {
    "3": {
        "a": (64, 96, 128, 16, 32, 32),
        "b": (128, 128, 192, 32, 96, 64),
    },
    "4": {
        "a": (192, 96, 208, 16, 48, 64),
        "b": (160, 112, 224, 24, 64, 64),
        "c": (128, 128, 256, 24, 64, 64),
        "d": (112, 144, 288, 32, 64, 64),
        "e": (256, 160, 320, 32, 128, 128),
    },
    "5": {
        "a": (256, 160, 320, 32, 128, 128),
        "b": (384, 192, 384, 48, 128, 128),
    },
}
HEADS_BEHIND = {"4a": "aux1", "4d": "aux2"}


def googlenet(
    *,
    input_shape: tuple[int, int, int] = (224, 224, 3),
    num_classes: int = 1000,
    auxiliary: bool = False,
    lrn: bool = False,
) -> keras.Model:
    """GoogLeNet, uncompiled: 6,998,552 parameters, 13,378,280 with its two auxiliary heads.

    Args:
        input_shape: rows, columns (32 or more, 65 with auxiliary heads) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        auxiliary: add the two heads that help training; the outputs are then [predictions, aux1, aux2].
        lrn: local response normalisation around the second and third convolution, as published.

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> googlenet(input_shape=(64, 64, 3), num_classes=10).get_layer("inception_5b_concat").output.shape
        (None, 2, 2, 1024)
    """
    # A head pools windows of 5 x 5 cells, each 16 pixels apart.
    shape = check_shape(
        input_shape,
        network="GoogLeNet with auxiliary heads" if auxiliary else "GoogLeNet",
        smallest=65 if auxiliary else 32,
        why="a head pools 5 × 5 cells" if auxiliary else "it is halved five times",
    )
    classes = check_classes(num_classes)
    inputs = keras.Input(shape, name="input")
    x = layers.Conv2D(64, 7, strides=2, padding="same", activation="relu", name="conv1_7x7")(inputs)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="conv1_pool")(x)
    if lrn:
        x = LocalResponseNormalization(name="conv1_norm")(x)
    x = layers.Conv2D(64, 1, activation="relu", name="conv2_3x3_reduce")(x)
    x = layers.Conv2D(192, 3, padding="same", activation="relu", name="conv2_3x3")(x)
    if lrn:
        x = LocalResponseNormalization(name="conv2_norm")(x)
    heads = []
    for stage, modules in STAGES.items():
        x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"pool{stage}_3x3")(x)
        for letter, (one, reduce3, three, reduce5, five, pool) in modules.items():
            x = inception_module(
                x,
                filters_1x1=one,
                filters_3x3_reduce=reduce3,
                filters_3x3=three,
                filters_5x5_reduce=reduce5,
                filters_5x5=five,
                filters_pool=pool,
                name=f"inception_{stage}{letter}",
            )
            if auxiliary and stage + letter in HEADS_BEHIND:
                heads.append(auxiliary_head(x, classes, name=HEADS_BEHIND[stage + letter]))
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(0.4, name="dropout")(x)
    x = layers.Dense(classes, activation=output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, [x, *heads] if heads else x, name="googlenet")


def auxiliary_head(x: keras.KerasTensor, num_classes: int, *, name: str) -> keras.KerasTensor:
    """A second classifier in mid-network: (N, H, W, C) -> (N, num_classes). H and W are 5 or more.

    Example:
        >>> auxiliary_head(keras.Input((14, 14, 512)), 10, name="aux1").shape
        (None, 10)
    """
    x = layers.AveragePooling2D(5, strides=3, name=f"{name}_pool")(x)
    x = layers.Conv2D(128, 1, activation="relu", name=f"{name}_conv")(x)
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(1024, activation="relu", name=f"{name}_fc")(x)
    x = layers.Dropout(0.7, name=f"{name}_dropout")(x)
    return layers.Dense(num_classes, activation=output_activation(num_classes), name=f"{name}_predictions")(x)
