"""The inception module (Szegedy et al. 2014, Going Deeper with Convolutions, figure 2b,
https://arxiv.org/abs/1409.4842).
"""

import keras
from keras import layers

from cnn_core.architectures.limits import whole_number


def inception_module(
    x: keras.KerasTensor,
    *,
    name: str,
    filters_1x1: int = 64,
    filters_3x3_reduce: int = 96,
    filters_3x3: int = 128,
    filters_5x5_reduce: int = 16,
    filters_5x5: int = 32,
    filters_pool: int = 32,
) -> keras.KerasTensor:
    """Four paths side by side, their channels joined: (N, H, W, C) -> (N, H, W, sum of the four paths' filters).

    The defaults are those of module 3a of GoogLeNet. Every convolution has a bias and ReLU.

    Args:
        x: the input.
        name: what the names of the layers begin with.
        filters_1x1: of the path with one 1 x 1 convolution.
        filters_3x3_reduce: of the 1 x 1 convolution in front of the 3 x 3.
        filters_3x3: of the 3 x 3 convolution.
        filters_5x5_reduce: of the 1 x 1 convolution in front of the 5 x 5.
        filters_5x5: of the 5 x 5 convolution.
        filters_pool: of the 1 x 1 convolution behind the 3 x 3 max pooling.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> inception_module(keras.Input((28, 28, 192)), name="inception_3a").shape
        (None, 28, 28, 256)
    """

    def convolution(x: keras.KerasTensor, filters: int, kernel: int, ending: str) -> keras.KerasTensor:
        filters = whole_number(filters, "filters", minimum=1, maximum=4096)
        return layers.Conv2D(filters, kernel, padding="same", activation="relu", name=f"{name}_{ending}")(x)

    path1 = convolution(x, filters_1x1, 1, "1x1")
    path2 = convolution(convolution(x, filters_3x3_reduce, 1, "3x3_reduce"), filters_3x3, 3, "3x3")
    path3 = convolution(convolution(x, filters_5x5_reduce, 1, "5x5_reduce"), filters_5x5, 5, "5x5")
    pooled = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    path4 = convolution(pooled, filters_pool, 1, "pool_proj")
    return layers.Concatenate(name=f"{name}_concat")([path1, path2, path3, path4])
