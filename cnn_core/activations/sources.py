"""Which channels a channel is made of, and with what weight."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.activations.filters import CHANNELWISE, LayerWeights, layer_weights
from cnn_core.layer_graph import Node

# Layers that combine channels of the same number.
_MERGING = frozenset(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"))


@dataclass(frozen=True, eq=False)
class Sources:
    """What one input of a layer gives to one of its channels.

    Attributes:
        layer: the call whose output it is.
        channels: (n,) its channels that count.
        weights: (n,) signed: the root of the sum of a filter's squared weights from each, with the sign of their sum; 1
            where channels go one to one.
    """

    layer: str
    channels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]


class SourceFinder:
    """Finds sources in one network; the weights of a layer are read once.

    Example:
        >>> import keras
        >>> from cnn_core.layer_graph import graph_nodes
        >>> conv = keras.layers.Conv2D(1, 1, kernel_initializer="ones", name="conv")
        >>> nodes = graph_nodes(keras.Sequential([keras.Input((2, 2, 3), name="photo"), conv]))
        >>> (found,) = SourceFinder({node.name: node for node in nodes}).of("conv", 0)
        >>> found.layer, found.channels.tolist(), found.weights.tolist()
        ('photo', [0, 1, 2], [1.0, 1.0, 1.0])
    """

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        """Nothing is read yet.

        Args:
            nodes: the calls of a network by name.
        """
        self._nodes = nodes
        self._weights: dict[str, LayerWeights | None] = {}

    def of(self, layer: str, channel: int) -> tuple[Sources, ...]:
        """The sources of one channel, one for each input; () where it is not known what mixes channels here."""
        node = self._nodes[layer]
        if not node.inputs:
            return ()
        if layer not in self._weights:
            self._weights[layer] = layer_weights(node)
        weights = self._weights[layer]
        if weights is not None:
            return (_weighted(node, weights, channel),)
        channels = [int(shape[-1] or 0) for shape in node.input_shapes]
        if node.kind in _MERGING:
            # An input of one channel is used for all.
            return tuple(
                _same(name, min(channel, count - 1)) for name, count in zip(node.inputs, channels, strict=True)
            )
        if node.kind == "Concatenate":
            return _concatenated(node, channels, channel) if _last_axis(node) else ()
        if node.kind == "Flatten":
            channel %= channels[0]
        # Softmax compares a channel with all others, and is still that channel's.
        known = node.kind in {"Flatten", "Softmax", *CHANNELWISE}
        return (_same(node.inputs[0], channel),) if known and len(node.inputs) == 1 else ()


def _same(layer: str, channel: int) -> Sources:
    return Sources(layer, np.array([channel]), np.ones(1, np.float32))


def _weighted(node: Node, weights: LayerWeights, channel: int) -> Sources:
    kernel = weights.kernel[..., channel].astype(np.float64)
    signed = np.sqrt((kernel**2).sum((0, 1))) * np.where(kernel.sum((0, 1)) < 0, -1, 1)
    first = channel // weights.group_out * weights.group_in
    return Sources(node.inputs[0], first + np.arange(kernel.shape[2]), signed.astype(np.float32))


def _concatenated(node: Node, channels: list[int], channel: int) -> tuple[Sources, ...]:
    start = 0
    for name, count in zip(node.inputs, channels, strict=True):
        if channel < start + count:
            return (_same(name, channel - start),)
        start += count
    return ()


def _last_axis(node: Node) -> bool:
    axis: Any = getattr(node.operation, "axis", None)
    return axis in {-1, len(node.input_shapes[0]) - 1}
