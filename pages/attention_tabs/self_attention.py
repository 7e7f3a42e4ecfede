"""Tab Self-attention: a click on a place shows where it looks, and what it takes from there."""

from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.dot_product import Heads, random_heads, readable_heads, shares_from, taken_map
from cnn_core.attention.place_maps import PlaceMaps, comparable
from cnn_core.attention.positions import weighed_positions
from cnn_core.attention.snippets import attention_code
from cnn_core.drawing import npy, png, to_uint8
from pages.attention_tabs.maps_source import Chosen, chosen_maps, controls
from pages.attention_tabs.place_pictures import chosen_place
from pages.attention_tabs.self_attention_look import draw_heads, draw_look, draw_numbers, heat
from pages.attention_tabs.self_attention_settings import PREFIX, Settings, settings
from pages.attention_tabs.source_files import source_files
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.pictures import Shown, draw_row, shown

FORMULA = (
    r"\begin{gathered} a_{ij} = \frac{\exp(q_i \cdot k_j \,/\, \tau\sqrt{d})}{\sum_m \exp(q_i \cdot k_m \,/\, "
    r"\tau\sqrt{d})} \\ y_i = \sum_j a_{ij}\, v_j \end{gathered}"
)


def _preset(**controls: object) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": "readable",
        "heads": 1,
        "positions": False,
        "same": True,
        "temperature": 1.0,
        "layer_temperature": 4.0,
        "scaled": True,
    } | controls
    return {f"{PREFIX}_{name}": value for name, value in values.items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "What looks alike": (
        "Without positions a place looks at whatever resembles it, however far away. Click another place.",
        _preset(),
    ),
    "The loudest wins": (
        "Without the same length everywhere, places with large numbers, such as the sharpest edges, win most products.",
        _preset(same=False),
    ),
    "Also what is near": (
        "With positions at full strength a place prefers its neighbourhood: distance is part of the match now.",
        _preset(positions=True, say=1.0),
    ),
    "Two heads, two questions": (
        "The first head compares colours, the second edges and texture: the same place looks at different things.",
        {**_preset(heads=2), "attention_maps": "hand"},
    ),
    "Without √d": (
        "The products are not scaled: softmax sharpens, and fewer places share the weight. Its slope vanishes there.",
        _preset(scaled=False),
    ),
    "Untrained": (
        "Random projections: the same photo, the same arithmetic, and nothing to be read from it.",
        _preset(kind="random"),
    ),
}


def draw() -> None:
    """Controls on the left; the photo, where the place looks, and what every place takes, on the right."""
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.5], gap="medium")
    with left, controls():
        chosen = chosen_maps()
        place = chosen_place(chosen.size)
        options = settings(chosen.source)
    with right:
        heads = _heads(chosen.key, options, chosen.maps)
        shares = shares_from(heads, place, chosen.size)
        weights = shares.mean(axis=0)
        draw_look(chosen, place, weights)
        draw_numbers(weights, place, heads)
        if heads.count > 1:
            draw_heads(chosen, shares)
        draw_row(_colours(chosen.key, options, chosen, heads), columns=2, key=f"{PREFIX}_colours")
        _downloads(chosen, place, weights, heads)
        what_happens(
            "A place sends a query; its dot product with the key of every place says how well they match, and softmax "
            "makes shares of that which add up to 1. The place then takes the mean of all values by these shares.",
            FORMULA,
        )
        st.caption(
            "Queries and keys are the channels themselves, standardised, so that a match means looking alike; in a "
            "network they are learnt. Values are the places' colours, so that what is taken can be seen. With several "
            "heads the channels are shared out among them and the results averaged."
        )
        code = attention_code(chosen.source, side=chosen.side, place=place, **asdict(options))
        same_in_code(code, key=PREFIX, file="self_attention")
        source_files(chosen, key=PREFIX)


@st.cache_resource(max_entries=32, show_spinner=False)
def _heads(key: str, options: Settings, _maps: PlaceMaps) -> Heads:
    maps = comparable(_maps.values, same_length=options.same_length)
    channels = maps.shape[2] // options.heads
    positions = weighed_positions(_maps.size, channels=channels, strength=options.say) if options.say else None
    shared: dict[str, Any] = {
        "heads": options.heads,
        "positions": positions,
        "temperature": options.temperature,
        "scaled": options.scaled,
    }
    if options.kind == "random":
        return random_heads(maps, seed=options.seed, **shared)
    return readable_heads(maps, **shared)


@st.cache_data(max_entries=32, show_spinner=False)
def _colours(key: str, options: Settings, _chosen: Chosen, _heads: Heads) -> list[Shown]:
    return [
        shown(
            "Values",
            to_uint8(_chosen.maps.colours),
            alt="The mean colour of each place",
            note=": the colour of each place",
        ),
        shown(
            "What every place takes",
            to_uint8(taken_map(_heads, _chosen.maps.colours)),
            alt="The mean of all colours by each place's shares",
            note=": the mean of all colours, by the shares of each place",
        ),
    ]


def _downloads(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32], heads: Heads) -> None:
    give = partial(download, key=f"{PREFIX}_download")
    with st.container(horizontal=True, gap="small"):
        give("Heat (PNG)", lambda: png(heat(chosen, place, weights)), "attention.png", "image/png")
        give("Shares (NPY)", lambda: npy(weights), "attention.npy", "application/x-npy")
        give("Taken (NPY)", lambda: npy(taken_map(heads, chosen.maps.colours)), "taken.npy", "application/x-npy")
