"""Which segmenter is asked, and what it says of a picture: the network runs once for a picture."""

import streamlit as st

from cnn_core.masks import Masks
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.starters import segmenter_starters
from pages.ui.picture import Picture

FITTING = "fitting"


def segmenter_choice(picture: Picture) -> Segmenter:
    """Draw the choice of the model; gives the segmenter."""
    name = st.selectbox(
        "Model",
        [FITTING, *segmenter_starters()],
        format_func=_title,
        key="segmentation_model",
        bind="query-params",
        persist_state="session",
        help="Automatic takes the segmenter that was trained on pictures like this one.",
    )
    return segmenter_of(fitting(picture) if name == FITTING else name)


def fitting(picture: Picture) -> str:
    """The starter for a picture: drawn shapes have one of their own."""
    everyday = "starter_segmenter_everyday"
    photos = everyday if everyday in segmenter_starters() else "starter_segmenter_people"
    return photos if picture.scene is None else "starter_segmenter_shapes"


@st.cache_resource(max_entries=8, show_spinner="Loading the segmenter …")
def segmenter_of(name: str) -> Segmenter:
    """A segmenter, loaded once for all visitors."""
    return load_segmenter(name)


def masks_for(segmenter: Segmenter, picture: Picture) -> Masks:
    """What a segmenter says of a picture; the network is run once for both."""
    return _masks(segmenter.name, picture.key, segmenter, picture)


def _title(name: str) -> str:
    return "Automatic" if name == FITTING else segmenter_of(name).title


@st.cache_resource(max_entries=8, show_spinner="Asking the network …")
def _masks(name: str, key: str, _segmenter: Segmenter, _picture: Picture) -> Masks:
    # A resource and not data: what is kept is never written to, and a copy of all probabilities would cost each rerun.
    return _segmenter.look(_picture.image)
