"""Claim: early layers see edges, later ones parts, the last ones things. The strongest patches by depth."""

import streamlit as st

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.patches import patch_picture, strongest_patches
from cnn_core.activations.sample_pictures import sample_names, sample_pixels, sample_title
from cnn_core.activations.sorting import channel_order
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import placed
from cnn_core.drawing import data_uri, png, significant
from cnn_core.stress.depth import layers_by_depth
from cnn_core.stress.snippets import hierarchy_code
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.maps_asked import layers_of, maps_of, ready_to_ask, sample_peaks
from pages.ui.network_pick import CLASSIFIERS, network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import SmallPicture, draw_strip
from pages.ui.words import counted, plain

KEY = "predictions_claims"
_SMALL = 128


def draw() -> None:
    """How many layers and channels on the left; a row of patches for each channel on the right."""
    picture = shared_picture()
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        network = network_choice(kinds=CLASSIFIERS)
        ready_to_ask(network)
        depths = st.slider("Layers", 2, 6, 4, key=f"{KEY}_depths", bind="query-params")
        channels = st.slider("Channels of each", 1, 4, 2, key=f"{KEY}_channels", bind="query-params")
        patches = st.slider("Patches of each channel", 3, 9, 6, key=f"{KEY}_patches", bind="query-params")
        wanted = st.toggle(
            f"Search {len(sample_names())} sample pictures",
            max(network.size) <= _SMALL,
            key=f"{KEY}_search",
            bind="query-params",
            help="Each picture goes through the network once for each layer; a large network takes minutes.",
        )
    with right:
        chosen = layers_by_depth(layers_of(network), depths)
        if wanted:
            for layer in chosen:
                _draw_layer(network, picture, layer, channels, patches)
        else:
            st.info("Switch the search on: a large network takes a while.", icon=":material/search:")
    what_happens(
        "For some layers from the first to the last, the channels that answer this photo most, and where in the sample "
        "pictures they answer most of all. A patch is as large as what the unit there can see: with depth it grows.",
        r"\operatorname*{arg\,max}_{n,\, i,\, j}\; A^{k}_{ij}(x_n)",
    )
    names = [layer.name for layer in chosen]
    code = hierarchy_code(network.code, layers=names, channels=channels, patches=patches)
    same_in_code(code, key=f"{KEY}_hierarchy", file="hierarchy")
    photo = "picture.png, which the code reads"
    download(photo, lambda: png(picture.pixels), "picture.png", "image/png", key=f"{KEY}_hierarchy")


def _draw_layer(network: LookedAt, picture: Picture, layer: MapLayer, channels: int, patches: int) -> None:
    field = f"sees {layer.field[0]} × {layer.field[1]} pixels" if layer.field else "sees all of the input"
    st.markdown(f"**{plain(layer.name)}** · {counted(layer.shape[2], 'channel', 'channels')} · a value {field}")
    names, peaks = sample_names(), sample_peaks(network, layer)
    for channel in channel_order(maps_of(network, picture, layer), "activation")[:channels]:
        tiles = []
        for patch in strongest_patches(peaks, channel, count=patches):
            title = sample_title(names[patch.picture])
            pixels = placed(sample_pixels(names[patch.picture]), network.size, network.preparation.placement)
            words = f"Channel {channel} in {title}: {significant(patch.value)}"
            tiles.append(SmallPicture(data_uri(patch_picture(pixels, layer, patch)), f"{channel}: {title}", words))
        draw_strip(tiles, side=88)
