"""The filter behind a channel: the weights that made it, from every channel of what the layer was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.layer_graph import Node, graph_nodes

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# Layers that work on each channel alone and keep its number: the filter behind them is that of what they were given.
_CHANNELWISE = """
    Activation ReLU LeakyReLU PReLU ELU BatchNormalization Dropout SpatialDropout2D GaussianDropout GaussianNoise
    AlphaDropout ActivityRegularization Identity MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D
    ZeroPadding2D Cropping2D UpSampling2D Rescaling Relu Relu6 Sigmoid Silu Gelu Tanh Elu Selu HardSilu
    LocalResponseNormalization RandomFlip RandomRotation RandomTranslation RandomZoom RandomContrast RandomBrightness
"""
CHANNELWISE = frozenset(_CHANNELWISE.split())
# Which axes of a kernel are (rows, columns, from, to).
_KERNELS = {"Conv2D": (0, 1, 2, 3), "Conv2DTranspose": (0, 1, 3, 2)}
_SUMMING = (*_KERNELS, "DepthwiseConv2D", "SeparableConv2D", "Dense")


@dataclass(frozen=True, eq=False)
class ChannelFilter:
    """The weights of one channel.

    Attributes:
        layer: the layer that has them; where the channel's own has none, the nearest before it.
        kind: its Keras class name.
        kernel: (k_h, k_w, C) from each input channel of its group; (1, 1, C) of a dense layer on maps.
        first: the first input channel that `kernel` is for: 0 but in grouped and depthwise layers.
        bias: added to every value.
        activation: the name of the function behind the sum; "linear" for none.
    """

    layer: str
    kind: str
    kernel: Floats
    first: int
    bias: float
    activation: str


def channel_filter(model: "keras.Model", layer: str, channel: int) -> ChannelFilter | None:
    """The filter that made a channel, through layers that work on each channel alone; None where there is none.

    Args:
        model: functional or Sequential.
        layer: a name of `layers_of`.
        channel: of the layer's output.

    Raises:
        InputError: no such layer or channel.

    Example:
        >>> import keras
        >>> relu = keras.layers.ReLU(name="relu")
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), relu])
        >>> found = channel_filter(model, "relu", 2)
        >>> found.kind, found.kernel.shape
        ('Conv2D', (3, 3, 3))
    """
    nodes = {node.name: node for node in graph_nodes(model)}
    node = behind(nodes, layer)
    channels = nodes[layer].output_shapes[0][-1]
    if channels is not None and not 0 <= channel < channels:
        raise InputError("There is no such channel", f"Choose 0 to {channels - 1}", channel=channel)
    weights = layer_weights(node)
    return None if weights is None else weights.of(node, channel)


def behind(nodes: Mapping[str, Node], layer: str) -> Node:
    """The nearest call at or before a layer that does not work on each channel alone.

    Raises:
        InputError: no such layer.
    """
    if layer not in nodes:
        raise InputError("This network has no such layer", "Choose one of its layers", layer=layer)
    node = nodes[layer]
    while node.kind in CHANNELWISE and len(node.inputs) == 1:
        node = nodes[node.inputs[0]]
    return node


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """All weights of a layer that sums products.

    Attributes:
        kernel: (k_h, k_w, C_in of a group, C_out).
        bias: (C_out,).
        group_in: input channels of a group.
        group_out: output channels of a group.
    """

    kernel: Floats
    bias: Floats
    group_in: int
    group_out: int

    def of(self, node: Node, channel: int) -> ChannelFilter:
        """The weights of one output channel."""
        return ChannelFilter(
            node.name,
            node.kind,
            self.kernel[..., channel],
            channel // self.group_out * self.group_in,
            float(self.bias[channel]),
            activation_name(node.operation),
        )


def layer_weights(node: Node) -> LayerWeights | None:
    """The weights of a convolution (also grouped, depthwise, separable, transposed) or dense layer; else None."""
    import keras

    layer = node.operation
    kind = node.kind
    # A foreign class with the name of one of Keras' may compute anything, and a quantised kernel still needs its scale.
    if kind not in _SUMMING or type(layer) is not getattr(keras.layers, kind) or layer.quantization_mode:
        return None

    def numbers(variable: Any) -> Floats:
        return np.asarray(keras.ops.convert_to_numpy(variable), np.float32)

    bias = None if layer.bias is None else numbers(layer.bias)
    kernel = numbers(layer.depthwise_kernel if kind == "SeparableConv2D" else layer.kernel)
    if kind == "Dense":
        kernel, group_in, group_out = kernel[None, None], kernel.shape[0], kernel.shape[1]
    elif kind == "SeparableConv2D":
        # Two sums behind one another are one: each depthwise filter times the pointwise weight that it meets.
        mixed = numbers(layer.pointwise_kernel).reshape(*kernel.shape[2:], -1)
        kernel = np.einsum("ijcm,cmk->ijck", kernel, mixed)
        group_in, group_out = kernel.shape[2:]
    elif kind == "DepthwiseConv2D":
        group_in, group_out = 1, kernel.shape[3]
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    else:
        kernel = kernel.transpose(_KERNELS[kind])
        group_in, group_out = kernel.shape[2], kernel.shape[3] // (getattr(layer, "groups", 1) or 1)
    return LayerWeights(kernel, np.zeros(kernel.shape[3], np.float32) if bias is None else bias, group_in, group_out)


def activation_name(layer: Any) -> str:
    """The function behind a layer's sum, "linear" for none.

    Example:
        >>> activation_name(object())
        'linear'
    """
    function = getattr(layer, "activation", None)
    return "linear" if function is None else str(getattr(function, "__name__", type(function).__name__))


def largest_slices(kernel: Floats, count: int) -> Sequence[int]:
    """The input channels with the largest weights, by the root of the sum of squares; of equals the first comes first.

    Example:
        >>> largest_slices(np.array([[[0.0, 3.0, -4.0]]], np.float32), 2)
        [2, 1]
    """
    norms = np.sqrt((np.asarray(kernel, np.float64) ** 2).sum((0, 1)))
    return [int(one) for one in np.argsort(-norms, kind="stable")[:count]]
