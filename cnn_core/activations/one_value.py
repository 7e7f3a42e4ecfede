r"""One value of a convolution, down to its products: $z = b + \sum_c \sum_{ij} w_{ijc}\, x_{ijc}$, $a = f(z)$."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.activations.filters import activation_name, layer_weights
from cnn_core.activations.forward import outputs_of, to_numpy
from cnn_core.activations.layers import nodes_of
from cnn_core.errors import InputError
from cnn_core.geometry import as_pair, padding_amounts

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
_KINDS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")


@dataclass(frozen=True, eq=False)
class OneValue:
    """The arithmetic of one value.

    Attributes:
        source: the call whose output is summed.
        patch: (k_h, k_w, C) the values under the window, zeros where it reaches beyond the maps.
        inside: (k_h, k_w), False where it does.
        kernel: (k_h, k_w, C) the weight of each.
        first: number of the first of these channels; above 0 only in grouped and depthwise layers.
        bias: added to the sum.
        before: the sum of all products, plus the bias.
        activation: the name of the function behind it.
        value: what the layer gives there.
        stride, dilation: of the window, rows and columns.
        padding: "valid" or "same".
    """

    source: str
    patch: Floats
    inside: npt.NDArray[np.bool_]
    kernel: Floats
    first: int
    bias: float
    before: float
    activation: str
    value: float
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: str = "valid"

    @property
    def sums(self) -> npt.NDArray[np.float64]:
        """What each input channel adds, (C,)."""
        return (self.patch.astype(np.float64) * self.kernel).sum((0, 1))


def one_value(
    model: "keras.Model", batch: npt.ArrayLike, *, layer: str, row: int, column: int, channel: int
) -> OneValue:
    """What makes one value of a convolution.

    Args:
        model: functional or Sequential, of one input.
        batch: (1, rows, columns, channels) as the network takes it.
        layer: the name of a convolution, plain, grouped or depthwise.
        row, column, channel: which of its values, counted from 0.

    Raises:
        InputError: no such layer or value, or a layer that is no convolution.

    Example:
        >>> import keras
        >>> conv = keras.layers.Conv2D(1, 2, kernel_initializer="ones", activation="relu", name="conv")
        >>> model = keras.Sequential([keras.Input((3, 3, 1)), conv])
        >>> one = one_value(model, np.arange(9.0).reshape(1, 3, 3, 1), layer="conv", row=1, column=0, channel=0)
        >>> one.patch[..., 0].tolist(), one.value
        ([[3.0, 4.0], [6.0, 7.0]], 20.0)
    """
    images = np.asarray(batch, np.float32)
    node = {one.name: one for one in nodes_of(model, images.shape[1:])}.get(layer)
    if node is None:
        raise InputError("This network has no such layer", "Choose one of its layers", layer=layer)
    weights = layer_weights(node) if node.kind in _KINDS else None
    if weights is None:
        raise InputError("This layer is no convolution", "Choose one to see its arithmetic", layer=layer)
    found = outputs_of(model, images[:1], [node.inputs[0], layer])
    maps, values = (to_numpy(found[name])[0] for name in (node.inputs[0], layer))
    if any(not 0 <= at < side for at, side in zip((row, column, channel), values.shape, strict=True)):
        raise InputError(
            "This layer has no such value",
            f"It has {values.shape[0]} rows, {values.shape[1]} columns and {values.shape[2]} channels, counted from 0",
            row=row,
            column=column,
            channel=channel,
        )
    first = channel // weights.group_out * weights.group_in
    conv = node.operation
    patch, inside = _window(maps[..., first : first + weights.group_in], conv, (row, column))
    kernel, bias = weights.kernel[..., channel], float(weights.bias[channel])
    before = float((patch.astype(np.float64) * kernel).sum()) + bias
    return OneValue(
        node.inputs[0],
        patch,
        inside,
        kernel,
        first,
        bias,
        before,
        activation_name(conv),
        float(values[row, column, channel]),
        as_pair(conv.strides, "stride"),
        as_pair(conv.dilation_rate, "dilation"),
        str(conv.padding),
    )


def _window(maps: Floats, layer: object, place: tuple[int, int]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The values under the window of one output cell."""
    sides, strides, dilations = (
        as_pair(getattr(layer, name), name) for name in ("kernel_size", "strides", "dilation_rate")
    )
    taps = []
    for axis in (0, 1):
        front, _ = padding_amounts(
            maps.shape[axis],
            sides[axis],
            stride=strides[axis],
            padding=layer.padding,  # type: ignore[attr-defined]
            dilation=dilations[axis],
        )
        taps.append(place[axis] * strides[axis] - front + dilations[axis] * np.arange(sides[axis]))
    here = [(tap >= 0) & (tap < side) for tap, side in zip(taps, maps.shape[:2], strict=True)]
    inside = here[0][:, None] & here[1][None, :]
    near = [np.clip(tap, 0, side - 1) for tap, side in zip(taps, maps.shape[:2], strict=True)]
    patch = maps[near[0][:, None], near[1][None, :]]
    return np.where(inside[..., None], patch, 0).astype(np.float32), inside
