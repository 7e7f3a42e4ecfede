"""U-Net (Ronneberger, Fischer and Brox 2015, https://arxiv.org/abs/1505.04597).

Departs from the paper: convolutions are padded, so that the output has the input's size and nothing is cropped; three
halvings by default instead of four; nearest-neighbour upsampling by default instead of the paper's 2 x 2
up-convolutions (`transposed=True`); no dropout at the bottom.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import (
    check_classes,
    check_multiple,
    check_shape,
    output_activation,
    whole_number,
)


def unet(
    *,
    input_shape: tuple[int, int, int] = (256, 256, 3),
    num_classes: int = 2,
    depth: int = 3,
    base_filters: int = 64,
    transposed: bool = False,
    skips: bool = True,
) -> keras.Model:
    """U-Net, uncompiled: (N, H, W, C) -> (N, H, W, num_classes), softmax over the classes of each pixel.

    Args:
        input_shape: rows, columns (multiples of 2**depth) and channels.
        num_classes: 1 or more; sigmoid for one.
        depth: number of halvings, 1 to 6; the paper has 4.
        base_filters: of the first level; each level further down has twice as many.
        transposed: double the size by learned transposed convolutions.
        skips: False leaves out the connections from encoder to decoder, to show what they are for.

    Raises:
        InputError: a size that is no multiple of 2**depth (the nearest ones are named), or an option out of its range.

    Example:
        >>> unet(input_shape=(64, 96, 3), base_filters=8).output_shape
        (None, 64, 96, 2)
    """
    depth = whole_number(depth, "depth", minimum=1, maximum=6)
    base = whole_number(base_filters, "base_filters", minimum=1, maximum=128)
    shape = check_shape(input_shape, network=f"a U-Net of depth {depth}", smallest=2**depth)
    check_multiple(shape[0], shape[1], of=2**depth, network=f"A U-Net of depth {depth}")
    classes = check_classes(num_classes)
    x = inputs = keras.Input(shape, name="input")
    levels = []
    for level in range(1, depth + 1):
        x = double_convolution(x, filters=base * 2 ** (level - 1), name=f"encoder{level}")
        levels.append(x)
        x = layers.MaxPooling2D(2, name=f"encoder{level}_pool")(x)
    x = double_convolution(x, filters=base * 2**depth, name="bottleneck")
    for level in range(depth, 0, -1):
        filters = base * 2 ** (level - 1)
        name = f"decoder{level}"
        if transposed:
            x = layers.Conv2DTranspose(filters, 2, strides=2, name=f"{name}_up")(x)
        else:
            x = layers.UpSampling2D(2, name=f"{name}_up")(x)
        if skips:
            x = layers.Concatenate(name=f"{name}_concat")([x, levels[level - 1]])
        x = double_convolution(x, filters=filters, name=name)
    x = layers.Conv2D(classes, 1, activation=output_activation(classes), name="predictions")(x)
    return keras.Model(inputs, x, name="unet" if skips else "unet_without_skips")


def double_convolution(x: keras.KerasTensor, *, filters: int, name: str) -> keras.KerasTensor:
    """Two padded 3 x 3 convolutions with ReLU: (N, H, W, C) -> (N, H, W, filters).

    Example:
        >>> double_convolution(keras.Input((64, 64, 3)), filters=16, name="encoder1").shape
        (None, 64, 64, 16)
    """
    for number in (1, 2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv{number}")(x)
    return x
