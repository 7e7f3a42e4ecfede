r"""Weights that lose nothing when batch norm is folded into the convolution before it, and rounded to float16.

In inference batch norm is $y = s (x - \mu) + \beta$ with $s = \gamma / \sqrt{\sigma^2 + \epsilon}$, and converters fold
it: the convolution's kernel $W$ becomes $s W$. If $W$ was rounded to float16 before, $s W$ is rounded once more, and
network and converted network differ. Here each channel of the kernel is enlarged by some $1 \le c \le 2$ or so, $\mu$
by $c$ and $\sigma^2$ by $c^2$, such that $s$ becomes a power of two: then $s W$ has the digits of $W$. $\beta$ changes
by less than a rounding, so that the folded bias $\beta - s \mu$ is a float16 too. The network computes what it did
before, in training too, up to that rounding.
"""

from typing import Any

import keras
import numpy as np

# Layers that may stand between the two: they commute with a positive factor for each channel.
_COMMUTING = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D, keras.layers.ZeroPadding2D)
# Greatest c**2: a channel that hardly varies would need more, and is left as it is.
_MOST_SQUARED = 16.0


def round_to_float16(model: keras.Model) -> None:
    """Round the model's weights to float16 in place, such that folding batch norm into convolutions stays exact.

    All weights become float16 numbers in their float32 variables, but for the four vectors of a batch norm behind a
    convolution.

    Example:
        >>> layers = [keras.layers.Conv2D(2, 3, use_bias=False), keras.layers.BatchNormalization()]
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
        >>> round_to_float16(model)
        >>> kernel = layers[0].get_weights()[0]
        >>> bool((kernel == kernel.astype("float16")).all())
        True
    """
    folded = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization) and _fold(layer)]
    kept = {variable.path for layer in folded for variable in layer.variables}
    for variable in model.variables:
        if variable.path not in kept and variable.dtype == "float32":
            variable.assign(_half(keras.ops.convert_to_numpy(variable)))


def _fold(norm: keras.layers.BatchNormalization) -> bool:
    """Rescale the convolution before the batch norm, and the batch norm; False where there is none."""
    convolution = _producer(norm)
    while isinstance(convolution, _COMMUTING) and len(convolution._outbound_nodes) == 1:
        convolution = _producer(convolution)
    linear = getattr(convolution, "activation", None) is keras.activations.linear
    if type(convolution) is not keras.layers.Conv2D or not linear or len(convolution._outbound_nodes) != 1:
        return False
    kernel, *biases = (weight.astype("float64") for weight in convolution.get_weights())
    count = kernel.shape[-1]
    gamma = _vector(norm.gamma, 1.0, count)
    beta, mean = _vector(norm.beta, 0.0, count), _vector(norm.moving_mean, 0.0, count)
    variance = _vector(norm.moving_variance, 1.0, count)
    scale = gamma / np.sqrt(variance + norm.epsilon)
    usable = (scale != 0) & (variance > 0)
    power = np.exp2(np.floor(np.log2(np.abs(np.where(usable, scale, 1.0)))))
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = ((gamma / power) ** 2 - norm.epsilon) / variance
    usable &= squared <= _MOST_SQUARED
    squared = np.where(usable, squared, 1.0)
    power = np.where(usable, np.copysign(power, scale), scale)
    factor = np.sqrt(squared)
    if biases:
        # Batch norm subtracts the bias again, in training as in inference: it goes into the mean.
        mean, biases = mean - biases[0], [np.zeros(count)]
    mean = np.float32(factor * mean).astype("float64")
    offset = _half(np.where(usable, beta - power * mean, 0.0))
    convolution.set_weights([_half(kernel * factor), *biases])
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance * squared)
    if norm.beta is not None:
        norm.beta.assign(np.where(usable, offset + power * mean, beta))
    return True


def _producer(layer: keras.layers.Layer) -> Any:
    return layer.input._keras_history.operation


def _vector(variable: Any, otherwise: float, count: int) -> np.ndarray:
    if variable is None:
        return np.full(count, otherwise)
    return keras.ops.convert_to_numpy(variable).astype("float64")


def _half(values: np.ndarray) -> np.ndarray:
    return values.astype("float16").astype("float32")
