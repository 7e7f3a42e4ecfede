"""An elementwise product with a softmax over the channels, which introductions often show as "self-attention".

It is none: each place looks at itself alone, and no two places are compared. Real dot-product self-attention is in
`self_attention`; Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, defines it.
"""

import keras
from keras import layers

from cnn_core.architectures.limits import whole_number


def product_attention(x: keras.KerasTensor, *, name: str, units: int = 64) -> keras.KerasTensor:
    r"""$\mathrm{softmax}_c(q \odot k) \odot v$ at each place: (N, H, W, C) -> (N, H, W, units).

    Args:
        x: the input.
        name: what the names of the layers begin with.
        units: channels of q, k and v, each a 1 x 1 convolution of the input.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> product_attention(keras.Input((56, 56, 32)), name="product").shape
        (None, 56, 56, 64)
    """
    units = whole_number(units, "units", minimum=1, maximum=4096)
    query, key, value = (layers.Conv2D(units, 1, name=f"{name}_{role}")(x) for role in ("query", "key", "value"))
    weights = layers.Multiply(name=f"{name}_product")([query, key])
    weights = layers.Activation("softmax", name=f"{name}_softmax")(weights)
    return layers.Multiply(name=f"{name}_weighted")([weights, value])
