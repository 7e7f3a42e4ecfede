"""The mistakes of which the network was most sure: wrong labels are among them."""

import streamlit as st

from cnn_core.results.mistakes import confident_mistakes
from cnn_core.results.predictions import Predictions
from cnn_core.runs.store import RunEntry
from pages.fine_tune_tabs.cell import listing_or_none
from pages.fine_tune_tabs.corrections import draw_correction, own_data_id
from pages.fine_tune_tabs.photos import draw_photo
from pages.ui.words import percent, plain

_COLUMNS = 4
_FEW = 8
_MOST = 48


def draw_mistakes(entry: RunEntry, predictions: Predictions) -> None:
    """Photos in a grid, each with its predicted class and, for one's own data, a choice of its true one."""
    mistakes = confident_mistakes(predictions, count=_MOST)
    if not mistakes:
        st.success("Not one of these pictures was mistaken.", icon=":material/check:")
        return
    data_id = own_data_id(entry)
    more = " A wrong label? Choose the true class, or leave the picture out, and train again." if data_id else ""
    st.caption(f"The surest first.{more}")
    if len(mistakes) > _FEW and not st.toggle(
        f"All {len(mistakes)}" if len(mistakes) < _MOST else f"The first {_MOST}",
        key="fine_tune_all_mistakes",
        bind="query-params",
    ):
        mistakes = mistakes[:_FEW]
    listing, classes = listing_or_none(entry), predictions.classes
    for first in range(0, len(mistakes), _COLUMNS):
        for column, picture in zip(st.columns(_COLUMNS), mistakes[first : first + _COLUMNS], strict=False):
            truth, said = classes[picture.truth], classes[picture.predicted]
            with column:
                draw_photo(listing, picture.file, alt=f"{picture.file}: {truth}, called {said}")
                st.caption(
                    f"{plain(picture.file, 40)}  \ntrue **{plain(truth, 30)}**, predicted **{plain(said, 30)}** "
                    f"{percent(picture.confidence)}"
                )
                draw_correction(data_id, picture.file, truth, classes, key="fine_tune_mistake")
