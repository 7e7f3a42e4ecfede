"""The pictures of one cell of the confusion matrix, and what in each speaks for its predicted and true class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.results.mistakes import Answered, cell_pictures
from cnn_core.results.predictions import Predictions
from cnn_core.runs.store import RunEntry
from pages.fine_tune_tabs.corrections import draw_correction, own_data_id
from pages.fine_tune_tabs.opened import listing_of
from pages.fine_tune_tabs.photos import HEAT_LEGEND, draw_photo, heat_pictures
from pages.ui.words import percent, plain

_FEW = 4


@dataclass(frozen=True)
class Waiting:
    """Room for the heats of a photo, filled when everything else has been drawn: the first waits for Keras."""

    listing: Listing
    file: str
    labels: tuple[str, ...]
    places: tuple[Any, ...]


def draw_cell(entry: RunEntry, predictions: Predictions, *, truth: str, said: str) -> list[Waiting]:
    """The photos of a cell, each with room for what speaks for the predicted and for the true class."""
    pictures = cell_pictures(predictions, truth=truth, predicted=said)
    if not pictures:
        st.caption(f"No picture of {plain(truth)} was called {plain(said)}.")
        return []
    with st.container(horizontal=True, vertical_alignment="center"):
        count = "1 picture" if len(pictures) == 1 else f"{len(pictures):,} pictures"
        st.markdown(f"**{count}** of {plain(truth)}, called {plain(said)}", width="stretch")
        heat = st.toggle("Grad-CAM", value=True, key="fine_tune_heat", bind="query-params", persist_state="session")
    pages = -(-len(pictures) // _FEW)
    first = 0
    if pages > 1:
        first = _FEW * (int(st.number_input(f"Page of {pages}", 1, pages, 1, key=f"fine_tune_page_{truth}_{said}")) - 1)
    return _draw(entry, predictions.classes, pictures[first : first + _FEW], heat=heat)


def _draw(entry: RunEntry, classes: tuple[str, ...], pictures: Sequence[Answered], *, heat: bool) -> list[Waiting]:
    listing, data_id = listing_or_none(entry), own_data_id(entry)
    waiting = []
    if heat:
        st.caption(HEAT_LEGEND)
    for number, picture in enumerate(pictures):
        truth, said = classes[picture.truth], classes[picture.predicted]
        labels = (said,) if picture.right else (said, truth)
        with st.container(border=True):
            # Side by side on a phone too.
            columns = st.container(key=f"strip_fine_tune_cell_{number}").columns(3, gap="small")
            with columns[0]:
                there = draw_photo(listing, picture.file, alt=f"{picture.file}: {truth}, called {said}")
            if heat and there and listing is not None:
                places = tuple(column.empty() for column in columns[1 : 1 + len(labels)])
                waiting.append(Waiting(listing, picture.file, labels, places))
            right = "" if picture.right else f", true class {plain(truth)} {percent(picture.true_probability)}"
            st.caption(f"{plain(picture.file)}: predicted **{plain(said)}** {percent(picture.confidence)}{right}")
            draw_correction(data_id, picture.file, truth, classes, key="fine_tune_cell")
    return waiting


def fill_heats(entry: RunEntry, waiting: Sequence[Waiting]) -> None:
    """Draw the heats where `draw_cell` left room for them."""
    if not waiting:
        return
    try:
        with st.spinner("Asking the network where it looked …"):
            for one in waiting:
                pictures = heat_pictures(entry.folder, one.listing, one.file, one.labels)
                for label, encoded, place in zip(one.labels, pictures, one.places, strict=True):
                    with place.container():
                        st.image(encoded, alt=f"What speaks for {label} in {one.file}", width="stretch")
                        st.caption(f"for {plain(label, 30)}")
    except InputError as error:
        st.caption(f":material/info: No Grad-CAM: {plain(str(error), 300)}")


def listing_or_none(entry: RunEntry) -> Listing | None:
    """The pictures that the run was trained on; None where their list is gone."""
    try:
        return listing_of(entry.folder)
    except InputError:
        return None
