"""Squeeze and excitation (Hu, Shen and Sun 2017, figure 2, https://arxiv.org/abs/1709.01507)."""

import keras
from keras import layers

from cnn_core.architectures.limits import whole_number


def squeeze_excite(x: keras.KerasTensor, *, name: str, ratio: int = 16) -> keras.KerasTensor:
    """Weigh each channel by a number in (0, 1) computed from all channels' means: (N, H, W, C) -> the same shape.

    Args:
        x: the input.
        name: what the names of the layers begin with.
        ratio: channels per unit of the hidden layer, which has at least one.

    Raises:
        InputError: a ratio out of its range.

    Example:
        >>> squeeze_excite(keras.Input((56, 56, 64)), name="se").shape
        (None, 56, 56, 64)
    """
    channels = x.shape[-1]
    hidden = max(1, channels // whole_number(ratio, "ratio", minimum=1, maximum=256))
    weights = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
    weights = layers.Dense(hidden, activation="relu", name=f"{name}_reduce")(weights)
    weights = layers.Dense(channels, activation="sigmoid", name=f"{name}_excite")(weights)
    return layers.Multiply(name=f"{name}_scale")([x, weights])
