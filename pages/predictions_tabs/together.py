"""Tab Together: several networks, or several views of the photo, asked together, and what that changed."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.chart_svg import bars_svg
from cnn_core.classifiers.answer_files import bars_picture, together_csv
from cnn_core.classifiers.answers import same_classes
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.snippets import together_code
from cnn_core.classifiers.together import Together, combined_views, said_of
from cnn_core.drawing import png
from cnn_core.ensembling import METHODS
from cnn_core.photo_views import KINDS, photo_views
from pages.predictions_tabs.asked import asked_networks, top_control
from pages.predictions_tabs.members import draw_members
from pages.predictions_tabs.one_photo import titled
from pages.predictions_tabs.presets import TOGETHER
from pages.ui.answer_bars import draw_bars
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.picture import Picture, shared_picture
from pages.ui.words import counted, percent, plain

MOST_WEIGHT = 5.0
_TITLES = {"flip": "Flips", "crops": "Crops", "scales": "Scales", "rotations": "Rotations"}
_WAYS = {"probabilities": "Mean of probabilities", "logits": "Mean of logits", "vote": "Majority vote"}
_KEY = "predictions_together"

FORMULA = {
    "probabilities": r"\bar p_k = \sum_m w_m\, p^{(m)}_k",
    "logits": r"\bar p_k = \frac{e^{\bar z_k}}{\sum_j e^{\bar z_j}}, \qquad \bar z_k = \sum_m w_m \ln p^{(m)}_k",
    "vote": r"\bar p_k = \sum_m w_m \left[k = \operatorname{arg\,max}_j\, p^{(m)}_j\right]",
}
WHAT = {
    "probabilities": "A member that is unsure changes little; one that is sure counts for more.",
    "logits": "The scores before softmax are averaged: a member that gives a class next to nothing can veto it.",
    "vote": "Each member has one vote, however sure it is; of classes with as many votes the mean decides.",
}


def draw() -> None:
    """Networks, views and the way to combine on the left, the answer of all and every vote on the right."""
    try_this(TOGETHER, page="predictions_together")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        networks = asked_networks()
        kinds = _views()
        method = st.radio(
            "Combined by",
            list(METHODS),
            format_func=_WAYS.__getitem__,
            key="predictions_method",
            bind="query-params",
            persist_state="session",
        )
        weights = _weights(networks)
        top = top_control()
    with right, mendable():
        _answer(networks, kinds, str(method), weights, top)
    what_happens(
        "Each network is asked about the photo and each of its views (test-time augmentation), and all answers become "
        f"one. {WHAT[str(method)]}",
        FORMULA[str(method)],
    )


def _answer(networks: Sequence[LookedAt], kinds: tuple[str, ...], method: str, weights: list[float], top: int) -> None:
    picture = shared_picture()
    if not same_classes(networks):
        told = ", ".join(f"**{plain(network.title)}** knows {len(network.classes):,} classes" for network in networks)
        st.info(
            f"These networks were trained on different classes: {told}. Their answers cannot be averaged. Choose "
            "networks of the same classes, such as two of ImageNet's, or one alone with several views.",
            icon=":material/call_split:",
        )
        return
    if len(networks) == 1 and not kinds:
        st.info(
            "One network and one view: nothing is combined yet. Choose views of the photo on the left, or a second "
            "network with the same classes.",
            icon=":material/join:",
        )
    views = photo_views(picture.pixels, kinds)
    said = _said(tuple(network.key for network in networks), picture.key, kinds, networks, picture)
    both = combined_views(networks, views, said, method=method, weights=weights)
    _before_and_after(both, top)
    draw_members(both, networks)
    give = partial(download, key=_KEY)
    with st.container(horizontal=True, gap="small"):
        give("Every vote and probability (CSV)", partial(together_csv, both), "votes.csv", "text/csv")
        download(
            "Bars (SVG)",
            lambda: bars_svg(_both(both, top)).encode(),
            "together.svg",
            "image/svg+xml",
            key=f"{_KEY}_svg",
        )
        give("Bars before and after (PNG)", lambda: png(_picture(picture, both, top)), "together.png", "image/png")
        give("picture.png, which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")
    same_in_code(together_code(networks, kinds=kinds, method=method, weights=weights), key=_KEY)


def _views() -> tuple[str, ...]:
    chosen = st.pills(
        "Views of the photo",
        list(KINDS),
        selection_mode="multi",
        default=["flip"],
        format_func=_TITLES.__getitem__,
        key="predictions_views",
        wrap=True,
        bind="query-params",
        persist_state="session",
        help="; ".join(f"{_TITLES[kind].lower()}: {words}" for kind, words in KINDS.items()),
    )
    return tuple(kind for kind in KINDS if kind in chosen)


def _weights(networks: Sequence[LookedAt]) -> list[float]:
    if len(networks) == 1:
        return [1.0]
    with st.expander("Weights", expanded=True):
        return [
            st.slider(
                title,
                0.0,
                MOST_WEIGHT,
                1.0,
                0.25,
                key=f"predictions_weight_{number}",
                bind="query-params",
                persist_state="session",
            )
            for number, title in enumerate(titled(networks))
        ]


def _before_and_after(both: Together, top: int) -> None:
    combined = both.combined
    alone, winner = both.alone, combined.winner
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Alone**")
        st.caption(f"{plain(both.members[0].network)} about the photo")
        draw_bars(both.top_alone(top), told="Alone")
    with right:
        st.markdown("**Together**")
        st.caption(f"{counted(len(both.members), 'answer', 'answers')}, {METHODS[combined.method]}")
        draw_bars(both.top(top), told="Together")
    share = float(combined.probabilities[winner])
    agree = f"{both.agreeing} of {counted(len(both.members), 'member', 'members')} would have said so alone"
    if alone == winner:
        before = float(combined.members[0][winner])
        st.markdown(
            f":material/join: Combining leaves the answer: **{plain(both.label(winner))}**, {percent(before)} before, "
            f"{percent(share)} now; {agree}."
        )
    else:
        st.markdown(
            f":material/swap_horiz: Combining changes the answer from **{plain(both.label(alone))}** to "
            f"**{plain(both.label(winner))}**, {percent(share)}; {agree}."
        )


def _picture(picture: Picture, both: Together, top: int) -> np.ndarray:
    return bars_picture(picture.pixels, _both(both, top), top=top)


def _both(both: Together, top: int) -> dict[str, tuple[tuple[str, float], ...]]:
    return {"Alone": both.top_alone(top), "Together": both.top(top)}


@st.cache_resource(max_entries=64, show_spinner="Asking about each view …")
def _said(
    keys: tuple[str, ...], key: str, kinds: tuple[str, ...], _networks: Sequence[LookedAt], _picture: Picture
) -> Mapping[str, np.ndarray]:
    # A resource and not data: what is kept is never written to.
    return said_of(_networks, photo_views(_picture.pixels, kinds))
