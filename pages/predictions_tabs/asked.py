"""Which networks are asked on the page Predictions, and what they say of a photo: each is asked once for both."""

import os

import numpy as np
import streamlit as st

from cnn_core.classifiers.answers import TOP, Answer, answer_about
from cnn_core.classifiers.imagenet import IMAGENET
from cnn_core.classifiers.lite_files import lite_network, make_behind
from cnn_core.classifiers.looked_at import LookedAt
from pages.ui.keras_ready import wait_for_keras
from pages.ui.network_pick import more_networks, network_choice
from pages.ui.picture import Picture

MOST_TOP = 20


def asked_networks() -> list[LookedAt]:
    """Draw the choice of a network and of others beside it.

    Raises:
        InputError: one of them cannot be used.
    """
    first = network_choice()
    networks = [first, *more_networks(first)]
    for network in networks:
        make_ready(network)
    return networks


def make_ready(network: LookedAt) -> None:
    """Wait for Keras where the network needs it, and have its faster file made behind the page."""
    if network.name in IMAGENET and lite_network(network.name) is None:
        wait_for_keras("ImageNet's networks")
        if os.environ.get("CNN_PLAYGROUND_WARM_UP") != "0":
            make_behind(network.name)
    if network.classes:
        _asked_once(network.key, network)


@st.cache_resource(max_entries=32, show_spinner="Loading the network …")
def _asked_once(name: str, _network: LookedAt) -> None:
    """The first answer of a network takes longer, because it is built then: later times are those of a photo."""
    _network.predict(np.zeros((1, *_network.size, _network.channels), np.float32))


def top_control() -> int:
    """Draw how many classes are shown."""
    return st.slider(
        "Classes shown", 1, MOST_TOP, TOP, key="predictions_top", bind="query-params", persist_state="session"
    )


def answer_of(network: LookedAt, picture: Picture) -> Answer:
    """What a network says of a picture.

    Raises:
        InputError: no list of classes, or an answer that is no probability.
    """
    return _answer(network.key, picture.key, network, picture)


@st.cache_resource(max_entries=256, show_spinner="Asking the network …")
def _answer(name: str, key: str, _network: LookedAt, _picture: Picture) -> Answer:
    return answer_about(_network, _picture.pixels)
