"""The photo with each network's most probable classes, the time they took, and what can be taken home."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from cnn_core.chart_svg import bars_svg
from cnn_core.classifiers.answer_files import answers_csv, bars_picture
from cnn_core.classifiers.answers import Answer
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.snippets import answer_code
from cnn_core.drawing import encode, png, shrink
from pages.predictions_tabs.asked import answer_of
from pages.ui.answer_bars import draw_bars, spoken
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code
from pages.ui.picture import Picture, shared_picture
from pages.ui.time_parts import draw_time
from pages.ui.words import plain

SIDE = 640
PER_ROW = 2
_KEY = "predictions_download"


def draw(networks: Sequence[LookedAt], top: int) -> None:
    """The shared picture and what the networks say of it."""
    draw_photo(shared_picture(), networks, top)


def draw_photo(picture: Picture, networks: Sequence[LookedAt], top: int) -> None:
    """A photo and what the networks say of it."""
    found = {title: answer_of(network, picture) for title, network in titled(networks).items()}
    left, right = st.columns([1, 1.25 if len(found) == 1 else 2], gap="medium")
    with left:
        said = "; ".join(f"{title}: {spoken(answer.top(1))}" for title, answer in found.items())
        st.image(_shown(picture.key, picture), alt=f"{picture.name}. {said}", width="stretch")
    with right:
        _side_by_side(found, picture, top)
    _downloads(picture, found, top)
    same_in_code(_codes(networks, top), key="predictions_answer")
    download("picture.png, which the code reads", lambda: png(picture.pixels), "picture.png", "image/png", key=_KEY)


def titled(networks: Sequence[LookedAt]) -> dict[str, LookedAt]:
    """The networks by titles that are each there once."""
    found: dict[str, LookedAt] = {}
    for network in networks:
        title = network.title if network.title not in found else f"{network.title} ({len(found) + 1})"
        found[title] = network
    return found


def _codes(networks: Sequence[LookedAt], top: int) -> dict[str, str]:
    """The code of each network's answer; with its name where there are several."""
    codes = {}
    for title, network in titled(networks).items():
        for way, code in answer_code(network, top=top).items():
            codes[way if len(networks) == 1 else f"{way}: {title}"] = code
    return codes


def _side_by_side(found: Mapping[str, Answer], picture: Picture, top: int) -> None:
    titles = list(found)
    for first in range(0, len(titles), PER_ROW):
        row = titles[first : first + PER_ROW]
        for column, title in zip(st.columns(PER_ROW if len(titles) > 1 else 1, gap="medium"), row, strict=False):
            with column:
                answer = found[title]
                st.markdown(f"**{plain(title)}**")
                st.caption(f"one of {len(answer.classes):,} classes")
                draw_bars(answer.top(top), told=title)
                decode = {"decode": picture.seconds} if picture.seconds else {}
                draw_time({**decode, **answer.seconds}, "from file to answer" if decode else "from photo to answer")


def _downloads(picture: Picture, found: Mapping[str, Answer], top: int) -> None:
    tops = {title: answer.top(top) for title, answer in found.items()}
    give = partial(download, key=_KEY)
    with st.container(horizontal=True, gap="small"):
        give("Probabilities of all classes (CSV)", partial(answers_csv, found), "probabilities.csv", "text/csv")
        download("Bars (SVG)", lambda: bars_svg(tops).encode(), "answers.svg", "image/svg+xml", key=f"{_KEY}_svg")
        give(
            "Bars beside the photo (PNG)",
            lambda: png(bars_picture(picture.pixels, tops, top=top)),
            "answers.png",
            "image/png",
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _shown(key: str, _picture: Picture) -> bytes:
    return encode(shrink(_picture.pixels, side=SIDE), lossless=False)
