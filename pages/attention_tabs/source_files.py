"""The file that the code of a view reads."""

import io

import numpy as np
import streamlit as st

from cnn_core.attention.place_maps import PlaceMaps
from cnn_core.attention.snippets import HAND
from cnn_core.drawing import png
from pages.attention_tabs.maps_source import Chosen


def source_files(chosen: Chosen, *, key: str) -> None:
    """One button: the photo where rules give the maps, the maps themselves where a network does."""
    hand = chosen.source == HAND
    name = "picture.png" if hand else "maps.npz"
    st.download_button(
        f"{name}, which the code reads",
        (lambda: png(chosen.picture.pixels)) if hand else (lambda: maps_file(chosen.maps)),
        file_name=name,
        mime="image/png" if hand else "application/octet-stream",
        key=f"{key}_source",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def maps_file(maps: PlaceMaps) -> bytes:
    """The bytes of `maps.npz`: "maps" and "colours"."""
    buffer = io.BytesIO()
    np.savez(buffer, maps=maps.values, colours=maps.colours)
    return buffer.getvalue()
