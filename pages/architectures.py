"""Architectures: every classic network with its summary at once, side by side, one's own, and a file of one's own."""

import streamlit as st

from pages.architectures_tabs import compare, network, own, upload
from pages.ui.mendable import mendable

VIEWS = {"Networks": network, "Compare": compare, "Build your own": own, "Your file": upload}

st.title("Architectures")
st.markdown("What a network consists of: its layers, what they cost, and what each of them can see of the picture.")

for tab, view in zip(st.tabs(list(VIEWS), key="architectures_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
