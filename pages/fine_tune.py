"""Fine-tune: a folder of one's own pictures becomes a trained network, watched live."""

import streamlit as st

from pages.fine_tune_tabs import data, result, runs, take_away, train, try_it
from pages.fine_tune_tabs.chosen import keep_in_link
from pages.ui.mendable import mendable

VIEWS = {
    "Data": data,
    "Train": train,
    "Runs": runs,
    "Result": result,
    "Try it": try_it,
    "Take it away": take_away,
}

st.title("Fine-tune")
st.markdown("Your own pictures, a folder for each class, become a trained network: checked, watched live, taken home.")

with mendable():
    keep_in_link()
for tab, view in zip(st.tabs(list(VIEWS), key="fine_tune_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
