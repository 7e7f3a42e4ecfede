"""Attention: channels weighed, places weighed, and places that look at one another, on the visitor's own photo."""

import streamlit as st

from pages.attention_tabs import cbam, channels, cost, guide, self_attention
from pages.ui.mendable import mendable

VIEWS = {
    "Channels": channels,
    "CBAM": cbam,
    "Self-attention": self_attention,
    "The guide's block": guide,
    "Cost": cost,
}

st.title("Attention")
st.markdown("Not everything counts alike: a network weighs its channels, its places, or what each place tells another.")

for tab, view in zip(st.tabs(list(VIEWS), key="attention_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
