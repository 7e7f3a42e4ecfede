"""Controls that the tabs of Feature maps share: network, layer, channel, place."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnn_core.activations.layers import MapLayer, telling_layer
from cnn_core.activations.sorting import channel_order
from cnn_core.classifiers.looked_at import LookedAt
from pages.ui.link import keep_choice, linked_choice
from pages.ui.maps_asked import Floats, ready_to_ask
from pages.ui.network_pick import EVERYTHING, network_choice
from pages.ui.words import plain

LAYER, CHANNEL = "feature_maps_layer", "feature_maps_channel"
ROW, COLUMN = "feature_maps_row", "feature_maps_column"


def chosen_network() -> LookedAt:
    """Draw the choice; give the network when it can be asked."""
    network = network_choice(kinds=EVERYTHING)
    ready_to_ask(network)
    return network


def chosen_layer(layers: Sequence[MapLayer]) -> MapLayer:
    """Draw the choice among layers with maps, the first that tells something chosen at first."""
    rows = {layer.name: layer for layer in layers if layer.has_maps}
    return rows[layer_control("Layer", rows, key=LAYER, first=telling_layer(layers))]


def chosen_channel(maps: Floats) -> int:
    """Draw the number of a channel of (h, w, C) maps, the most active one chosen at first: the first may be silent."""
    first = channel_order(maps, "activation")[0]
    state, before = st.session_state, f"{CHANNEL}_first"
    if CHANNEL in state and state[CHANNEL] == state.get(before):
        # Nothing was chosen: other maps have another most active one, and a link without a channel means that.
        state[CHANNEL] = first
    state[before] = first
    return chosen_number("Channel", maps.shape[2] - 1, key=CHANNEL, first=first)


def layer_control(label: str, rows: Mapping[str, MapLayer], *, key: str, first: str) -> str:
    """Draw a choice among layers, with kind and shape; one in the link that this network does not have is named."""
    titles = {name: f"{name} · {layer.kind} · {shape_text(layer)}" for name, layer in rows.items()}
    linked = st.query_params.get(key)
    if linked is not None and linked not in rows and f"{key}_drawn" not in st.session_state:
        st.caption(f":material/info: This network has no layer {plain(linked)}.")
    # The link holds the name alone: it stays true when a shape is different for another network.
    linked_choice(key, rows)
    # Said explicitly, or the browser would go on showing the layer of the network before.
    st.session_state.setdefault(key, first)
    name = st.selectbox(
        label,
        list(rows),
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
    )
    keep_choice(key, name, default=first)
    return name


def chosen_number(label: str, most: int, *, key: str, first: int = 0, help: str | None = None) -> int:
    """Draw a number from 0 to the largest that there is; one that is too large for this layer becomes that."""
    asked = st.session_state.get(key)
    if asked is not None and asked > most:
        st.session_state[key] = most
    number = st.number_input(
        label,
        0,
        most,
        min(first, most),
        key=key,
        bind="query-params",
        persist_state="session",
        help=help,
        # Nothing can be chosen where there is only one.
        disabled=most == 0,
    )
    return int(number)


def shape_text(layer: MapLayer) -> str:
    """Its shape in words.

    Example:
        >>> shape_text(MapLayer("conv", "Conv2D", (8, 6, 4)))
        '8 × 6 × 4'
    """
    return " × ".join(f"{side:,}" for side in layer.shape)
