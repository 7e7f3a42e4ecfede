"""What the colours of a picture mean."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from cnn_core.drawing import DIVERGING


def draw_legend(entries: Mapping[str, str]) -> None:
    """A row of colours with their names.

    Args:
        entries: name -> "#RRGGBB".
    """
    chips = "".join(
        '<span style="display:inline-flex;align-items:center;gap:.35rem;white-space:nowrap">'
        f'<span style="width:.85rem;height:.85rem;border-radius:3px;background:{colour};'
        f'border:1px solid #0005"></span>{escape(name)}</span>'
        for name, colour in entries.items()
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.25rem .9rem;font-size:.85rem">{chips}</div>')


def colour_bar(low: str, high: str, *, signed: bool, note: str = "") -> None:
    """The scale of a picture of values: from black to white, or blue, white and vermilion with zero in the middle.

    Args:
        low: the value at its left end.
        high: the value at its right end.
        signed: which of the two.
        note: what is shown.
    """
    colours = ", ".join(DIVERGING if signed else ("#000", "#fff"))
    middle = "<span>0</span>" if signed else ""
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:.25rem .9rem;align-items:center;font-size:.85rem">'
        '<div style="width:14rem;max-width:100%">'
        f'<div style="height:.7rem;border-radius:3px;border:1px solid #8885;'
        f'background:linear-gradient(to right, {colours})"></div>'
        '<div style="display:flex;justify-content:space-between;font-variant-numeric:tabular-nums">'
        f"<span>{escape(low)}</span>{middle}<span>{escape(high)}</span></div></div>"
        f"<span>{escape(note)}</span></div>"
    )
