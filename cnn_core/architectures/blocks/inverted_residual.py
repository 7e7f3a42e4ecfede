"""The inverted residual with linear bottleneck (Sandler et al. 2018, MobileNetV2, table 1,
https://arxiv.org/abs/1801.04381).
"""

import keras
from keras import layers

from cnn_core.architectures.limits import whole_number


def inverted_residual(
    x: keras.KerasTensor, *, name: str, filters: int = 64, expansion: int = 6, stride: int = 1
) -> keras.KerasTensor:
    """Widen, filter each channel, narrow again: (N, H, W, C) -> (N, ceil(H / stride), ceil(W / stride), filters).

    The narrow ends are added to each other where their shapes agree; nothing follows the last batch norm ("linear").

    Args:
        x: the input.
        name: what the names of the layers begin with.
        filters: of the narrow end.
        expansion: how many times wider the middle is than the input; 1 leaves the first convolution out.
        stride: of the 3 x 3 depthwise convolution.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> inverted_residual(keras.Input((56, 56, 24)), filters=24, name="block").shape
        (None, 56, 56, 24)
    """
    filters = whole_number(filters, "filters", minimum=1, maximum=4096)
    expansion = whole_number(expansion, "expansion", minimum=1, maximum=12)
    stride = whole_number(stride, "stride", minimum=1, maximum=4)
    start, channels = x, x.shape[-1]
    if expansion > 1:
        x = layers.Conv2D(expansion * channels, 1, use_bias=False, name=f"{name}_expand")(x)
        x = layers.BatchNormalization(name=f"{name}_expand_bn")(x)
        x = layers.ReLU(max_value=6, name=f"{name}_expand_relu")(x)
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.BatchNormalization(name=f"{name}_depthwise_bn")(x)
    x = layers.ReLU(max_value=6, name=f"{name}_depthwise_relu")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(x)
    x = layers.BatchNormalization(name=f"{name}_project_bn")(x)
    if stride == 1 and channels == filters:
        x = layers.Add(name=f"{name}_add")([start, x])
    return x
