"""Tab Try it: the network of the open run is asked about the shared picture, or about photos brought here."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from cnn_core.drawing import encode, shrink
from cnn_core.results.answering import VIEWS, Guess, answers
from cnn_core.results.reasons import reasons
from cnn_core.results.trained import trained_network
from cnn_core.runs.store import RunEntry
from pages.fine_tune_tabs.brought import brought_photos
from pages.fine_tune_tabs.opened import code_folder, finished_run
from pages.fine_tune_tabs.photos import HEAT_LEGEND
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import shared_picture
from pages.ui.words import percent, plain

_SIDE = 320
_WHAT = {
    "one": "The photo is stretched",
    "mirrored": "The photo and its mirror image are stretched",
    "ten": "Ten crops, each of seven eighths of the photo's height and width, are stretched",
}

CODE = """from pathlib import Path

from cnn_core.images import open_photo
from cnn_core.results.answering import answers
from cnn_core.results.trained import trained_network

network = trained_network(Path("{run}"))
photo = open_photo(Path("photo.jpg").read_bytes(), name="photo.jpg").pixels
for guess in answers(network, [photo], classes=network.classes, size=network.size, views="{views}")[0]:
    print(f"{{guess.probability:7.2%}}  {{guess.label}}")
"""


def draw() -> None:
    """Photos, answers, and why."""
    entry = finished_run()
    if entry is None:
        return
    st.markdown(f"#### {plain(entry.name)}")
    left, right = st.columns([1, 1], gap="large")
    with left:
        views = st.segmented_control(
            "Asked about",
            list(VIEWS),
            default="one",
            required=True,
            format_func={"one": "The photo", "mirrored": "and its mirror image", "ten": "ten crops"}.__getitem__,
            key="fine_tune_tta",
            bind="query-params",
            persist_state="session",
            help="Test-time augmentation: the probabilities of several views are averaged.",
        )
    with right:
        photos = brought_photos()
    st.caption(f"The network is asked about {VIEWS[views]}.")
    if not photos:
        photos = {shared_picture().name: shared_picture().pixels}
    names = list(photos)
    with st.spinner("Asking the network …"):
        told = _answers(entry, list(photos.values()), views)
    if len(told) == 1:
        _one(entry, names[0], next(iter(photos.values())), told[0])
    else:
        _many(names, list(photos.values()), told)
    what_happens(
        f"{_WHAT[views]} to the network's size, {'go' if views != 'one' else 'goes'} through it, and "
        f"{'come' if views != 'one' else 'comes'} out as a probability for each class. "
        "They sum to 1: a photo of something else gets an answer too.",
        r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}},\qquad \bar p = \frac{1}{V}\sum_{v=1}^{V} p^{(v)}",
    )
    same_in_code({"Python": CODE.format(run=code_folder(entry), views=views)}, key="fine_tune_try")


def _answers(entry: RunEntry, photos: list[npt.NDArray[np.uint8]], views: str) -> tuple[tuple[Guess, ...], ...]:
    network = trained_network(Path(entry.folder))
    return answers(network, photos, classes=network.classes, size=network.size, views=views)


def _one(entry: RunEntry, name: str, photo: npt.NDArray[np.uint8], guesses: tuple[Guess, ...]) -> None:
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.image(encode(shrink(photo, side=2 * _SIDE), lossless=False), alt=name, width="stretch")
        st.caption(plain(name))
    with right:
        st.markdown(f"**{plain(guesses[0].label)}**, {percent(guesses[0].probability)}")
        st.plotly_chart(
            _bars(guesses),
            config=CONFIG,
            key="fine_tune_bars",
            alt="; ".join(f"{guess.label} {percent(guess.probability)}" for guess in guesses),
        )
    if st.toggle("Where it looked (Grad-CAM)", key="fine_tune_why", bind="query-params", persist_state="session"):
        labels = tuple(guess.label for guess in guesses[:2])
        with st.spinner("Asking the network where it looked …"):
            found = reasons(trained_network(Path(entry.folder)), photo, labels)
        st.caption(HEAT_LEGEND)
        for column, reason in zip(st.columns(len(found)), found, strict=True):
            with column:
                st.image(encode(reason.picture, lossless=False), alt=f"What speaks for {reason.label}", width="stretch")
                st.caption(f"What speaks for {plain(reason.label)}")


def _many(names: list[str], photos: list[npt.NDArray[np.uint8]], told: tuple[tuple[Guess, ...], ...]) -> None:
    for first in range(0, len(names), 4):
        for column, number in zip(st.columns(4), range(first, min(first + 4, len(names))), strict=False):
            with column:
                st.image(encode(shrink(photos[number], side=_SIDE), lossless=False), alt=names[number], width="stretch")
                st.caption(plain(names[number], 40))
                for guess in told[number]:
                    st.progress(
                        min(1.0, guess.probability), text=f"{plain(guess.label, 24)} {percent(guess.probability)}"
                    )


def _bars(guesses: tuple[Guess, ...]) -> go.Figure:
    labels = [guess.label for guess in guesses][::-1]
    values = [guess.probability for guess in guesses][::-1]
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=[label if len(label) <= 24 else label[:23] + "…" for label in labels],
        orientation="h",
        marker={"color": [COLOURS[2]] * (len(values) - 1) + [COLOURS[1]]},
        text=[percent(value) for value in values],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_layout(height=60 + 44 * len(values), margin={"l": 8, "r": 48, "t": 8, "b": 8}, showlegend=False)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(fixedrange=True, type="category")
    return figure
