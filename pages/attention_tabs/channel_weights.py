"""The weight of each channel, as widgets: from the means, from random numbers, or by hand."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.channel_gate import channel_weights, random_gate, readable_gate, usual_strength
from cnn_core.attention.snippets import channel_code
from pages.attention_tabs.maps_source import Chosen

PREFIX = "attention_channels"
KINDS = {"means": "From the means", "hand": "By hand", "random": "Random, untrained"}


def slider_key(channel: int) -> str:
    """Session key of a channel's slider."""
    return f"{PREFIX}_weight_{channel}"


def chosen_weights(kind: str, chosen: Chosen, listed: tuple[int, ...]) -> tuple[NDArray[np.float32], dict[str, str]]:
    """Draw what the weights depend on; gives one a channel, and the code that computes them.

    Args:
        kind: one of `KINDS`.
        chosen: the maps.
        listed: channels that have a slider where the weights are set by hand; the others keep 1.
    """
    values = chosen.maps.values
    channels = values.shape[2]
    code = partial(channel_code, chosen.source, side=chosen.side, kind=kind)
    if kind == "means":
        strength = st.slider(
            "Strength",
            0.0,
            6.0,
            2.0,
            0.1,
            key=f"{PREFIX}_strength",
            bind="query-params",
            help="By how much the scores differ of channels whose means are one standard deviation apart.",
        )
        st.caption(
            "W₁ is the identity, and W₂ compares each mean with the mean of all, times the strength. These weights "
            "are chosen so that they can be read; in a network they are learnt."
        )
        gain = round(strength * usual_strength(values), 6)
        return channel_weights(values, readable_gate(channels, strength=gain)), dict(code(strength=gain))
    if kind == "random":
        seed = int(st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", width=120))
        ratio = int(
            st.number_input("Channels per hidden unit", 1, 64, 4, key=f"{PREFIX}_ratio", bind="query-params", width=180)
        )
        return channel_weights(values, random_gate(channels, ratio=ratio, seed=seed)), dict(
            code(ratio=ratio, seed=seed)
        )
    if channels > len(listed):
        st.caption(f"The {len(listed)} channels with the largest means; the other {channels - len(listed)} keep 1.")
    weights = np.ones(channels, np.float32)
    for channel in listed:
        weights[channel] = st.slider(
            chosen.maps.names[channel].capitalize(), 0.0, 1.0, 1.0, 0.05, key=slider_key(channel), bind="query-params"
        )
    return weights, dict(code(by_hand={channel: round(float(weights[channel]), 4) for channel in listed}))
