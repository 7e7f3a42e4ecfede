"""Pictures as the network gets them: stretched to its input, then preprocessed in the backbone's own way."""

from pathlib import Path

import streamlit as st

from cnn_core.backbones import BACKBONES, preprocessed
from cnn_core.backbones.preprocessing import preprocessing_sentence
from cnn_core.drawing import data_uri, rescaled, to_uint8
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import read_picture
from cnn_core.folders.sheets import chosen_files, thumbnail
from cnn_core.folders.tiles import jpeg_source
from pages.ui.words import plain

SIDES = (32, 64, 96, 128, 160, 192, 224, 299)
FIRST_SIDE = 64
KEY = "fine_tune_seen"
COUNT = 4


def input_side() -> int:
    """Rows and columns that the check-up takes for the network's input."""
    kept = st.session_state.get(f"{KEY}_kept")
    # A link is opened with the slider's tab closed: then the slider has not said anything yet.
    text = str(kept or st.query_params.get(f"{KEY}_side", FIRST_SIDE))
    return int(text) if text in map(str, SIDES) else FIRST_SIDE


def draw(listing: Listing) -> None:
    """Some pictures of a class, at the three stages."""
    labels = [label for label in listing.classes if listing.of(label=label)]
    if not labels:
        st.info("There are no pictures.", icon=":material/image_search:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label = st.selectbox("Class", labels, key=f"{KEY}_class", width=220)
        backbone = st.selectbox(
            "Backbone",
            list(BACKBONES),
            format_func=lambda name: BACKBONES[name].title,
            key=f"{KEY}_backbone",
            bind="query-params",
            width=220,
        )
        st.select_slider(
            "Input: rows and columns",
            SIDES,
            value=input_side(),
            key=f"{KEY}_side",
            on_change=_keep_side,
            bind="query-params",
            width=260,
        )
    side = input_side()
    st.caption(
        f"Stretched to {side} × {side}, whatever its shape was: averaged where it shrinks, bilinear where it grows. "
        f"{BACKBONES[backbone].title}: {preprocessing_sentence(backbone)} In the tab Train they are augmented as well."
    )
    for number, file in enumerate(chosen_files(listing, label, count=COUNT)):
        original, input_picture, numbers, words = _stages(listing.root, file, side, backbone, listing)
        stages = ((original, plain(file)), (input_picture, f"{side} × {side}, 0 to 255"), (numbers, words))
        for stage, (column, (source, text)) in enumerate(zip(st.columns(3, gap="medium"), stages, strict=True)):
            # The photo is smooth, what the network gets has pixels.
            with column, st.container(key=f"{'sharp_' if stage else ''}{KEY}_{number}_{stage}"):
                st.image(source, width="stretch", alt=f"{file}: {text}")
                st.caption(text)


def _keep_side() -> None:
    st.session_state[f"{KEY}_kept"] = st.session_state[f"{KEY}_side"]


@st.cache_data(max_entries=128, show_spinner=False)
def _stages(root: Path, file: str, side: int, backbone: str, _listing: Listing) -> tuple[str, str, str, str]:
    """The file, the input, the preprocessed input as pictures, and the range of the last."""
    pixels = read_picture(_listing, file, size=side)
    values = preprocessed(backbone, pixels)
    picture, low, high = rescaled(values)
    return (
        jpeg_source(thumbnail(_listing, file, side=480)),
        data_uri(pixels),
        data_uri(to_uint8(picture)),
        f"preprocessed: {low:.2f} to {high:.2f}, drawn from dark to bright",
    )
