"""Atrous spatial pyramid pooling (Chen, Papandreou, Schroff and Adam 2017, DeepLabv3,
https://arxiv.org/abs/1706.05587).
"""

import keras
from keras import layers

from cnn_core.architectures.limits import known_size, one_of, whole_number

# Dilation rates for features that are this many pixels apart.
RATES = {16: (6, 12, 18), 8: (12, 24, 36)}


def aspp(x: keras.KerasTensor, *, name: str, filters: int = 256, output_stride: int = 16) -> keras.KerasTensor:
    """Looks at several scales at once: (N, H, W, C) -> (N, H, W, filters).

    Five paths: 1 x 1, three dilated 3 x 3 and the mean of the whole map; joined and mixed by a 1 x 1 convolution. Each
    convolution is without bias and followed by batch norm and ReLU.

    Args:
        x: the input; its size must be known.
        name: what the names of the layers begin with.
        filters: of every convolution.
        output_stride: input pixels per cell of the map: 16 takes the rates 6, 12, 18, and 8 their doubles.

    Raises:
        InputError: a number out of its range, or an unknown size.

    Example:
        >>> aspp(keras.Input((32, 32, 512)), name="aspp").shape
        (None, 32, 32, 256)
    """
    rows, columns, _ = known_size(x, block="ASPP")
    filters = whole_number(filters, "filters", minimum=1, maximum=4096)

    def convolution(x: keras.KerasTensor, ending: str, kernel: int = 1, rate: int = 1) -> keras.KerasTensor:
        full = f"{name}_{ending}"
        x = layers.Conv2D(filters, kernel, dilation_rate=rate, padding="same", use_bias=False, name=f"{full}_conv")(x)
        x = layers.BatchNormalization(name=f"{full}_bn")(x)
        return layers.ReLU(name=f"{full}_relu")(x)

    rates = RATES[one_of(output_stride, "output_stride", tuple(RATES))]
    paths = [convolution(x, "1x1"), *(convolution(x, f"rate{rate}", 3, rate) for rate in rates)]
    whole = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_image_pool")(x)
    paths.append(layers.UpSampling2D((rows, columns), name=f"{name}_image_up")(convolution(whole, "image")))
    return convolution(layers.Concatenate(name=f"{name}_concat")(paths), "mix")
