"""Tab Self-attention: a click on a place shows where it looks, and what it takes from there."""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.dot_product import (
    Heads,
    attend,
    attention_rows,
    effective_places,
    random_heads,
    readable_heads,
)
from cnn_core.attention.pictures import heat_on
from cnn_core.attention.place_maps import PlaceMaps, comparable
from cnn_core.attention.positions import weighed_positions
from cnn_core.attention.snippets import HAND, attention_code
from cnn_core.drawing import npy, png, significant, to_uint8
from pages.attention_tabs.maps_source import Chosen, chosen_maps, controls
from pages.attention_tabs.place_pictures import chosen_place, heat_scale, place_pair
from pages.attention_tabs.source_files import source_files
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.pictures import Shown, draw_row, shown
from pages.ui.words import percent

PREFIX = "attention_self"
KINDS = {"readable": "The maps themselves", "random": "Random, untrained"}
FORMULA = (
    r"\begin{gathered} a_{ij} = \frac{\exp(q_i \cdot k_j \,/\, \tau\sqrt{d})}{\sum_m \exp(q_i \cdot k_m \,/\, "
    r"\tau\sqrt{d})} \\ y_i = \sum_j a_{ij}\, v_j \end{gathered}"
)


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
        settings = _settings(chosen.source)
    with right:
        heads = _heads(chosen.key, settings, chosen.maps)
        rows = attention_rows(heads, [place[0] * chosen.size[1] + place[1]])[:, 0]
        weights = rows.mean(axis=0).reshape(chosen.size)
        _look(chosen, place, weights)
        _numbers(weights, place, heads)
        if settings.heads > 1:
            _each_head(chosen, rows)
        _taken(chosen, settings, heads)
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
        code = attention_code(chosen.source, side=chosen.side, place=place, **asdict(settings))
        same_in_code(code, key=PREFIX, file="self_attention")
        source_files(chosen, key=PREFIX)


def _settings(source: str) -> Settings:
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


@st.cache_resource(max_entries=32, show_spinner=False)
def _heads(key: str, settings: Settings, _maps: PlaceMaps) -> Heads:
    maps = comparable(_maps.values, same_length=settings.same_length)
    channels = maps.shape[2] // settings.heads
    positions = weighed_positions(_maps.size, channels=channels, strength=settings.say) if settings.say else None
    options: dict[str, Any] = {
        "heads": settings.heads,
        "positions": positions,
        "temperature": settings.temperature,
        "scaled": settings.scaled,
    }
    if settings.kind == "random":
        return random_heads(maps, seed=settings.seed, **options)
    return readable_heads(maps, **options)


def _look(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32]) -> None:
    place_pair(
        chosen,
        chosen.photo,
        _heat(chosen, place, weights),
        key=f"{PREFIX}_pictures",
        titles=("The place that looks", "Where it looks"),
        alts=(
            f"{chosen.picture.name} with the place in row {place[0]}, column {place[1]} outlined",
            f"The share of each place in what row {place[0]}, column {place[1]} takes, as heat over the photo",
        ),
        scale=heat_scale(
            "0",
            percent(_most_elsewhere(weights, place)),
            f"share of a place; the outlined one's own is {percent(float(weights[place]))}; all add up to 1",
        ),
        place=place,
    )
    st.caption(":material/ads_click: Click a place in either picture to look from there.")


def _most_elsewhere(weights: NDArray[np.float32], place: tuple[int, int]) -> float:
    """The largest share of another place: its own, which is often larger by far, would leave the others pale."""
    others = weights.copy()
    others[place] = 0
    return float(others.max())


def _heat(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    return heat_on(chosen.photo, np.minimum(weights, _most_elsewhere(weights, place)))


def _numbers(weights: NDArray[np.float32], place: tuple[int, int], heads: Heads) -> None:
    best = np.unravel_index(int(weights.argmax()), weights.shape)
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Spread over",
            f"{significant(effective_places(weights))} places",
            help="The exponential of the entropy: as many places with equal shares would be as spread. "
            f"There are {weights.size}.",
            border=True,
        )
        st.metric("Takes from itself", percent(float(weights[place])), border=True)
        st.metric(f"Most, in row {best[0]}, column {best[1]}", percent(float(weights.max())), border=True)
        st.metric("d", str(heads.length), help="Numbers in a query and a key of one head", border=True)


def _each_head(chosen: Chosen, rows: NDArray[np.float32]) -> None:
    st.markdown("**Where each head looks**")
    pictures = []
    share = len(chosen.maps.names) // len(rows)
    for number, row in enumerate(rows):
        names = chosen.maps.names[number * share : (number + 1) * share]
        words = ", ".join(names) if len(names) <= 4 else f"{names[0]} to {names[-1]}"
        pictures.append(
            shown(
                f"Head {number + 1}",
                heat_on(chosen.photo, row.reshape(chosen.size)),
                alt=f"Where head {number + 1} looks, as heat over the photo",
                caption=f"{words}. Most: {percent(float(row.max()))}",
            )
        )
    draw_row(pictures, columns=min(4, max(2, len(rows))), key=f"{PREFIX}_heads")


def _taken(chosen: Chosen, settings: Settings, heads: Heads) -> None:
    draw_row(_colours(chosen.key, settings, chosen, heads), columns=2, key=f"{PREFIX}_colours")


@st.cache_data(max_entries=32, show_spinner=False)
def _colours(key: str, settings: Settings, _chosen: Chosen, _heads: Heads) -> list[Shown]:
    return [
        shown(
            "Values",
            to_uint8(_chosen.maps.colours),
            alt="The mean colour of each place",
            note=": the colour of each place",
        ),
        shown(
            "What every place takes",
            to_uint8(_output(_chosen, _heads)),
            alt="The mean of all colours by each place's shares",
            note=": the mean of all colours, by the shares of each place",
        ),
    ]


def _output(chosen: Chosen, heads: Heads) -> NDArray[np.float32]:
    colours = chosen.maps.colours
    return np.asarray(attend(heads, colours.reshape(-1, 3)).mean(axis=0).reshape(colours.shape), np.float32)


def _downloads(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32], heads: Heads) -> None:
    give = partial(download, key=f"{PREFIX}_download")
    with st.container(horizontal=True, gap="small"):
        give("Heat (PNG)", lambda: png(_heat(chosen, place, weights)), "attention.png", "image/png")
        give("Shares (NPY)", lambda: npy(weights), "attention.npy", "application/x-npy")
        give("Taken (NPY)", lambda: npy(_output(chosen, heads)), "taken.npy", "application/x-npy")
