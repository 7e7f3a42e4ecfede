"""Small networks that each show one idea, without a paper of their own.

They are the short examples of the usual introductions, with every layer named, and mended where those do not run: the
CIFAR-10 network pads ("same"), because six 3 x 3 convolutions and three poolings without padding leave nothing of 32
pixels for the last pooling.
"""

from typing import Any

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_shape,
    one_of,
    output_activation,
    smallest_side,
    whole_number,
)

Shape = tuple[int, int, int]


def separable_cnn(*, input_shape: Shape = (224, 224, 3), num_classes: int = 10, separable: bool = True) -> keras.Model:
    """Two depthwise separable convolutions and global average pooling; 3,205 parameters, 20,042 with standard ones.

    Args:
        input_shape: rows, columns (5 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        separable: False takes standard convolutions, for comparison.

    Raises:
        InputError: too small a picture, or no such number of classes.

    Example:
        >>> separable_cnn().count_params(), separable_cnn(separable=False).count_params()
        (3205, 20042)
    """
    shape = check_shape(input_shape, network="the separable CNN", smallest=smallest_side([(3, 1)] * 2))
    convolution = layers.SeparableConv2D if separable else layers.Conv2D
    return keras.Sequential(
        [
            keras.Input(shape, name="input"),
            convolution(32, 3, activation="relu", name="conv1"),
            convolution(64, 3, activation="relu", name="conv2"),
            *_global_head(check_classes(num_classes)),
        ],
        name="separable_cnn" if separable else "standard_cnn",
    )


def dilated_cnn(*, input_shape: Shape = (224, 224, 3), num_classes: int = 10, dilation: int = 2) -> keras.Model:
    """A dilated convolution sees further with as many parameters; 20,042 whatever the dilation.

    Args:
        input_shape: rows, columns (3 + 2 `dilation` or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        dilation: distance between the taps of the second convolution, 1 to 16.

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> {dilated_cnn(dilation=dilation).count_params() for dilation in (1, 2, 4)}
        {20042}
    """
    gap = whole_number(dilation, "dilation", minimum=1, maximum=16)
    shape = check_shape(input_shape, network="the dilated CNN", smallest=smallest_side([(3, 1), (2 * gap + 1, 1)]))
    return keras.Sequential(
        [
            keras.Input(shape, name="input"),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.Conv2D(64, 3, dilation_rate=gap, activation="relu", name="conv2_dilated"),
            *_global_head(check_classes(num_classes)),
        ],
        name="dilated_cnn",
    )


def cifar_cnn(
    *, input_shape: Shape = (32, 32, 3), num_classes: int = 10, batch_norm: bool = True, dropout: bool = True
) -> keras.Model:
    """Three blocks of two convolutions for CIFAR-10; 1,342,122 parameters.

    Args:
        input_shape: rows, columns (8 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        batch_norm: normalise behind the first convolution of a block.
        dropout: drop 25 % behind each block and 50 % behind the dense layer.

    Raises:
        InputError: too small a picture, or no such number of classes.

    Example:
        >>> cifar_cnn().count_params()
        1342122
    """
    shape = check_shape(input_shape, network="the CIFAR-10 CNN", smallest=8, why="it is halved three times")
    classes = check_classes(num_classes)
    stack: list[Any] = [keras.Input(shape, name="input")]
    for number, filters in enumerate((32, 64, 128), start=1):
        name = f"block{number}"
        stack.append(layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv1"))
        if batch_norm:
            stack.append(layers.BatchNormalization(name=f"{name}_bn"))
        stack.append(layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv2"))
        stack.append(layers.MaxPooling2D(2, name=f"{name}_pool"))
        if dropout:
            stack.append(layers.Dropout(0.25, name=f"{name}_dropout"))
    stack += [layers.Flatten(name="flatten"), layers.Dense(512, activation="relu", name="fc1")]
    if dropout:
        stack.append(layers.Dropout(0.5, name="fc1_dropout"))
    stack.append(layers.Dense(classes, activation=output_activation(classes), name="predictions"))
    return keras.Sequential(stack, name="cifar_cnn")


def stacked_cnn(*, input_shape: Shape = (224, 224, 3), num_classes: int = 10, dense_units: int = 512) -> keras.Model:
    """Three blocks of two unpadded convolutions, then dense layers; 38,041,386 parameters, 99 % in the first dense one.

    Args:
        input_shape: rows, columns (36 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        dense_units: of the dense layer.

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> stacked_cnn(input_shape=(36, 36, 3), dense_units=64).get_layer("block3_pool").output.shape
        (None, 1, 1, 128)
    """
    smallest = smallest_side([(3, 1), (3, 1), (2, 2)] * 3)
    shape = check_shape(input_shape, network="the stacked CNN", smallest=smallest)
    classes = check_classes(num_classes)
    units = whole_number(dense_units, "dense_units", minimum=1, maximum=16384)
    stack: list[Any] = [keras.Input(shape, name="input")]
    for number, filters in enumerate((32, 64, 128), start=1):
        stack += [
            layers.Conv2D(filters, 3, activation="relu", name=f"block{number}_conv1"),
            layers.Conv2D(filters, 3, activation="relu", name=f"block{number}_conv2"),
            layers.MaxPooling2D(2, name=f"block{number}_pool"),
        ]
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(units, activation="relu", name="fc1"),
        layers.Dropout(0.5, name="fc1_dropout"),
        layers.Dense(classes, activation=output_activation(classes), name="predictions"),
    ]
    return keras.Sequential(stack, name="stacked_cnn")


def gap_cnn(*, input_shape: Shape = (224, 224, 3), num_classes: int = 10, head: str = "global pooling") -> keras.Model:
    """One convolution, global average pooling, one dense layer: 2,442 parameters; 31,543,562 with Flatten instead.

    Args:
        input_shape: rows, columns (3 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        head: "global pooling", or "flatten" for comparison.

    Raises:
        InputError: too small a picture, or an option that does not exist.

    Example:
        >>> gap_cnn().count_params()
        2442
    """
    shape = check_shape(input_shape, network="this CNN", smallest=3)
    classes = check_classes(num_classes)
    flat = one_of(head, "head", ("global pooling", "flatten")) == "flatten"
    return keras.Sequential(
        [
            keras.Input(shape, name="input"),
            layers.Conv2D(64, 3, activation="relu", name="conv1"),
            *(_flat_head(classes) if flat else _global_head(classes)),
        ],
        name="flatten_cnn" if flat else "gap_cnn",
    )


def _global_head(classes: int) -> list[keras.Layer]:
    return [
        layers.GlobalAveragePooling2D(name="avg_pool"),
        layers.Dense(classes, activation=output_activation(classes), name="predictions"),
    ]


def _flat_head(classes: int) -> list[keras.Layer]:
    return [
        layers.Flatten(name="flatten"),
        layers.Dense(classes, activation=output_activation(classes), name="predictions"),
    ]
