r"""Kernels that lose nothing when batch norm is folded into them and they are rounded to float16.

In inference batch norm is $y = s (x - \mu) + \beta$ with $s = \gamma / \sqrt{\sigma^2 + \epsilon}$, and converters fold
it: the convolution's kernel $W$ becomes $s W$. If $W$ was rounded to float16 before, $s W$ is rounded once more, and
network and converted network differ. Here each channel of the kernel is enlarged by some $c \ge 1$, $\mu$ by $c$ and
$\sigma^2$ by $c^2$, such that $s$ becomes a power of two: then $s W$ has the digits of $W$. The network computes what
it did before up to the rounding of its kernels; in training too, where $\epsilon$ is small beside $\sigma^2$.
"""

from typing import Any

import keras
import numpy as np

# Layers that may stand between the two: they commute with a positive factor for each channel.
_COMMUTING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D, keras.layers.ZeroPadding2D)
# Largest c**2; ordinary channels need 4 at most. One that hardly varies gets a smaller gamma instead.
_MOST_SQUARED = 16.0


def round_to_float16(model: keras.Model) -> None:
    """Round the model's kernels to float16 numbers in place, such that folding batch norm into them stays exact.

    They stay float32 variables. Biases and the vectors of batch norm, a hundredth of the numbers, are not rounded.

    Example:
        >>> layers = [keras.layers.Conv2D(2, 3, use_bias=False), keras.layers.BatchNormalization()]
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
        >>> round_to_float16(model)
        >>> kernel = layers[0].get_weights()[0]
        >>> bool((kernel == kernel.astype("float16")).all())
        True
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            _rescale(layer)
    for variable in model.variables:
        if len(variable.shape) > 1:
            variable.assign(keras.ops.convert_to_numpy(variable).astype("float16").astype("float32"))


def _rescale(norm: keras.layers.BatchNormalization) -> None:
    """Make the batch norm's scales powers of two, and the convolution before it larger; nothing where there is none."""
    convolution = _producer(norm)
    while isinstance(convolution, _COMMUTING) and len(convolution._outbound_nodes) == 1:
        convolution = _producer(convolution)
    linear = getattr(convolution, "activation", None) is keras.activations.linear
    if type(convolution) is not keras.layers.Conv2D or not linear or len(convolution._outbound_nodes) != 1:
        return
    mean, variance = (_numbers(vector) for vector in (norm.moving_mean, norm.moving_variance))
    gamma = np.ones_like(mean) if norm.gamma is None else _numbers(norm.gamma)
    scale = gamma / np.sqrt(variance + norm.epsilon)
    used = scale != 0
    power = np.exp2(np.floor(np.log2(np.abs(np.where(used, scale, 1.0)))))
    squared = (gamma / power) ** 2 - norm.epsilon
    varies = squared <= _MOST_SQUARED * variance
    squared = np.where(used & varies, squared, 1.0) / np.where(used & varies, variance, 1.0)
    factor = np.sqrt(squared)
    if norm.gamma is not None:
        smaller = np.where(used & ~varies, np.abs(scale) / power, 1.0)
        norm.gamma.assign(gamma / smaller)
        factor = factor * smaller
    convolution.set_weights([weight * factor for weight in convolution.get_weights()])
    norm.moving_mean.assign(mean * factor)
    norm.moving_variance.assign(variance * squared)


def _producer(layer: keras.layers.Layer) -> Any:
    return layer.input._keras_history.operation


def _numbers(variable: Any) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable).astype("float64")
