"""Where the chosen channel is strongest over the sample pictures, cut out as far as it sees."""

import streamlit as st

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.patches import patch_picture, strongest_patches
from cnn_core.activations.sample_pictures import sample_names, sample_pixels, sample_title
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import placed
from cnn_core.drawing import data_uri, significant
from pages.ui.maps_asked import sample_peaks
from pages.ui.pictures import SmallPicture, draw_strip

PATCHES = "feature_maps_patches"
# Small inputs go through a network in a blink: there the search runs by itself.
_SMALL = 128


def draw_strongest(network: LookedAt, layer: MapLayer, channel: int) -> None:
    """Nine patches, or a switch to look for them."""
    names = sample_names()
    wanted = st.toggle(
        f"Strongest patches over {len(names)} sample pictures",
        max(network.size) <= _SMALL,
        key=PATCHES,
        bind="query-params",
        persist_state="session",
        help="Each picture goes through the network once for each chosen layer; a large network takes a while.",
    )
    if not wanted:
        return
    found = strongest_patches(sample_peaks(network, layer), channel)
    tiles = []
    for patch in found:
        title = sample_title(names[patch.picture])
        pixels = placed(sample_pixels(names[patch.picture]), network.size, network.preparation.placement)
        value = significant(patch.value)
        words = f"{title}, row {patch.row}, column {patch.column} of the map: {value}"
        tiles.append(SmallPicture(data_uri(patch_picture(pixels, layer, patch)), f"{title} {value}", words))
    draw_strip(tiles)
    st.caption("The strongest place of each picture, as much of it as the unit there can see; grey is padding.")
