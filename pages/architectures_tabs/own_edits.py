"""What the buttons of Build your own do: each rewrites the text that holds the network."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.network_builder import add_layer, edit_layer, move_layer, remove_layer
from cnn_core.network_layers import LayerSpec
from cnn_core.network_link import decode_network, encode_network


def new_network(
    specs: Sequence[LayerSpec], input_shape: Sequence[int], *, key: str = "architectures_own"
) -> dict[str, Any]:
    """Session values that put a network in place of the present one."""
    return {key: encode_network(specs, input_shape)}


def put_layer(key: str, number: int, to: int | None, *, new: LayerSpec | None = None) -> None:
    """Move layer `number` to a place, remove it (`to` is None), or add a new one at the end."""
    specs, input_shape = decode_network(st.session_state[key])
    try:
        if new is not None:
            specs = add_layer(specs, new)
        elif to is None:
            specs = remove_layer(specs, number)
        else:
            specs = move_layer(specs, number, to=to)
    except InputError as error:
        st.toast(str(error), icon=":material/error:")
    st.session_state[key] = encode_network(specs, input_shape)


def change_layer(key: str, number: int, name: str) -> None:
    """An option of a layer was set in its form."""
    specs, input_shape = decode_network(st.session_state[key])
    specs = edit_layer(specs, number, **{name: st.session_state[f"{key}_{number}_{name}"]})
    st.session_state[key] = encode_network(specs, input_shape)


def change_shape(key: str) -> None:
    """A side of the input was set; a size that no network can have is left out."""
    specs, _ = decode_network(st.session_state[key])
    shape = tuple(st.session_state[f"{key}_{side}"] for side in ("rows", "columns", "channels"))
    try:
        st.session_state[key] = encode_network(specs, shape)
    except InputError as error:
        st.toast(str(error), icon=":material/error:")
