"""Pooling: windows of the visitor's own picture become one number each."""

import streamlit as st

from pages.pooling_tabs import global_pooling, photo, shift, steps, winners
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture

VIEWS = {
    "Photo": photo,
    "Step by step": steps,
    "Winners": winners,
    "Global pooling": global_pooling,
    "Shift test": shift,
}

st.title("Pooling")
st.markdown(
    "Each window of the picture becomes one number, its largest or its mean: the picture shrinks, the gist stays."
)

for tab, view in zip(st.tabs(list(VIEWS), key="pooling_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw(shared_picture())
