"""The feature maps that attention is put on: of the photo by rules, or of a layer of a network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.told import layers_from, maps_from
from cnn_core.attention.place_maps import SIDES, PlaceMaps, hand_maps, layer_maps
from cnn_core.attention.seen_part import first_layer, seen_part
from cnn_core.attention.snippets import HAND, LAYER
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.errors import InputError
from cnn_core.images import to_float
from pages.ui.keras_ready import wait_for_keras
from pages.ui.lesson import has_room
from pages.ui.network_pick import EVERYTHING, network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.words import plain

SOURCE, SIDE, WHICH_LAYER = "attention_maps", "attention_side", "attention_layer"
_TITLES = {HAND: "Colours and edges", LAYER: "A network's layer"}


@dataclass(frozen=True, eq=False)
class Chosen:
    """Maps to look at.

    Attributes:
        maps: by place.
        photo: (H, W, 3) uint8, the part of the photo that the maps cover.
        key: what tells them from others.
        source: as `cnn_core.attention.snippets` names it.
        side: places along the photo's longer side, where rules give the maps.
        picture: the whole photo.
    """

    maps: PlaceMaps
    photo: NDArray[np.uint8]
    key: str
    source: str
    side: int
    picture: Picture

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""
        return self.maps.size


def controls() -> Any:
    """Where the controls of a view go: beside its pictures, or, on a phone, behind one line above them."""
    return st.container() if has_room() else st.expander("Feature maps and settings")


def chosen_maps() -> Chosen:
    """Draw the choice of maps and give them.

    Raises:
        InputError: what the network or its layer refuses.
    """
    source = st.selectbox(
        "Feature maps",
        list(_TITLES),
        format_func=_TITLES.__getitem__,
        key=SOURCE,
        bind="query-params",
        persist_state="session",
    )
    return _rules(shared_picture()) if source == HAND else _layer(shared_picture())


def _rules(picture: Picture) -> Chosen:
    side = int(
        st.select_slider(
            "Places along the longer side",
            SIDES,
            24,
            key=SIDE,
            bind="query-params",
            persist_state="session",
            help="Self-attention compares each place with every other: twice as many a side are 16 times the work. "
            f"More than {SIDES[-1]} are not offered.",
        )
    )
    maps = _by_rules(picture.key, side, picture)
    rows, columns = maps.size
    st.caption(
        f"{rows} × {columns} places, {len(maps.names)} channels: {', '.join(maps.names)}. Each is a rule that "
        "anybody can read, averaged over a place, and at least 0 as behind ReLU."
    )
    return Chosen(maps, picture.pixels, f"{HAND} {side} {picture.key}", HAND, side, picture)


def _layer(picture: Picture) -> Chosen:
    network = network_choice(kinds=EVERYTHING)
    wait_for_keras("Feature maps")
    layers = _layers(network.key, network)
    if not layers:
        raise InputError("No layer of this network has maps", "Choose another network")
    # A padded map has an edge of zeros that is not the photo's.
    begin = [name for name, layer in layers.items() if layer.kind != "ZeroPadding2D"] or list(layers)
    first = begin[first_layer([layers[name].shape for name in begin])]
    if st.session_state.get(WHICH_LAYER) not in layers:
        # Another network has other layers.
        st.session_state.pop(WHICH_LAYER, None)
    name = str(
        st.selectbox(
            "Layer",
            list(layers),
            index=list(layers).index(first),
            format_func=lambda name: f"{name}: {' × '.join(map(str, layers[name].shape))}",
            key=WHICH_LAYER,
            bind="query-params",
            persist_state="session",
        )
    )
    layer = layers[name]
    photo = seen_part(picture.pixels, network.size, network.preparation.placement, extent=layer.extent)
    maps = _of_layer(network.key, picture.key, name, network, picture, photo, layer)
    rows, columns = maps.size
    averaged = f", {maps.averaged} × {maps.averaged} of the layer's averaged into one" if maps.averaged > 1 else ""
    st.caption(
        f"{rows} × {columns} places{averaged}, {layer.shape[2]} channels of {plain(network.title)}. The pictures show "
        "the part of the photo that they cover."
    )
    return Chosen(maps, photo, f"{network.key} {name} {picture.key}", LAYER, 0, picture)


@st.cache_data(max_entries=64, show_spinner=False)
def _by_rules(key: str, side: int, _picture: Picture) -> PlaceMaps:
    return hand_maps(_picture.image, side=side)


@st.cache_data(max_entries=64, show_spinner="Looking for layers …")
def _layers(key: str, _network: LookedAt) -> dict[str, MapLayer]:
    """Name -> each layer that has maps of more than one place."""
    blank = np.zeros((1, *_network.size, _network.channels), np.float32)
    told = layers_from(_network.ask("layers", blank))
    return {layer.name: layer for layer in told if layer.has_maps and min(layer.shape[:2]) > 1}


@st.cache_data(max_entries=16, show_spinner="Computing the maps …")
def _of_layer(
    key: str,
    picture_key: str,
    name: str,
    _network: LookedAt,
    _picture: Picture,
    _photo: NDArray[np.uint8],
    _layer: MapLayer,
) -> PlaceMaps:
    batch = _network.prepare(_picture.pixels)[None]
    return layer_maps(maps_from(_network.ask("maps", batch, layer=name), _layer), to_float(_photo))
