"""The pictures of one cell of the confusion matrix, and what in each speaks for the said and for the true class."""

from collections.abc import Sequence

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.results.mistakes import Answered, cell_pictures
from cnn_core.results.predictions import Predictions
from cnn_core.runs.store import RunEntry
from pages.fine_tune_tabs.corrections import draw_correction, own_data_id
from pages.fine_tune_tabs.opened import listing_of
from pages.fine_tune_tabs.photos import draw_photo, heat_pictures
from pages.fine_tune_tabs.words import percent, plain

_FEW = 4
# Placeholders of heat pictures, filled when everything else has been drawn.
_WAITING = "fine_tune_heats"


def draw_cell(entry: RunEntry, predictions: Predictions, *, truth: str, said: str) -> None:
    """Photo, heat for the class that was said, heat for the true class."""
    pictures = cell_pictures(predictions, truth=truth, predicted=said)
    if not pictures:
        st.caption(f"No picture of {plain(truth)} was called {plain(said)}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        count = "1 picture" if len(pictures) == 1 else f"{len(pictures):,} pictures"
        st.markdown(f"**{count}** of {plain(truth)}, called {plain(said)}", width="stretch")
        heat = st.toggle("Grad-CAM", value=True, key="fine_tune_heat", bind="query-params", persist_state="session")
    pages = -(-len(pictures) // _FEW)
    first = 0
    if pages > 1:
        first = _FEW * (int(st.number_input(f"Page of {pages}", 1, pages, 1, key=f"fine_tune_page_{truth}_{said}")) - 1)
    draw_answered(entry, predictions.classes, pictures[first : first + _FEW], heat=heat, key="fine_tune_cell")


def draw_answered(
    entry: RunEntry, classes: tuple[str, ...], pictures: Sequence[Answered], *, heat: bool, key: str
) -> None:
    """Some pictures with what was said about them; their heats are drawn by `fill_heats`."""
    listing = listing_or_none(entry)
    data_id = own_data_id(entry)
    for picture in pictures:
        truth, said = classes[picture.truth], classes[picture.predicted]
        labels = (said,) if picture.right else (said, truth)
        with st.container(border=True):
            columns = st.columns(3, gap="small")
            with columns[0]:
                there = draw_photo(listing, picture.file, alt=f"{picture.file}: {truth}, called {said}")
            places = [column.empty() for column in columns[1 : 1 + len(labels)]] if heat and there else []
            right = "" if picture.right else f", {plain(truth)} {percent(picture.true_probability)}"
            st.caption(f"{plain(picture.file)}: **{plain(said)}** {percent(picture.confidence)}{right}")
            if data_id is not None:
                draw_correction(data_id, picture.file, truth, classes, key=key)
        if places and listing is not None:
            st.session_state.setdefault(_WAITING, []).append((entry, listing, picture.file, labels, places))


def fill_heats() -> None:
    """Draw the heats that `draw_answered` left room for; the first one waits until Keras is there."""
    waiting = st.session_state.pop(_WAITING, [])
    if not waiting:
        return
    try:
        with st.spinner("Asking the network where it looked …"):
            for entry, listing, file, labels, places in waiting:
                pictures = heat_pictures(entry.folder, listing, file, labels)
                for label, encoded, place in zip(labels, pictures, places, strict=True):
                    with place.container():
                        st.image(encoded, alt=f"What speaks for {label} in {file}", width="stretch")
                        st.caption(f"for {plain(label, 30)}")
    except InputError as error:
        st.caption(f":material/info: No Grad-CAM: {plain(str(error), 300)}")


def listing_or_none(entry: RunEntry) -> Listing | None:
    try:
        return listing_of(entry.folder)
    except InputError:
        return None
