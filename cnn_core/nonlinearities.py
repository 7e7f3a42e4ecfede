"""Activation functions, elementwise on float32, equal to `keras.activations`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.errors import InputError

LEAKY_SLOPE = 0.1


@dataclass(frozen=True)
class Nonlinearity:
    """An activation function with its name on the page, its LaTeX formula and its code.

    Attributes:
        title: what the page calls it.
        formula: LaTeX, in z.
        numpy: a NumPy expression of `output`; empty where nothing is done.
        keras: a Keras expression of `output`; empty where nothing is done.
        apply: the function itself.
    """

    title: str
    formula: str
    numpy: str
    keras: str
    apply: Callable[[np.ndarray], np.ndarray]


NONLINEARITIES: dict[str, Nonlinearity] = {
    "none": Nonlinearity("None", "z", "", "", lambda z: z),
    "relu": Nonlinearity(
        "ReLU", r"\max(0, z)", "np.maximum(output, 0)", "keras.ops.relu(output)", lambda z: np.maximum(z, 0)
    ),
    "leaky_relu": Nonlinearity(
        "Leaky ReLU",
        rf"\max({LEAKY_SLOPE}\,z,\; z)",
        f"np.maximum({LEAKY_SLOPE} * output, output)",
        f"keras.ops.leaky_relu(output, negative_slope={LEAKY_SLOPE})",
        lambda z: np.maximum(np.float32(LEAKY_SLOPE) * z, z),
    ),
    "tanh": Nonlinearity("Tanh", r"\tanh z", "np.tanh(output)", "keras.ops.tanh(output)", np.tanh),
    "sigmoid": Nonlinearity(
        "Sigmoid",
        r"\frac{1}{1 + e^{-z}}",
        # The same function without an overflow where z is very negative.
        "0.5 * (1 + np.tanh(0.5 * output))",
        "keras.ops.sigmoid(output)",
        lambda z: np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * z)),
    ),
}


def activate(values: np.ndarray, name: str) -> np.ndarray:
    """Apply the named activation function elementwise; float32 of the same shape.

    Raises:
        InputError: an unknown name.

    Example:
        >>> activate(np.array([-2.0, 3.0], np.float32), "relu").tolist()
        [0.0, 3.0]
    """
    if name not in NONLINEARITIES:
        raise InputError("This activation does not exist", f"Choose one of {', '.join(NONLINEARITIES)}", name=name)
    return NONLINEARITIES[name].apply(values).astype(np.float32, copy=False)
