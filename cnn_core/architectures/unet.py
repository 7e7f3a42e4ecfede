"""U-Net (Ronneberger, Fischer and Brox 2015, https://arxiv.org/abs/1505.04597).

Departs from the paper: convolutions are padded, so that the output has the input's size and nothing is cropped; three
halvings by default instead of four; nearest-neighbour upsampling by default instead of the paper's 2 x 2
up-convolutions (`transposed=True`); no dropout at the bottom. Two options the paper did not have: batch norm, and
`reduction`, with which a first convolution makes the picture smaller and the scores are enlarged at the end: on photos,
whose masks need no exact pixel, most of the work is saved.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_multiple,
    check_shape,
    one_of,
    output_activation,
    whole_number,
)


def unet(
    *,
    input_shape: tuple[int | None, int | None, int] = (256, 256, 3),
    num_classes: int = 2,
    depth: int = 3,
    base_filters: int = 64,
    transposed: bool = False,
    skips: bool = True,
    batch_norm: bool = False,
    reduction: int = 1,
) -> keras.Model:
    """U-Net, uncompiled: (N, H, W, C) -> (N, H, W, num_classes), softmax over the classes of each pixel.

    Args:
        input_shape: rows, columns (multiples of reduction * 2**depth, or None for any such) and channels.
        num_classes: 1 or more; sigmoid for one.
        depth: number of halvings, 1 to 6; the paper has 4.
        base_filters: of the first level; each level further down has twice as many.
        transposed: double the size by learned transposed convolutions.
        skips: False leaves out the connections from encoder to decoder, to show what they are for.
        batch_norm: normalise between each convolution and its ReLU.
        reduction: 1, 2 or 4: the pixels that a first convolution moves by, and how much the scores are enlarged.

    Raises:
        InputError: a size that is no such multiple (the nearest ones are named), or an option out of its range.

    Example:
        >>> unet(input_shape=(64, 96, 3), base_filters=8).output_shape
        (None, 64, 96, 2)
    """
    depth = whole_number(depth, "depth", minimum=1, maximum=6)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=128)
    reduction = one_of(reduction, "reduction", (1, 2, 4))
    shape = _checked_shape(input_shape, depth=depth, of=reduction * 2**depth)
    classes = check_classes(num_classes)
    x = inputs = keras.Input(shape, name="input")
    if reduction > 1:
        x = _convolution(x, base, 2 * reduction + 1, strides=reduction, name="stem", batch_norm=batch_norm)
    levels = []
    for level in range(1, depth + 1):
        x = double_convolution(x, filters=base * 2 ** (level - 1), name=f"encoder{level}", batch_norm=batch_norm)
        levels.append(x)
        x = layers.MaxPooling2D(2, name=f"encoder{level}_pool")(x)
    x = double_convolution(x, filters=base * 2**depth, name="bottleneck", batch_norm=batch_norm)
    for level in range(depth, 0, -1):
        filters = base * 2 ** (level - 1)
        name = f"decoder{level}"
        if transposed:
            x = layers.Conv2DTranspose(filters, 2, strides=2, name=f"{name}_up")(x)
        else:
            x = layers.UpSampling2D(2, name=f"{name}_up")(x)
        if skips:
            x = layers.Concatenate(name=f"{name}_concat")([x, levels[level - 1]])
        x = double_convolution(x, filters=filters, name=name, batch_norm=batch_norm)
    if reduction == 1:
        x = layers.Conv2D(classes, 1, activation=output_activation(classes), name="predictions")(x)
    else:
        x = layers.Conv2D(classes, 1, name="scores")(x)
        x = layers.UpSampling2D(reduction, interpolation="bilinear", name="scores_up")(x)
        x = layers.Activation(output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, x, name="unet" if skips else "unet_without_skips")


def double_convolution(x: keras.KerasTensor, *, filters: int, name: str, batch_norm: bool = False) -> keras.KerasTensor:
    """Two padded 3 x 3 convolutions with ReLU: (N, H, W, C) -> (N, H, W, filters).

    Example:
        >>> double_convolution(keras.Input((64, 64, 3)), filters=16, name="encoder1").shape
        (None, 64, 64, 16)
    """
    for number in (1, 2):
        x = _convolution(x, filters, 3, name=f"{name}_conv{number}", batch_norm=batch_norm)
    return x


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, *, name: str, batch_norm: bool, strides: int = 1
) -> keras.KerasTensor:
    if not batch_norm:
        return layers.Conv2D(filters, kernel, strides, padding="same", activation="relu", name=name)(x)
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _checked_shape(input_shape: Any, *, depth: int, of: int) -> tuple[int | None, int | None, int]:
    """Rows and columns are both None, or multiples of `of`."""
    network = f"U-Net of depth {depth}"
    unknown = isinstance(input_shape, Sequence) and tuple(input_shape[:2]) == (None, None)
    rows, columns, channels = check_shape(
        (of, of, *input_shape[2:]) if unknown else input_shape, network=f"a {network}", smallest=of
    )
    check_multiple(rows, columns, of=of, network=f"A {network}")
    return (None, None, channels) if unknown else (rows, columns, channels)
