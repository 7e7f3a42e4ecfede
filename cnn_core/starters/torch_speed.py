"""Keras layers on PyTorch without the copies that a processor spends half of a training step on.

Keras 3.15 turns each input of a convolution or pooling from NHWC to NCHW *in memory* and back again, and computes batch
norm from eleven elementwise operations in float32. Here the turn is a view (PyTorch's channels_last is NHWC in memory)
and batch norm is PyTorch's own kernel, which keeps its sums in float32 as well. On two cores with bfloat16 the step of
`airbench` takes 0.45 of the time, that of `yolo_like` and `unet` 0.5 to 0.6. Imports torch, whose kernels it calls, and
touches names inside Keras, so that it is for training starters alone; a Keras that has other names is left as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def native_torch() -> Iterator[None]:
    """Within it models train with PyTorch's own layout and batch norm; nothing changes on another backend.

    Example:
        >>> with native_torch():
        ...     float(keras.ops.sum(keras.ops.ones(3)))
        3.0
    """
    if keras.backend.backend() != "torch":
        yield
        return
    from keras.src.backend.torch import nn as keras_torch

    layer = keras.layers.BatchNormalization
    turn, call = keras_torch._transpose_spatial_inputs, layer.call

    def call_natively(self: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        plain = self.center and self.scale and not self.renorm and mask is None and self.axis in (-1, inputs.ndim - 1)
        if training and self.trainable and plain:
            return _batch_norm(self, inputs)
        return call(self, inputs, training=training, mask=mask)

    keras_torch._transpose_spatial_inputs = _turned
    layer.call = call_natively
    try:
        yield
    finally:
        keras_torch._transpose_spatial_inputs, layer.call = turn, call


@contextmanager
def without_gradients() -> Iterator[None]:
    """Within it PyTorch keeps nothing for a backward pass; nothing changes on another backend.

    Example:
        >>> with without_gradients():
        ...     float(keras.ops.sum(keras.ops.ones(3)))
        3.0
    """
    if keras.backend.backend() != "torch":
        yield
        return
    import torch

    with torch.no_grad():
        yield


def _turned(inputs: Any) -> Any:
    """Channels behind the batch, as a view."""
    return inputs.permute(0, inputs.ndim - 1, *range(1, inputs.ndim - 1))


def _batch_norm(layer: keras.layers.BatchNormalization, inputs: Any) -> Any:
    """The layer's output in training, its moving statistics renewed with the batch's (biased) variance, as in Keras."""
    import torch

    outputs, mean, inverse = torch.native_batch_norm(
        _turned(inputs), layer.gamma.value, layer.beta.value, None, None, True, 0.0, layer.epsilon
    )
    with torch.no_grad():
        kept, new = layer.momentum, 1.0 - layer.momentum
        variance = inverse.pow(-2) - layer.epsilon
        layer.moving_mean.assign(layer.moving_mean.value * kept + mean * new)
        layer.moving_variance.assign(layer.moving_variance.value * kept + variance * new)
    return outputs.permute(0, *range(2, outputs.ndim), 1)
