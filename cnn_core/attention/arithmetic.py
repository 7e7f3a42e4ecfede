"""Softmax, sigmoid and dense layers, in NumPy."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def softmax(values: npt.ArrayLike) -> Floats:
    """Of the last axis; it adds up to 1.

    Example:
        >>> softmax([0.0, np.log(3)]).round(2).tolist()
        [0.25, 0.75]
    """
    scores = np.asarray(values, np.float64)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


def sigmoid(values: npt.ArrayLike) -> Floats:
    """A number in (0, 1) for each; 0.5 for 0.

    Example:
        >>> sigmoid([0.0, 100.0, -1000.0]).tolist()
        [0.5, 1.0, 0.0]
    """
    return (0.5 * (1 + np.tanh(np.asarray(values, np.float64) / 2))).astype(np.float32)


def dense(values: npt.ArrayLike, kernel: npt.ArrayLike, bias: npt.ArrayLike) -> Floats:
    """x W + b: (..., n) and (n, m) give (..., m).

    Example:
        >>> dense([1.0, 2.0], [[1.0], [3.0]], [0.5]).tolist()
        [7.5]
    """
    product = np.asarray(values, np.float64) @ np.asarray(kernel, np.float64) + np.asarray(bias, np.float64)
    return product.astype(np.float32)


def magnitude(values: npt.ArrayLike) -> Floats:
    """How strongly each place answers: the mean size of its channels, (h, w, C) to (h, w).

    Example:
        >>> magnitude([[[3.0, -1.0]]]).tolist()
        [[2.0]]
    """
    return np.asarray(np.abs(np.asarray(values)).mean(axis=-1), np.float32)
