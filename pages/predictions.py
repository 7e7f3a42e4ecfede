"""Predictions: what networks see in one's own photo, how their answers are combined, and what goes in."""

import streamlit as st

from pages.predictions_tabs import answers, claims, preprocessing, together, why
from pages.ui.mendable import mendable

VIEWS = {"Answers": answers, "Together": together, "Preprocessing": preprocessing, "Why": why, "Claims": claims}

st.title("Predictions")
st.markdown("What is in the photo? A network answers with a probability for each class that it knows, and no others.")

for tab, view in zip(st.tabs(list(VIEWS), key="predictions_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
