"""The check of explanations in the tab Why: the same map with random weights, from the last layer down."""

from functools import partial

import streamlit as st

from cnn_core.csv_table import csv_table
from cnn_core.drawing import data_uri
from cnn_core.explain.heat import heat_over, map_limit, seen_photo, signed_over
from cnn_core.explain.method_table import METHODS
from cnn_core.explain.randomised import cascade
from cnn_core.explain.similarity import rank_correlation
from pages.predictions_tabs.why_maps import Question, explanation
from pages.predictions_tabs.why_settings import PREFIX
from pages.ui.downloads import download
from pages.ui.mendable import mendable
from pages.ui.progress import ProgressBar
from pages.ui.words import counted, plain

KEY = f"{PREFIX}_sanity"
CHECKED = ("grad_cam", "grad_cam_plus_plus", "integrated_gradients", "smooth_grad")
SIDE = 200
_BESIDE = 5


def draw(question: Question, layers: int) -> None:
    """A switch; behind it a strip of maps with more and more of the network random."""
    on = st.toggle(
        "Check it: make the weights random, from the last layer down",
        key=KEY,
        bind="query-params",
        help="Adebayo et al. 2018, Sanity Checks for Saliency Maps. The network itself is left as it is.",
    )
    if not on:
        return
    with st.container(border=True), mendable():
        _draw_strip(question, layers)


def _draw_strip(question: Question, layers: int) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = st.segmented_control(
            "Map",
            list(CHECKED),
            default="grad_cam",
            required=True,
            format_func=lambda name: METHODS[name].title,
            key=f"{KEY}_method",
            bind="query-params",
            wrap=True,
        )
        stages = st.slider("Stages", 3, 9, 5, key=f"{KEY}_stages", bind="query-params", width=200)
    method = METHODS[str(name)]
    counts = cascade(layers, stages)
    place = st.empty()
    with place.container():
        bar = ProgressBar("Networks")
        st.button("Stop", key=f"{KEY}_stop", icon=":material/stop_circle:", on_click=_stop)
        found = []
        for number, count in enumerate(counts):
            bar.draw(number, len(counts))
            found.append(explanation(question, str(name), question.classes[0], random_layers=count).values)
    place.empty()
    alike = [rank_correlation(found[0], values) for values in found]
    seen = seen_photo(question.network, question.picture.pixels, side=SIDE)
    for first in range(0, len(counts), _BESIDE):
        with st.container(key=f"strip_{KEY}_{first}"):
            cells = st.columns(_BESIDE, gap="small")
        for cell, count, values, rho in zip(cells, counts[first:], found[first:], alike[first:], strict=False):
            over = signed_over if method.signed else heat_over
            picture = over(seen, values, limit=map_limit([values], signed=method.signed))
            words = "as trained" if not count else f"last {counted(count, 'layer', 'layers')} of {layers} random"
            with cell:
                st.image(data_uri(picture, lossless=False), width="stretch", alt=f"{method.title}, {words}")
                st.caption(f"{words}  \nρ = {rho:.2f}")
    label = plain(question.found.classes[question.classes[0]])
    st.caption(
        f"{method.title} for {label}; each map has a scale of its own. ρ is the rank correlation (Spearman) with the "
        "map of the trained network: 1 for the same order of places, about 0 for unrelated maps. A map that stays "
        "alike does not depend on what those layers have learned. Kernels are drawn anew (He), biases are 0, and "
        "batch norm passes on what it gets."
    )
    table = partial(csv_table, ["random_layers", "rank_correlation"], list(zip(counts, alike, strict=True)))
    download("CSV of ρ", table, "sanity.csv", "text/csv", key=KEY)


def _stop() -> None:
    st.session_state[KEY] = False
