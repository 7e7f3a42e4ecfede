"""Which segmenter is asked, whole or in tiles, and what it says of a picture: the network runs once for a picture."""

import streamlit as st

from cnn_core.masks import Masks
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.shared_classes import listed
from cnn_core.segmentation.starters import segmenter_starters
from cnn_core.segmentation.tiles import OVERLAP, in_tiles, tile_count
from pages.segmentation_tabs.hub_model import hub_model
from pages.segmentation_tabs.own_model import own_segmenter
from pages.segmentation_tabs.segmenter_pick import is_trained, run_segmenter, trained_names, trained_title
from pages.ui.picture import Picture
from pages.ui.words import counted, plain

FITTING, HUB, OWN = "fitting", "hub", "own"
_TITLES = {FITTING: "Automatic", HUB: "From a hub", OWN: "Your own file"}
_MOST_TOLD = 300
WHOLE, TILES = "whole", "tiles"
WAYS = {WHOLE: "Whole photo at once", TILES: "In tiles"}


def segmenter_choice(picture: Picture) -> Segmenter:
    """Draw the choice of the model; gives the segmenter. Where its file is still to come the page ends here.

    Raises:
        InputError: the visitor's file cannot be used.
    """
    linked = str(st.session_state.get("segmentation_model") or st.query_params.get("segmentation_model") or "")
    name = st.selectbox(
        "Model",
        [FITTING, *segmenter_starters(), *trained_names(linked), HUB, OWN],
        format_func=_title,
        key="segmentation_model",
        bind="query-params",
        persist_state="session",
        help="Automatic takes the segmenter that was trained on pictures like this one.",
    )
    if name == OWN:
        return own_segmenter()
    if is_trained(name):
        segmenter = run_segmenter(name)
    else:
        segmenter = segmenter_of(hub_model() if name == HUB else fitting(picture) if name == FITTING else name)
    told = plain(listed(segmenter.classes), _MOST_TOLD)
    st.caption(f"It knows {told}. Whatever else there is it takes for one of these.")
    return segmenter


def way_choice(segmenter: Segmenter, size: tuple[int, int] | None) -> str:
    """Draw whether a photo is seen whole or in tiles, and what each means for this network.

    Args:
        segmenter: who is asked.
        size: (height, width) of the photo; None where there are several, or none yet.
    """
    rows, columns = segmenter.input_size
    way = st.segmented_control(
        "The network sees the photo",
        list(WAYS),
        default=WHOLE,
        required=True,
        format_func=WAYS.__getitem__,
        key="segmentation_way",
        bind="query-params",
        persist_state="session",
    )
    if way == TILES:
        count = counted(tile_count(size, segmenter.input_size), "tile", "tiles") if size else "Tiles"
        st.caption(
            f"{count} of {columns} × {rows} pixels at the photo's own size, overlapping by {100 * OVERLAP:.0f} %: "
            "small things keep their size. No tile knows of the others, so that large things may be torn."
        )
    else:
        each = f": each stands for {size[1] / columns:.1f} × {size[0] / rows:.1f} of the photo's" if size else ""
        st.caption(
            f"The photo is brought to {columns} × {rows} pixels{each}. The network sees all at once; what is small may "
            "vanish."
        )
    return str(way)


def fitting(picture: Picture) -> str:
    """The starter for a picture: drawn shapes have one of their own."""
    everyday = "starter_segmenter_everyday"
    photos = everyday if everyday in segmenter_starters() else "starter_segmenter_people"
    return photos if picture.scene is None else "starter_segmenter_shapes"


@st.cache_resource(max_entries=8, show_spinner="Loading the segmenter …")
def segmenter_of(name: str) -> Segmenter:
    """A segmenter, loaded once for all visitors."""
    return load_segmenter(name)


def seen(segmenter: Segmenter, way: str) -> Segmenter:
    """The segmenter as it is asked: about the whole photo, or about its tiles."""
    return in_tiles(segmenter) if way == TILES else segmenter


def masks_for(segmenter: Segmenter, picture: Picture) -> Masks:
    """What a segmenter says of a picture; the network is run once for both."""
    return _masks(segmenter.name, picture.key, segmenter, picture)


def _title(name: str) -> str:
    return trained_title(name) if is_trained(name) else _TITLES.get(name) or segmenter_of(name).title


@st.cache_resource(max_entries=8, show_spinner="Asking the network …")
def _masks(name: str, key: str, _segmenter: Segmenter, _picture: Picture) -> Masks:
    # A resource and not data: what is kept is never written to, and a copy of all probabilities would cost each rerun.
    return _segmenter.look(_picture.image)
