"""AlexNet (Krizhevsky, Sutskever and Hinton 2012, ImageNet Classification with Deep Convolutional Neural Networks,
https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks).

The default is the variant usually taught: every convolution sees all channels, and batch norm behind the first two
poolings stands in for local response normalisation. `original=True` is the paper's network: convolutions 2, 4 and 5
in two groups (one per GPU then), and local response normalisation between the first two ReLUs and their poolings. In
both the input has 227 pixels: the paper writes 224, which does not give its 55 x 55 cells. Biases begin at zero, not
at one.
"""

from typing import Any

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_shape,
    fraction,
    output_activation,
    smallest_side,
    whole_number,
)
from cnn_core.architectures.local_response import LocalResponseNormalization

# Filters, kernel, stride, padding, groups in the original, then normalised and pooled, pooled, or neither.
CONVOLUTIONS = (
    (96, 11, 4, "valid", 1, "normalised"),
    (256, 5, 1, "same", 2, "normalised"),
    (384, 3, 1, "same", 1, ""),
    (384, 3, 1, "same", 2, ""),
    (256, 3, 1, "same", 2, "pooled"),
)
SMALLEST = smallest_side([(11, 4), (3, 2), (3, 2), (3, 2)])


def alexnet(
    *,
    input_shape: tuple[int, int, int] = (227, 227, 3),
    num_classes: int = 1000,
    original: bool = False,
    dense_units: int = 4096,
    dropout: float = 0.5,
) -> keras.Model:
    """AlexNet, uncompiled: 62,379,752 parameters (1,408 of batch norm), 60,965,224 as published.

    Args:
        input_shape: rows, columns (67 or more) and channels.
        num_classes: 1 or more; softmax over them, sigmoid for one.
        original: grouped convolutions and local response normalisation, as published.
        dense_units: of fc6 and fc7.
        dropout: share of their outputs dropped in training; 0 leaves the layers out.

    Raises:
        InputError: too small a picture, or an option out of its range.

    Example:
        >>> alexnet(input_shape=(67, 67, 3), num_classes=10, dense_units=64).get_layer("conv5_pool").output.shape
        (None, 1, 1, 256)
    """
    shape = check_shape(
        input_shape, network="AlexNet", smallest=SMALLEST, why="nothing is left behind its third pooling"
    )
    classes = check_classes(num_classes)
    units = whole_number(dense_units, "dense_units", minimum=1, maximum=16384)
    rate = fraction(dropout, "dropout")
    stack: list[Any] = [keras.Input(shape, name="input")]
    for number, (filters, kernel, stride, padding, groups, end) in enumerate(CONVOLUTIONS, start=1):
        name = f"conv{number}"
        stack.append(
            layers.Conv2D(
                filters,
                kernel,
                strides=stride,
                padding=padding,
                groups=groups if original else 1,
                activation="relu",
                name=f"{name}_conv",
            )
        )
        if end == "normalised" and original:
            stack.append(LocalResponseNormalization(name=f"{name}_norm"))
        if end:
            stack.append(layers.MaxPooling2D(3, strides=2, name=f"{name}_pool"))
        if end == "normalised" and not original:
            stack.append(layers.BatchNormalization(name=f"{name}_bn"))
    stack.append(layers.Flatten(name="flatten"))
    for name in ("fc6", "fc7"):
        stack.append(layers.Dense(units, activation="relu", name=name))
        if rate:
            stack.append(layers.Dropout(rate, name=f"{name}_dropout"))
    stack.append(layers.Dense(classes, activation=output_activation(classes), name="predictions"))
    return keras.Sequential(stack, name="alexnet_original" if original else "alexnet")
