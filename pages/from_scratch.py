"""From scratch: a network learns from random weights, watched from inside."""

import streamlit as st

from pages.from_scratch_tabs import experiments, kernel, several_devices, train, wrong
from pages.ui.mendable import mendable

VIEWS = {
    "Train": train,
    "Experiments": experiments,
    "What is wrong here?": wrong,
    "Learn a kernel": kernel,
    "Several devices": several_devices,
}

st.title("From scratch")
st.markdown("A network begins with random weights and learns from pictures alone. Watch it, from outside and inside.")

for tab, view in zip(st.tabs(list(VIEWS), key="scratch_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
