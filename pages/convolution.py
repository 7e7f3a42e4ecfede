"""Convolution: one kernel on the visitor's own picture, cell by cell, shifted, and in a chain of layers."""

import streamlit as st

from pages.convolution_tabs import chain, photo, steps, translation
from pages.ui.mendable import mendable

VIEWS = {"Photo": photo, "Step by step": steps, "Translation": translation, "Chain": chain}

st.title("Convolution")
st.markdown("A small grid of weights slides over the picture; at each place the products are summed into one number.")

for tab, view in zip(st.tabs(list(VIEWS), key="convolution_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
