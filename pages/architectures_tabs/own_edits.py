"""What the buttons of Build your own do: each rewrites the text that holds the network."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.own_network.builder import add_layer, edit_layer, move_layer, remove_layer
from cnn_core.own_network.layers import LayerSpec
from cnn_core.own_network.link import decode_network, encode_network
from cnn_core.own_network.presets import PRESETS


def new_network(
    specs: Sequence[LayerSpec], input_shape: Sequence[int], *, key: str = "architectures_own"
) -> dict[str, Any]:
    """Session values that put a network in place of the present one."""
    return {key: encode_network(specs, input_shape)}


def move_or_remove(key: str, number: int, to: int | None) -> None:
    """Move layer `number` to a place, or remove it (`to` is None)."""
    specs, input_shape = _network(key)
    specs = remove_layer(specs, number) if to is None else move_layer(specs, number, to=to)
    st.session_state[key] = encode_network(specs, input_shape)


def insert_layer(key: str, after: int, new: LayerSpec) -> None:
    """Put a new layer behind layer number `after`; 0 is in front."""
    specs, input_shape = _network(key)
    try:
        st.session_state[key] = encode_network(add_layer(specs, new, after=after), input_shape)
    except InputError as error:
        st.toast(str(error), icon=":material/error:")


def _network(key: str) -> tuple[tuple[LayerSpec, ...], tuple[int, int, int]]:
    """The network in the text; where that cannot be read, the one that the page shows in its place."""
    try:
        return decode_network(st.session_state[key])
    except InputError:
        start = PRESETS["vgg_pooled"]
        return start.specs, start.input_shape


def change_layer(key: str, number: int, name: str) -> None:
    """An option of a layer was set in its form."""
    specs, input_shape = _network(key)
    specs = edit_layer(specs, number, **{name: st.session_state[f"{key}_{number}_{name}"]})
    st.session_state[key] = encode_network(specs, input_shape)


def change_shape(key: str) -> None:
    """A side of the input was set; a size that no network can have is left out."""
    specs, _ = _network(key)
    shape = tuple(st.session_state[f"{key}_{side}"] for side in ("rows", "columns", "channels"))
    try:
        st.session_state[key] = encode_network(specs, shape)
    except InputError as error:
        st.toast(str(error), icon=":material/error:")
