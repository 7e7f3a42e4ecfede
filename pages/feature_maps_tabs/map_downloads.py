"""Files of a layer: the grid as a picture, its maps as numbers, the figures of its channels as a table."""

import streamlit as st

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.map_pictures import Sheet
from cnn_core.activations.sorting import figures_csv
from cnn_core.drawing import npy, png
from pages.ui.downloads import download
from pages.ui.maps_asked import Floats
from pages.ui.picture import Picture

KEY = "feature_maps_file"


def map_downloads(sheet: Sheet, maps: Floats, picture: Picture, layer: MapLayer) -> None:
    """Four buttons in a row."""
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in layer.name)[:60]
    with st.container(horizontal=True, gap="small"):
        download("Grid (PNG)", lambda: png(sheet.picture), f"{name}.png", "image/png", key=KEY)
        download("Maps (NPY)", lambda: npy(maps), f"{name}.npy", "application/octet-stream", key=KEY)
        download("Channels (CSV)", lambda: figures_csv(maps).encode(), f"{name}.csv", "text/csv", key=KEY)
        download("picture.png, which the code reads", lambda: png(picture.pixels), "picture.png", "image/png", key=KEY)
