"""The maps of the tab Why: computed once for all visitors, slow ones with a bar and a button to stop."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.classifiers.answers import Answer
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import data_uri, npy, png, significant
from cnn_core.explain.heat import heat_over, map_limit, seen_photo, signed_over
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.methods import Explanation, Settings, explain, relevant
from pages.predictions_tabs.map_bar import map_bar
from pages.predictions_tabs.why_settings import METHODS_KEY, PREFIX
from pages.ui.downloads import download
from pages.ui.mendable import mendable
from pages.ui.picture import Picture
from pages.ui.progress import ProgressBar
from pages.ui.time_parts import milliseconds
from pages.ui.words import percent, plain

SIDE = 360
COLUMNS = 3
_MOST = 400


@dataclass(frozen=True, eq=False)
class Question:
    """What is to be explained.

    Attributes:
        network: who answered.
        picture: about what.
        found: its answer.
        classes: numbers of those to explain, one or two.
        settings: of the methods.
    """

    network: LookedAt
    picture: Picture
    found: Answer
    classes: Sequence[int]
    settings: Settings


def explanation(
    question: Question, method: str, class_index: int, *, random_layers: int = 0, bar: ProgressBar | None = None
) -> Explanation:
    """One map, kept for whoever asks the same again; the last few hundred are kept."""
    kept, key = _maps(), _key(question, method, class_index, random_layers)
    if key not in kept:
        kept[key] = explain(
            question.network,
            question.picture.pixels,
            method,
            class_index=class_index,
            settings=question.settings,
            random_layers=random_layers,
            progress=bar.draw if bar else None,
        )
        while len(kept) > _MOST:
            kept.popitem(last=False)
    return kept[key]


def _key(question: Question, method: str, class_index: int, random_layers: int = 0) -> tuple[object, ...]:
    used = relevant(question.settings, method)
    return question.network.key, question.picture.key, class_index, method, used, random_layers


def draw_cards(question: Question, methods: Sequence[str]) -> dict[str, Explanation]:
    """The photo and a card for each method, quick ones filled first; the maps of the first class."""
    cells = []
    for _ in range(0, len(methods) + 1, COLUMNS):
        cells += st.columns(COLUMNS, gap="medium")
    with cells[0]:
        _draw_photo(question)
    places = {name: cell.container(border=True, gap="xsmall") for name, cell in zip(methods, cells[1:], strict=False)}
    done: dict[str, Explanation] = {}
    for name in sorted(methods, key=lambda name: METHODS[name].slow):
        with places[name], mendable():
            done[name] = _draw_card(question, name, methods)
    return {name: done[name] for name in methods if name in done}


def _draw_photo(question: Question) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown("**What the network sees**")
        rows, columns = question.network.size
        seen = _seen(question.network.key, question.picture.key, question.network, question.picture)
        alt = f"{question.picture.name}, as the network sees it"
        st.image(data_uri(seen, lossless=False), width="stretch", alt=alt)
        shares = question.found.probabilities
        said = [f"{plain(question.found.classes[k])}: {percent(float(shares[k]))}" for k in question.classes]
        st.caption(f"Shown larger; the network gets {columns} × {rows} pixels. " + "; ".join(said))


def _draw_card(question: Question, name: str, methods: Sequence[str]) -> Explanation:
    method = METHODS[name]
    st.markdown(f"**{method.title}**")
    place = st.empty()
    with place.container(gap="xsmall"):
        bar = ProgressBar(method.title)
        st.button(
            "Stop",
            key=f"{PREFIX}_stop_{name}",
            icon=":material/stop_circle:",
            on_click=_stop,
            args=(question, methods),
            help="Leaves out the maps that are not there yet.",
        )
        found = [explanation(question, name, number, bar=bar) for number in question.classes]
    place.empty()
    limit = map_limit([each.values for each in found], signed=method.signed)
    seen = _seen(question.network.key, question.picture.key, question.network, question.picture)
    pictures = []
    with st.container(key=f"strip_{PREFIX}_{name}"):
        cells = st.columns(len(found), gap="small")
    for cell, number, each in zip(cells, question.classes, found, strict=True):
        over = signed_over if method.signed else heat_over
        picture = over(seen, each.values, limit=limit)
        pictures.append(picture)
        label = plain(question.found.classes[number])
        with cell:
            alt = f"{method.title} for {label}: {_where(each)}"
            st.image(data_uri(picture, lossless=False), width="stretch", alt=alt)
            if len(found) > 1:
                st.caption(label)
    if method.signed:
        map_bar(significant(-limit), significant(limit), signed=True, note=method.unit)
    else:
        map_bar("0", "its largest", signed=False, note=f"largest {significant(limit)} ({method.unit})")
    st.latex(method.formula)
    st.caption(f"**Shows:** {method.shows}  \n**Does not show:** {method.not_shown}")
    st.caption(f"{_checked(found[0])}{milliseconds(sum(each.seconds for each in found))}")
    with st.container(horizontal=True, gap="small"):
        download("PNG", lambda: png(pictures[0]), f"{name}.png", "image/png", key=f"{PREFIX}_{name}")
        download("NPY", lambda: npy(found[0].values), f"{name}.npy", "application/octet-stream", key=f"{PREFIX}_{name}")
    return found[0]


def _checked(found: Explanation) -> str:
    """What can be checked about a map, in words."""
    numbers = found.numbers
    if "sum" in numbers:
        off = abs(numbers["sum"] - numbers["difference"]) / max(abs(numbers["difference"]), 1e-9)
        return (
            f"Completeness: the map adds up to {significant(numbers['sum'])}, the scores differ by "
            f"{significant(numbers['difference'])}: {percent(off)} off with {numbers['steps']:.0f} steps. "
        )
    return f"The layer has {numbers['maps']:,.0f} maps. " if "maps" in numbers else ""


def _where(found: Explanation) -> str:
    """Where a map is largest, for those who do not see it."""
    row, column = divmod(int(found.values.argmax()), found.values.shape[1])
    down, across = (row + 0.5) / found.values.shape[0], (column + 0.5) / found.values.shape[1]
    return f"largest {down:.0%} from the top and {across:.0%} from the left"


def _stop(question: Question, methods: Sequence[str]) -> None:
    """Only those methods stay whose maps are there."""
    kept = _maps()
    there = [name for name in methods if all(_key(question, name, number) in kept for number in question.classes)]
    st.session_state[METHODS_KEY] = there


@st.cache_data(max_entries=64, show_spinner=False)
def _seen(network: str, picture: str, _network: LookedAt, _picture: Picture) -> NDArray[np.uint8]:
    return seen_photo(_network, _picture.pixels, side=SIDE)


@st.cache_resource
def _maps() -> OrderedDict[tuple[object, ...], Explanation]:
    return OrderedDict()
