"""Residual blocks (He, Zhang, Ren and Sun 2015, figure 5, https://arxiv.org/abs/1512.03385).

Both add their input to what their convolutions give; ReLU follows the addition. Where the size or the number of
channels changes, the shortcut is a 1 x 1 convolution with batch norm. Layers are named as in
`keras.applications.ResNet50`. The basic block pads by one pixel all round also where its stride is 2; Keras' "same"
would pad only behind.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import one_of, whole_number

EPSILON = 1.001e-5
KINDS = ("basic", "bottleneck")


def residual_block(
    x: keras.KerasTensor, *, name: str, kind: str = "basic", filters: int = 64, stride: int = 1, shortcut: bool = True
) -> keras.KerasTensor:
    """A basic or bottleneck block by name; see the two functions.

    Raises:
        InputError: an unknown kind, or a number out of its range.

    Example:
        >>> residual_block(keras.Input((56, 56, 64)), kind="bottleneck", name="block").shape
        (None, 56, 56, 256)
    """
    block = {"basic": basic_block, "bottleneck": bottleneck_block}[one_of(kind, "kind", KINDS)]
    return block(
        x,
        filters=whole_number(filters, "filters", minimum=1, maximum=4096),
        stride=whole_number(stride, "stride", minimum=1, maximum=4),
        shortcut=shortcut,
        name=name,
    )


def basic_block(
    x: keras.KerasTensor, *, filters: int, name: str, stride: int = 1, shortcut: bool = True, use_bias: bool = False
) -> keras.KerasTensor:
    """Two 3 x 3 convolutions: (N, H, W, C) -> (N, ceil(H / stride), ceil(W / stride), filters).

    Args:
        x: the input.
        filters: of both convolutions.
        name: what the names of the layers begin with.
        stride: of the first convolution and of the shortcut.
        shortcut: False gives the plain block, without the addition.
        use_bias: of the convolutions.

    Example:
        >>> basic_block(keras.Input((56, 56, 64)), filters=128, stride=2, name="block").shape
        (None, 28, 28, 128)
    """
    beside = _shortcut(x, filters, stride, use_bias, name) if shortcut else None
    padding = "same"
    if stride > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_1_pad")(x)
        padding = "valid"
    x = layers.Conv2D(filters, 3, strides=stride, padding=padding, use_bias=use_bias, name=f"{name}_1_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_1_bn")(x)
    x = layers.Activation("relu", name=f"{name}_1_relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=use_bias, name=f"{name}_2_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_2_bn")(x)
    return _joined(x, beside, name)


def bottleneck_block(
    x: keras.KerasTensor, *, filters: int, name: str, stride: int = 1, shortcut: bool = True, use_bias: bool = False
) -> keras.KerasTensor:
    """1 x 1, 3 x 3, 1 x 1 convolutions: (N, H, W, C) -> (N, ceil(H / stride), ceil(W / stride), 4 filters).

    Args:
        x: the input.
        filters: of the first two convolutions; the third has four times as many.
        name: what the names of the layers begin with.
        stride: of the first convolution and of the shortcut.
        shortcut: False gives the plain block, without the addition.
        use_bias: of the convolutions.

    Example:
        >>> bottleneck_block(keras.Input((56, 56, 256)), filters=128, stride=2, name="block").shape
        (None, 28, 28, 512)
    """
    beside = _shortcut(x, 4 * filters, stride, use_bias, name) if shortcut else None
    x = layers.Conv2D(filters, 1, strides=stride, use_bias=use_bias, name=f"{name}_1_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_1_bn")(x)
    x = layers.Activation("relu", name=f"{name}_1_relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=use_bias, name=f"{name}_2_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_2_bn")(x)
    x = layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = layers.Conv2D(4 * filters, 1, use_bias=use_bias, name=f"{name}_3_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_3_bn")(x)
    return _joined(x, beside, name)


def _shortcut(x: keras.KerasTensor, filters: int, stride: int, use_bias: bool, name: str) -> keras.KerasTensor:
    """The input itself, or a 1 x 1 convolution of it where its shape would not fit the sum."""
    if stride == 1 and x.shape[-1] == filters:
        return x
    x = layers.Conv2D(filters, 1, strides=stride, use_bias=use_bias, name=f"{name}_0_conv")(x)
    return layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_0_bn")(x)


def _joined(x: keras.KerasTensor, beside: keras.KerasTensor | None, name: str) -> keras.KerasTensor:
    if beside is not None:
        x = layers.Add(name=f"{name}_add")([beside, x])
    return layers.Activation("relu", name=f"{name}_out")(x)
