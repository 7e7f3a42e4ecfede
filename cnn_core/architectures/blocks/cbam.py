"""The convolutional block attention module (Woo, Park, Lee and Kweon 2018, CBAM, https://arxiv.org/abs/1807.06521).

Departs from the authors' code: no batch norm behind the 7 x 7 convolution, which the paper does not mention.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import known_size, whole_number


def cbam(x: keras.KerasTensor, *, name: str, ratio: int = 16, kernel: int = 7) -> keras.KerasTensor:
    """Weigh channels, then places, each by a number in (0, 1): (N, H, W, C) -> the same shape.

    Args:
        x: the input; its size must be known.
        name: what the names of the layers begin with.
        ratio: channels per unit of the hidden layer, which has at least one.
        kernel: window of the convolution that weighs the places.

    Raises:
        InputError: a number out of its range, or an unknown size.

    Example:
        >>> cbam(keras.Input((56, 56, 64)), name="cbam").shape
        (None, 56, 56, 64)
    """
    return spatial_attention(
        channel_attention(x, name=f"{name}_channel", ratio=ratio), name=f"{name}_spatial", kernel=kernel
    )


def channel_attention(x: keras.KerasTensor, *, name: str, ratio: int = 16) -> keras.KerasTensor:
    """Channels weighed from their means and maxima, which share two dense layers: the shape stays.

    Example:
        >>> channel_attention(keras.Input((56, 56, 64)), name="channel").shape
        (None, 56, 56, 64)
    """
    channels = x.shape[-1]
    units = max(1, channels // whole_number(ratio, "ratio", minimum=1, maximum=256))
    hidden = layers.Dense(units, activation="relu", name=f"{name}_shared1")
    output = layers.Dense(channels, name=f"{name}_shared2")
    mean = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg")(x)
    largest = layers.GlobalMaxPooling2D(keepdims=True, name=f"{name}_max")(x)
    weights = layers.Add(name=f"{name}_sum")([output(hidden(mean)), output(hidden(largest))])
    weights = layers.Activation("sigmoid", name=f"{name}_sigmoid")(weights)
    return layers.Multiply(name=f"{name}_scale")([x, weights])


def spatial_attention(x: keras.KerasTensor, *, name: str, kernel: int = 7) -> keras.KerasTensor:
    """Places weighed from the mean and the maximum over the channels there: the shape stays.

    Example:
        >>> spatial_attention(keras.Input((56, 56, 64)), name="spatial").shape
        (None, 56, 56, 64)
    """
    rows, columns, channels = known_size(x, block="Spatial attention")
    kernel = whole_number(kernel, "kernel", minimum=1, maximum=31)
    # With the places as the channels of a sequence, Keras' pooling over its steps is pooling over the channels.
    places = layers.Reshape((rows * columns, channels), name=f"{name}_places")(x)
    summaries = []
    for title, pooling in (("avg", layers.GlobalAveragePooling1D), ("max", layers.GlobalMaxPooling1D)):
        pooled = pooling(data_format="channels_first", name=f"{name}_{title}")(places)
        summaries.append(layers.Reshape((rows, columns, 1), name=f"{name}_{title}_map")(pooled))
    weights = layers.Concatenate(name=f"{name}_concat")(summaries)
    weights = layers.Conv2D(1, kernel, padding="same", use_bias=False, activation="sigmoid", name=f"{name}_conv")(
        weights
    )
    return layers.Multiply(name=f"{name}_scale")([x, weights])
