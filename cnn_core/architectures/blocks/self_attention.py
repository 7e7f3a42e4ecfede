"""Dot-product self-attention over the places of a feature map.

The scaled dot product of Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, in the residual block of Wang,
Girshick, Gupta and He 2017, Non-local Neural Networks, https://arxiv.org/abs/1711.07971. One head, no positions.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import known_size, whole_number


def self_attention(x: keras.KerasTensor, *, name: str, units: int = 64) -> keras.KerasTensor:
    r"""$x + W\,\mathrm{softmax}(Q K^T / \sqrt{d})\,V$ with a row of Q, K and V per place: the shape stays.

    Every place looks at every other: memory and work grow with the square of H W.

    Args:
        x: the input, (N, H, W, C); its size must be known.
        name: what the names of the layers begin with.
        units: d, the length of a query, key and value.

    Raises:
        InputError: a number out of its range, or an unknown size.

    Example:
        >>> self_attention(keras.Input((14, 14, 128)), name="attention").shape
        (None, 14, 14, 128)
    """
    rows, columns, channels = known_size(x, block="Self-attention")
    units = whole_number(units, "units", minimum=1, maximum=4096)
    query, key, value = (
        layers.Reshape((rows * columns, units), name=f"{name}_{role}_rows")(
            layers.Conv2D(units, 1, name=f"{name}_{role}")(x)
        )
        for role in ("query", "key", "value")
    )
    query = layers.Rescaling(units**-0.5, name=f"{name}_scale")(query)
    seen = layers.Attention(name=f"{name}_dot_product")([query, value, key])
    seen = layers.Reshape((rows, columns, units), name=f"{name}_map")(seen)
    seen = layers.Conv2D(channels, 1, name=f"{name}_output")(seen)
    return layers.Add(name=f"{name}_add")([x, seen])
