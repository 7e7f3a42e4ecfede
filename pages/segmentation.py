"""Segmentation: a class for every pixel of one's own photo."""

import streamlit as st

from pages.segmentation_tabs import evaluate, found_masks, inside, train, truth
from pages.ui.mendable import mendable

VIEWS = {
    "Masks": found_masks,
    "Truth": truth,
    "Evaluate": evaluate,
    "Inside U-Net and FCN": inside,
    "Train": train,
}

st.title("Segmentation")
st.markdown("Which class is each pixel? A network answers with a probability for every class, pixel by pixel.")

for tab, view in zip(st.tabs(list(VIEWS), key="segmentation_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
