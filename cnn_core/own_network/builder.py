"""A network of one's own: a list of layers that is edited, checked, put into a link and built.

The list is a tuple of `LayerSpec`; the functions that edit it return a new one. Shapes and parameters come from
`check_network` in well under a millisecond per layer; only `build_network` needs Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnn_core.errors import InputError
from cnn_core.own_network.layers import ACTIVATIONS, KINDS, LayerKind, LayerSpec, layer
from cnn_core.own_network.link import decode_network, encode_network
from cnn_core.own_network.options import MAX_CHANNELS, MAX_LAYERS, MAX_SIDE, LayerOption, check_input_shape
from cnn_core.own_network.parts import apply_layer
from cnn_core.own_network.shapes import LayerStatus, check_network

if TYPE_CHECKING:
    import keras

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "MAX_CHANNELS",
    "MAX_LAYERS",
    "MAX_SIDE",
    "LayerError",
    "LayerKind",
    "LayerOption",
    "LayerSpec",
    "LayerStatus",
    "add_layer",
    "build_network",
    "check_network",
    "decode_network",
    "edit_layer",
    "encode_network",
    "layer",
    "move_layer",
    "remove_layer",
]

Network = tuple[LayerSpec, ...]


class LayerError(InputError):
    """One layer of the network is impossible.

    Attributes:
        number: its place in the list, from 1.
        title: what kind of layer it is.
    """

    def __init__(self, number: int, title: str, problem: str, remedy: str) -> None:
        self.number = number
        self.title = title
        self.reason = problem
        super().__init__(f"Layer {number} ({title}): {problem}", remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return (LayerError, (self.number, self.title, self.reason, self.remedy))


def add_layer(specs: Sequence[LayerSpec], spec: LayerSpec, *, after: int | None = None) -> Network:
    """The network with one more layer, behind layer number `after` (0: in front) or at the end.

    Raises:
        InputError: no such layer, or the network is full.

    Example:
        >>> [spec.kind for spec in add_layer([layer("flatten")], layer("pooling"), after=0)]
        ['pooling', 'flatten']
    """
    if len(specs) >= MAX_LAYERS:
        raise InputError("The network is full", f"Remove a layer first: the limit is {MAX_LAYERS}", layers=len(specs))
    place = len(specs) if after is None else after
    if place:
        _check_number(specs, place)
    return (*specs[:place], spec, *specs[place:])


def remove_layer(specs: Sequence[LayerSpec], number: int) -> Network:
    """The network without layer `number`, counted from 1.

    Raises:
        InputError: no such layer.

    Example:
        >>> [spec.kind for spec in remove_layer([layer("flatten"), layer("dense")], 1)]
        ['dense']
    """
    _check_number(specs, number)
    return (*specs[: number - 1], *specs[number:])


def move_layer(specs: Sequence[LayerSpec], number: int, *, to: int) -> Network:
    """The network with layer `number` at place `to`; a place beyond an end is that end.

    Raises:
        InputError: no such layer.

    Example:
        >>> [spec.kind for spec in move_layer([layer("flatten"), layer("dense")], 2, to=1)]
        ['dense', 'flatten']
    """
    _check_number(specs, number)
    others = [*specs[: number - 1], *specs[number:]]
    others.insert(min(max(to - 1, 0), len(others)), specs[number - 1])
    return tuple(others)


def edit_layer(specs: Sequence[LayerSpec], number: int, /, **options: Any) -> Network:
    """The network with some options of layer `number` changed.

    Raises:
        InputError: no such layer or option, or a value out of bounds.

    Example:
        >>> edit_layer([layer("dropout")], 1, rate=0.2)[0].options
        {'rate': 0.2}
    """
    _check_number(specs, number)
    old = specs[number - 1]
    changed = layer(old.kind, **{**old.options, **options})
    return (*specs[: number - 1], changed, *specs[number:])


def _check_number(specs: Sequence[LayerSpec], number: int) -> None:
    if not 1 <= number <= len(specs):
        raise InputError("There is no layer of this number", f"The network has {len(specs)} layers", number=number)


def build_network(specs: Sequence[LayerSpec], *, input_shape: Sequence[int], name: str = "my_network") -> keras.Model:
    """The network as an uncompiled Keras model; layer 3 is called "conv_3", those of a block "residual_4_…".

    Args:
        specs: the layers from input to output.
        input_shape: rows, columns, channels.
        name: of the model.

    Raises:
        LayerError: an impossible layer; it says which, why, and what would work.
        InputError: no layers, too many, or an input that is no picture.
    """
    for status in check_network(specs, input_shape=input_shape):
        if status.problem:
            raise LayerError(status.number, status.title, status.problem, status.remedy)
    if not specs:
        raise InputError("The network has no layers", "Add one")
    import keras

    inputs = keras.Input(check_input_shape(input_shape), name="picture")
    x = inputs
    for number, spec in enumerate(specs, start=1):
        x = apply_layer(x, spec, number=number)
    return keras.Model(inputs, x, name=name)
