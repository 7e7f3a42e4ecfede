"""Fine-tune: a folder of one's own pictures becomes a trained network, watched live."""

import streamlit as st

from pages.fine_tune_tabs import data, result, runs, take_away, train, try_it
from pages.fine_tune_tabs.opened import VIEW
from pages.ui.class_folders import keep_in_link
from pages.ui.link import set_controls
from pages.ui.mendable import mendable

VIEWS = {
    "Data": data,
    "Train": train,
    "Runs": runs,
    "Result": result,
    "Try it": try_it,
    "Take it away": take_away,
}

_LAST = "fine_tune_last_view"

st.title("Fine-tune")
st.markdown("Your own pictures, a folder for each class, become a trained network: checked, watched live, taken home.")

with mendable():
    keep_in_link()
# Another page takes the tab out of the link, and Streamlit forgets it: who comes back finds it open again.
if _LAST in st.session_state and VIEW not in st.session_state and VIEW not in st.query_params:
    set_controls({VIEW: st.session_state[_LAST]})
for tab, (title, view) in zip(st.tabs(list(VIEWS), key=VIEW, bind="query-params"), VIEWS.items(), strict=True):
    if tab.open:
        st.session_state[_LAST] = title
        with tab, mendable():
            view.draw()
