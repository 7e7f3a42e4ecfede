"""Set controls from code so that the link follows, also for controls that have not been drawn yet."""

from collections.abc import Mapping
from typing import Any

import streamlit as st


def set_controls(values: Mapping[str, Any]) -> None:
    """In a callback: give widgets, by their keys, new values.

    Streamlit writes a value that code has set into the link only where the widget was drawn before. For the others the
    link is written here; it holds `str(value)`, so a widget that code sets before its first drawing must not rename
    its options.
    """
    for key, value in values.items():
        if key not in st.session_state:
            st.query_params[key] = str(value)
        st.session_state[key] = value
