r"""The `attention_block` that introductions show, beside dot-product attention, and what tells them apart.

The block gives $\mathrm{softmax}_c(q \odot k) \odot v$ at each place: no two places are compared, and the softmax runs
over the channels of one place. `influence` shows it: change one place, and see where the output changes.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cnn_core.attention.arithmetic import softmax
from cnn_core.attention.dot_product import attend, readable_heads

Floats = npt.NDArray[np.float32]


def product_weights(queries: npt.ArrayLike, keys: npt.ArrayLike) -> Floats:
    """The weights of each place's own channels: (h, w, u) twice -> (h, w, u), adding up to 1 over the channels.

    Example:
        >>> product_weights(np.zeros((1, 1, 4)), np.ones((1, 1, 4)))[0, 0].tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    return softmax(np.asarray(queries, np.float32) * np.asarray(keys, np.float32))


def product_attention(values: npt.ArrayLike) -> Floats:
    """The block with q = k = v = x, so that both kinds can be compared on the same maps: the shape stays.

    Example:
        >>> product_attention(np.zeros((2, 2, 4))).shape
        (2, 2, 4)
    """
    maps = np.asarray(values, np.float32)
    return product_weights(maps, maps) * maps


def self_attention(values: npt.ArrayLike) -> Floats:
    """Dot-product attention of one head with q = k = v = x: (h, w, C) -> the same shape.

    Example:
        >>> self_attention(np.ones((2, 3, 4)))[0, 0].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    maps = np.asarray(values, np.float32)
    return attend(readable_heads(maps), maps.reshape(-1, maps.shape[2]))[0].reshape(maps.shape)


def influence(operation: Callable[[Floats], Floats], values: npt.ArrayLike, place: tuple[int, int]) -> Floats:
    """How far the output of each place moves when one place of the input becomes 0.

    Args:
        operation: maps to maps of the same places.
        values: (h, w, C).
        place: row and column of what is changed.

    Returns:
        (h, w) float32: the length of the difference.

    Example:
        >>> [round(float(move), 3) for move in influence(product_attention, np.ones((1, 3, 2)), (0, 1))[0]]
        [0.0, 0.707, 0.0]
    """
    maps = np.asarray(values, np.float32)
    changed = maps.copy()
    changed[place] = 0
    moved = np.sqrt(((operation(maps) - operation(changed)) ** 2).sum(axis=-1))
    return np.asarray(moved, np.float32)
