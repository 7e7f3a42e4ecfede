"""Set controls from code so that the link follows, also for controls that have not been drawn yet."""

from collections.abc import Collection, Mapping, Sequence
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


def linked_choice(widget: str, options: Collection[str], *, many: bool = False) -> None:
    """Before a select is drawn whose link is to hold its options' names and not what people call them.

    A name that came in the link since the last drawing wins; else what the session has chosen, also on another page.
    What this page does not offer waits for one that does.

    Args:
        widget: its key; it is drawn without `bind`, and `keep_choice` follows.
        options: what it offers.
        many: whether it is a multiselect, whose names are joined by commas.
    """
    state, linked = st.session_state, st.query_params.get(widget)
    if linked is not None and linked != state.get(f"{widget}_linked"):
        value: Any = linked.split(",") if many else linked
    else:
        now = state.get(widget)
        value = now if now is not None and now != state.get(f"{widget}_drawn") else state.get(f"{widget}_kept", now)
    if value is None:
        return
    if many:
        value = [name for name in value if name in options]
    state[f"{widget}_waits"] = not many and value not in options
    state[f"{widget}_kept"] = value
    if state[f"{widget}_waits"]:
        state.pop(widget, None)
    else:
        state[widget] = value


def keep_choice(widget: str, chosen: str | Sequence[str], *, default: str | Sequence[str]) -> None:
    """Once it is drawn: what is chosen goes into the link, but for the default, and is kept for other pages.

    Args:
        widget: its key.
        chosen: one name, or those of a multiselect.
        default: what is chosen where nothing is said.
    """
    state = st.session_state
    state[f"{widget}_drawn"] = chosen
    if not state.get(f"{widget}_waits"):
        state[f"{widget}_kept"] = chosen
        text = chosen if isinstance(chosen, str) else ",".join(chosen)
        if chosen == default:
            st.query_params.pop(widget, None)
        elif st.query_params.get(widget) != text:
            st.query_params[widget] = text
    state[f"{widget}_linked"] = st.query_params.get(widget)
