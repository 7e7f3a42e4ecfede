"""The depthwise separable convolution (Howard et al. 2017, MobileNets, figure 3, https://arxiv.org/abs/1704.04861).

Keras' SeparableConv2D joins both steps in one layer, without the batch norm and ReLU between them.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import whole_number


def depthwise_separable(x: keras.KerasTensor, *, name: str, filters: int = 128, stride: int = 1) -> keras.KerasTensor:
    """A 3 x 3 convolution per channel, then 1 x 1 over them: (N, H, W, C) -> (N, ceil(H / stride), …, filters).

    Without biases: 9 C + C filters weights where a standard convolution has 9 C filters.

    Args:
        x: the input.
        name: what the names of the layers begin with.
        filters: of the 1 x 1 convolution.
        stride: of the 3 x 3 convolution.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> depthwise_separable(keras.Input((56, 56, 64)), stride=2, name="block").shape
        (None, 28, 28, 128)
    """
    filters = whole_number(filters, "filters", minimum=1, maximum=4096)
    stride = whole_number(stride, "stride", minimum=1, maximum=4)
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.BatchNormalization(name=f"{name}_depthwise_bn")(x)
    x = layers.ReLU(name=f"{name}_depthwise_relu")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_pointwise")(x)
    x = layers.BatchNormalization(name=f"{name}_pointwise_bn")(x)
    return layers.ReLU(name=f"{name}_pointwise_relu")(x)
