"""Tab Flow: a stretch of the network from left to right, where a channel comes from, and one value's arithmetic."""

import streamlit as st

from cnn_core.activations.flow import MOST_LAYERS, stretch_of
from cnn_core.activations.layers import MapLayer
from cnn_core.activations.snippets import flow_code
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import png
from pages.feature_maps_tabs.controls import (
    CHANNEL,
    LAYER,
    chosen_network,
    chosen_number,
    layer_control,
)
from pages.feature_maps_tabs.value import draw_value
from pages.ui.downloads import download
from pages.ui.flow_view import flow_view
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.maps_asked import flow_of, layers_of
from pages.ui.picture import shared_picture
from pages.ui.words import plain

KEY = "feature_maps_flow"
FIRST, COUNT, TILES = "feature_maps_first", "feature_maps_count", "feature_maps_tiles"
FOCUS, FOCUS_CHANNEL = "feature_maps_focus", "feature_maps_focus_channel"
STRONGEST = "the last layer, most active"
VIEW = {"feature_maps_view": "Flow"}

PRESETS = {
    "From pixels on": (
        "Colours, whitened patches, then patterns of patterns. Point at a channel of block1_conv1: it comes from many.",
        {**VIEW, "network_name": "starter", FIRST: "image", COUNT: 8, FOCUS: "block1_conv1", FOCUS_CHANNEL: 0},
    ),
    "How a class is made": (
        "The last maps are averaged, and each class weighs the averages: vermilion speaks for it, blue against.",
        {**VIEW, "network_name": "starter", FIRST: "block3", COUNT: 4, FOCUS: "logits", FOCUS_CHANNEL: 3},
    ),
    "A small network, whole": (
        "LeNet from the photo to its ten outputs, with random weights: only the arithmetic means something.",
        {**VIEW, "network_name": "untrained:lenet5", FIRST: "input", COUNT: 9, FOCUS: "block2_conv", FOCUS_CHANNEL: 0},
    ),
}


def draw() -> None:
    """Controls above, the flow over the whole width, one value below."""
    try_this(PRESETS, page=KEY)
    first, second, third = st.columns([1.2, 1.2, 1], gap="medium")
    with first:
        network = chosen_network()
    layers = layers_of(network)
    with second:
        stretch = _stretch(layers)
    with third:
        focus, tiles = _focus(stretch)
    picture = shared_picture()
    flow = flow_of(network, picture, tuple(layer.name for layer in stretch), focus, count=tiles)
    by_name = {layer.name: layer for layer in stretch}
    flow_view(
        flow,
        by_name,
        key=f"{KEY}_view",
        turn=f"{network.key} {picture.key} {list(by_name)} {focus} {tiles}",
        # The channel that is followed back comes first in its layer.
        chosen=focus or (flow.columns[-1].layer, flow.columns[-1].channels[0]),
        layer_target=FOCUS,
        channel_target=FOCUS_CHANNEL,
        names=_unit_names(network, layers),
    )
    st.caption(
        ":material/ads_click: Point at a channel to see where it comes from; click one of a convolution to see the "
        "arithmetic of one of its values below."
    )
    what_happens(
        "Of each layer before the chosen channel those channels are shown that most of its weight comes from, and the "
        "most active ones of the others. A line is as wide as the root of its share of all weight into its target.",
        r"\text{share}_{c \to k} = \lVert w_{\cdot\cdot c k} \rVert \Big/ \sum_{c'} \lVert w_{\cdot\cdot c' k} \rVert",
    )
    code = flow_code(network.code, layers=list(by_name), focus=focus, count=tiles)
    same_in_code({"Python": code}, key=KEY, file="flow")
    with st.container(horizontal=True):
        photo = picture.pixels
        download("picture.png, which the code reads", lambda: png(photo), "picture.png", "image/png", key=KEY)
    if focus is not None and by_name[focus[0]].has_maps:
        st.button(
            f"See channel {focus[1]} of {plain(focus[0])} close up",
            icon=":material/zoom_in:",
            key=f"{KEY}_open",
            on_click=set_controls,
            args=({"feature_maps_view": "Maps", LAYER: focus[0], CHANNEL: focus[1]},),
            type="tertiary",
        )
        draw_value(network, picture, by_name[focus[0]], focus[1], layers)


def _stretch(layers: tuple[MapLayer, ...]) -> tuple[MapLayer, ...]:
    """Which layers are shown."""
    names = {layer.name: layer for layer in layers}
    first = layer_control("From layer", names, key=FIRST, first=layers[0].name)
    count = st.slider("Layers", 2, MOST_LAYERS, 8, key=COUNT, bind="query-params", persist_state="session")
    return stretch_of(layers, first=first, count=int(count))


def _focus(stretch: tuple[MapLayer, ...]) -> tuple[tuple[str, int] | None, int]:
    """The channel that is followed back, and how many are shown of each layer."""
    names = {layer.name: layer for layer in stretch}
    if st.session_state.get(FOCUS, STRONGEST) not in {*names, STRONGEST}:
        st.session_state[FOCUS] = STRONGEST
    layer = st.selectbox(
        "Follow back a channel of",
        [STRONGEST, *names],
        key=FOCUS,
        bind="query-params",
        persist_state="session",
    )
    focus = None
    first, second = st.columns(2)
    with first:
        if layer != STRONGEST:
            focus = (str(layer), chosen_number("Channel", names[str(layer)].channels - 1, key=FOCUS_CHANNEL))
    with second:
        tiles = st.number_input("Channels shown", 2, 12, 8, key=TILES, bind="query-params", persist_state="session")
    return focus, int(tiles)


def _unit_names(network: LookedAt, layers: tuple[MapLayer, ...]) -> dict[str, tuple[str, ...]]:
    """Class names for the last vectors of a classifier, colours for its input."""
    names: dict[str, tuple[str, ...]] = {}
    if layers[0].channels == 3:
        names[layers[0].name] = ("red", "green", "blue")
    if network.preparation.order == "bgr" or network.preparation.pixels == "caffe":
        names[layers[0].name] = ("blue", "green", "red")
    for layer in layers[-3:]:
        if not layer.has_maps and network.classes and layer.channels == len(network.classes):
            names[layer.name] = network.classes
    return names
