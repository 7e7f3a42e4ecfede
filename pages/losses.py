"""Losses: what a network is punished for, in curves, on a mask, on rare things, and in two trainings side by side."""

import streamlit as st

from pages.losses_tabs import curves, focal, imbalance, moved, training
from pages.ui.mendable import mendable

VIEWS = {
    "Curves": curves,
    "A mask you move": moved,
    "Imbalance": imbalance,
    "Two losses, one network": training,
    "Focal loss, right and wrong": focal,
}

st.title("Losses")
st.markdown("One number says how wrong a prediction is, and its slope says to every pixel which way to go.")

for tab, view in zip(st.tabs(list(VIEWS), key="losses_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
