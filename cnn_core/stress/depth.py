"""Layers from the first to the last, in even steps of depth."""

from collections.abc import Sequence

import numpy as np

from cnn_core.activations.layers import MapLayer
from cnn_core.errors import InputError

# What a layer of these gives is what its next layers work on.
_WHOLE = ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Add", "Concatenate", "MaxPooling2D", "MaxBlurPooling2D")


def layers_by_depth(layers: Sequence[MapLayer], count: int) -> tuple[MapLayer, ...]:
    """A few layers with maps: those behind a nonlinearity or a sum where there are enough of them, else any.

    Args:
        layers: of a network, in the order of computing.
        count: how many, at most.

    Raises:
        InputError: a network without maps, or a count below 1.

    Example:
        >>> layers = [MapLayer(f"relu{k}", "ReLU", (8, 8, 4), ("conv",)) for k in range(9)]
        >>> [layer.name for layer in layers_by_depth(layers, 3)]
        ['relu0', 'relu4', 'relu8']
    """
    if count < 1:
        raise InputError("There is no layer to look at", "Choose 1 or more", count=count)
    # Without inputs it is the picture; one row and column have no places.
    maps = [layer for layer in layers if layer.has_maps and layer.inputs and max(layer.shape[:2]) > 1]
    if not maps:
        raise InputError("This network has no layer that gives maps", "Choose a convolutional network")
    # A layer that sees one pixel only, such as one that scales them, has no patches but colours.
    maps = [layer for layer in maps if layer.field != (1, 1)] or maps
    whole = [layer for layer in maps if layer.kind in _WHOLE]
    chosen = whole if len(whole) >= count else maps
    places = np.linspace(0, len(chosen) - 1, min(count, len(chosen))).round().astype(int)
    return tuple(chosen[place] for place in places)
