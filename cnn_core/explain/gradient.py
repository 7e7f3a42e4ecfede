"""The gradient of a number with respect to a tensor: the one thing that Keras leaves to its backends.

Imports TensorFlow where Keras runs on it, PyTorch or JAX where on them.
"""

from collections.abc import Callable
from typing import Any


def gradient(score: Callable[[Any], Any], at: Any) -> Any:
    """The gradient of a number with respect to a tensor, by Keras' backend."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = score(at)
        return tape.gradient(value, at)
    if backend == "torch":
        import torch

        leaf = at.detach().requires_grad_()
        return torch.autograd.grad(score(leaf), leaf)[0]
    import jax

    return jax.grad(score)(at)
