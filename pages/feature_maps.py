"""Feature maps: what each layer of a network makes of the photo, where it comes from, and what one unit sees."""

import streamlit as st

from pages.feature_maps_tabs import flow, maps, unit
from pages.ui.mendable import mendable

VIEWS = {"Maps": maps, "Flow": flow, "One unit": unit}

st.title("Feature maps")
st.markdown("Every layer answers the photo with maps: one for each pattern it looks for, strong where it is found.")

for tab, view in zip(st.tabs(list(VIEWS), key="feature_maps_view", bind="query-params"), VIEWS.values(), strict=True):
    if tab.open:
        with tab, mendable():
            view.draw()
