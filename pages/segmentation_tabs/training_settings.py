"""What a segmenter's training is, as widgets with good defaults; gives the run's config.json."""

from typing import Any

import streamlit as st

from cnn_core.segmentation.masked_listing import MaskedListing
from cnn_core.segmentation.training.config import NEW, default_config, network_of, size_step, starts
from cnn_core.segmentation.training.new_run import fitting_start, input_size_for
from cnn_core.starter_models import starter_card
from pages.segmentation_tabs.answer import segmenter_of
from pages.segmentation_tabs.training_learning import draw_augmentation, draw_learning
from pages.segmentation_tabs.training_network import draw_loss, draw_network
from pages.segmentation_tabs.training_widgets import KEPT, KEY, whole

FITTING, RANDOM = "Automatic", "Random weights"
MIRRORS = {"The photo": 1, "The photo and its mirror image": 2, "The photo mirrored both ways, four times": 4}
_INPUTS = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)


def draw_settings(listing: MaskedListing, *, title: str) -> dict[str, Any]:
    """The options; gives config.json without its data."""
    start = _start(listing)
    name = st.text_input(
        "Name of the run", placeholder=title, max_chars=200, key=f"{KEY}_name", persist_state="session"
    )
    config = default_config("", start=start, name=name or title)
    if start == NEW:
        config["network"] = draw_network()
    left, right = st.columns(2)
    with left:
        usual = 128 if start == NEW else max(starter_card(start).input.photo_size)
        side = st.selectbox(
            "Longer side of the input",
            _INPUTS,
            index=_INPUTS.index(min(_INPUTS, key=lambda one: abs(one - usual))),
            key=f"{KEY}_side",
            format_func=lambda one: f"{one} pixels",
            help="Every photo is stretched to this size. Larger ones show finer borders and take longer.",
            **KEPT,
        )
    with right:
        config["epochs"] = whole("Epochs", "epochs", (1, 500), config["epochs"])
    step = size_step(start, network_of(config["network"]))
    rows, columns = input_size_for(listing, side=side, step=step)
    config["input_size"] = [rows, columns]
    st.caption(f":material/straighten: The input has {columns} × {rows} pixels, multiples of {step}.")
    config |= draw_loss(config)
    config["mirrors"] = MIRRORS[
        st.selectbox(
            "The finished network looks at",
            list(MIRRORS),
            key=f"{KEY}_mirrors",
            help="It averages its answers about the photo and its mirror images. That needs no training, makes masks "
            "somewhat better, and takes as many times as long.",
            **KEPT,
        )
    ]
    with st.expander("Learning", icon=":material/tune:"):
        config |= draw_learning(config, len(listing.of({"train"})))
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        config |= draw_augmentation(config)
    return config


def start_title(name: str) -> str:
    """What a beginning is called, and so in the link."""
    return RANDOM if name == NEW else segmenter_of(name).title


def _start(listing: MaskedListing) -> str:
    names = {start_title(name): name for name in starts()}
    chosen = st.selectbox(
        "Begin with",
        [FITTING, *names],
        key=f"{KEY}_start_from",
        help="A starter has learned to see; its end gets your classes. Automatic takes the U-Net that knows most of "
        "them, and random weights where none knows any.",
        **KEPT,
    )
    if chosen != FITTING:
        return names[chosen]
    start = fitting_start(listing.names)
    if start == NEW:
        st.caption("No starter knows one of your classes: the network begins with random weights.")
    else:
        known = [name for name in listing.names if name in starter_card(start).classes]
        st.caption(f"{start_title(start)} knows {len(known)} of your {len(listing.names)} classes.")
    return start
