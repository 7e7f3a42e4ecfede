"""One of a few words beside one another, kept in the link."""

from collections.abc import Mapping

import streamlit as st


def one_of(label: str, titles: Mapping[str, str], *, key: str, default: str, say: str | None = None) -> str:
    """The name that is chosen; one always is.

    Args:
        label: above the words.
        titles: name -> the word for it, which is in the link.
        key: of the widget.
        default: the name that is chosen at first.
        say: what more there is to know, behind the question mark.
    """
    chosen = st.segmented_control(
        label,
        list(titles),
        default=default,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        bind="query-params",
        wrap=True,
        help=say,
    )
    return str(chosen)
