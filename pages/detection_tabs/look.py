"""How boxes are drawn: the same for photo, gallery and film."""

import streamlit as st

from pages.ui.box_picture import Look
from pages.ui.lesson import has_room


def look_controls() -> Look:
    """Draw the controls of line, fill, labels and dimming."""
    with st.expander("Look", expanded=has_room()):
        dim = st.toggle("Dim the rest", key="detection_dim", bind="query-params", persist_state="session")
        labels = st.toggle("Labels", True, key="detection_labels", bind="query-params", persist_state="session")
        st.toggle("Original beside it", key="detection_beside", bind="query-params", persist_state="session")
        line = st.slider(
            "Line width", 0.5, 6.0, 2.0, 0.5, key="detection_line", bind="query-params", persist_state="session"
        )
        fill = st.slider(
            "Fill", 0.0, 0.8, 0.1, 0.05, key="detection_fill", bind="query-params", persist_state="session"
        )
    return Look(line, fill, dim, labels)
