"""The sanity check of explanations: the same map of a network whose weights are random, from the last layer down.

A map that stays as it was does not depend on what the network has learned. Source: Adebayo et al. 2018, "Sanity Checks
for Saliency Maps", https://arxiv.org/abs/1810.03292, the cascading randomisation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.explain.walk import operations

if TYPE_CHECKING:
    import keras

# What these hold was measured on data before training, and belongs to the preprocessing.
_PREPROCESSING = ("Normalization", "Rescaling")


def learned_layers(model: "keras.Model") -> tuple[str, ...]:
    """The layers with weights, in the order of computing, nested ones as `base/conv1`.

    Raises:
        InputError: a model that is neither functional nor Sequential.
    """
    return tuple(path for path, _ in _learned(model))


def cascade(layers: int, stages: int) -> list[int]:
    """How many of the last layers are random at each stage, from none to all, in even steps.

    Example:
        >>> cascade(20, 5), cascade(2, 5)
        ([0, 5, 10, 15, 20], [0, 1, 2])
    """
    return sorted({round(layers * stage / (stages - 1)) for stage in range(stages)})


@contextmanager
def randomised(model: "keras.Model", count: int, *, seed: int = 0) -> Iterator[None]:
    """Within the block the last `count` layers with weights compute with random ones, in this thread alone.

    The model is not touched: Keras looks the values up in a scope instead. Kernels are drawn as before a training (He
    et al. 2015), biases are 0, and batch norm passes on what it gets.

    Args:
        model: functional or Sequential.
        count: 0 to the number of `learned_layers`.
        seed: of the weights; a layer's weights do not depend on how many others are random.

    Raises:
        InputError: more layers than there are.
    """
    import keras

    layers = _learned(model)
    if not 0 <= count <= len(layers):
        raise InputError("The network does not have so many layers", f"Choose 0 to {len(layers)}", count=count)
    values: list[tuple[Any, Any]] = []
    for place in range(len(layers) - count, len(layers)):
        _, layer = layers[place]
        random = np.random.default_rng((seed, place))
        values += [(weight, keras.ops.convert_to_tensor(_drawn(layer, weight, random))) for weight in layer.weights]
    if not values:
        yield
        return
    with keras.StatelessScope(state_mapping=values, initialize_variables=False):
        yield


def _learned(model: Any) -> list[tuple[str, Any]]:
    found, seen = [], set()
    for path, layer, _ in operations(model):
        # A layer that is called several times has one set of weights.
        if getattr(layer, "weights", ()) and type(layer).__name__ not in _PREPROCESSING and id(layer) not in seen:
            seen.add(id(layer))
            found.append((path, layer))
    return found


def _drawn(layer: Any, weight: Any, random: np.random.Generator) -> npt.NDArray[np.float32]:
    shape = tuple(weight.shape)
    if len(shape) > 1:
        # Of a depthwise kernel (rows, columns, channels, multiplier) each output sees one channel.
        before = shape[:2] if type(layer).__name__.startswith("Depthwise") else shape[:-1]
        values = random.standard_normal(shape) * np.sqrt(2 / np.prod(before))
    else:
        values = np.ones(shape) if weight.name in ("gamma", "moving_variance") else np.zeros(shape)
    return values.astype(weight.dtype)
