"""The controls of Self-attention: what queries and keys are, how many heads, and what the products are divided by."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.attention.snippets import HAND

PREFIX = "attention_self"
KINDS = {"readable": "The maps themselves", "random": "Random, untrained"}


@dataclass(frozen=True)
class Settings:
    """What the controls say: kind of queries and keys, heads, say of the positions (0: none), and the rest."""

    kind: str
    heads: int
    say: float
    same_length: bool
    temperature: float
    scaled: bool
    seed: int


def settings(source: str) -> Settings:
    """Draw the controls.

    Args:
        source: of the maps, as `cnn_core.attention.snippets` names it.
    """
    kind = st.selectbox(
        "Queries and keys", list(KINDS), format_func=KINDS.__getitem__, key=f"{PREFIX}_kind", bind="query-params"
    )
    seed = 0
    if kind == "random":
        seed = int(st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", width=120))
    count = st.segmented_control(
        "Heads", [1, 2, 4, 8], default=1, required=True, key=f"{PREFIX}_heads", bind="query-params"
    )
    say = 0.0
    if st.toggle("Positions", False, key=f"{PREFIX}_positions", bind="query-params"):
        say = st.slider("Their say", 0.1, 2.0, 1.0, 0.1, key=f"{PREFIX}_say", bind="query-params")
    same = st.toggle(
        "Same length everywhere",
        True,
        key=f"{PREFIX}_same",
        bind="query-params",
        help="RMS norm over the channels of each place. Without it a few places with large numbers match all others "
        "better than those match themselves.",
    )
    scaled = st.toggle("Divide by √d", True, key=f"{PREFIX}_scaled", bind="query-params")
    # A layer has many channels and long products: at 1 nearly every place would look at itself alone.
    name, usual = ("temperature", 1.0) if source == HAND else ("layer_temperature", 4.0)
    temperature = st.slider("Temperature τ", 0.1, 8.0, usual, 0.1, key=f"{PREFIX}_{name}", bind="query-params")
    return Settings(str(kind), int(count), float(say), bool(same), float(temperature), bool(scaled), seed)
