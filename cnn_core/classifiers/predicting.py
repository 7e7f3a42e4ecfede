"""Probabilities from a Keras model, and the question that asks for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import Told
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# Pictures computed at once: 32 of 224 x 224 take VGG-16 half a gigabyte.
_AT_ONCE = 16


def model_probabilities(model: "keras.Model", batch: Floats) -> Floats:
    """What a model gives for a batch, by its compiled function.

    Args:
        model: with one output of (N, C).
        batch: (N, rows, columns, channels).

    Returns:
        (N, C) float32.

    Raises:
        InputError: a model whose output is no list of classes.
    """
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        raise InputError(f"The output of {model.name} is no list of classes", "Choose a network that classifies")
    chunks = []
    for first in range(0, len(batch), _AT_ONCE):
        part = batch[first : first + _AT_ONCE]
        # Keras compiles for each length anew: filled up to a power of two there are five of them.
        full = np.resize(part, (1 << (len(part) - 1).bit_length(), *part.shape[1:]))
        chunks.append(np.asarray(model.predict_on_batch(full), np.float32)[: len(part)])
    return np.concatenate(chunks)


def softmax(scores: npt.ArrayLike) -> Floats:
    """Scores as probabilities along the last axis.

    Example:
        >>> softmax([[1000.0, 1000.0]]).tolist()
        [[0.5, 0.5]]
    """
    values = np.asarray(scores, np.float32)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def told_probabilities(model: "keras.Model", batch: Floats, options: Mapping[str, Any]) -> Told:  # noqa: ARG001
    """The question `predict`: "probabilities", (N, C)."""
    return Told(arrays={"probabilities": model_probabilities(model, batch)})
