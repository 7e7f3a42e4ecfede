"""The colour bars of maps over a photo."""

from html import escape

import streamlit as st

from cnn_core.drawing import DIVERGING
from cnn_core.explain.heat import heat_scale


def map_bar(low: str, high: str, *, signed: bool, note: str = "") -> None:
    """The scale of a map.

    Args:
        low: at its left end.
        high: at its right end.
        signed: blue, white for 0 and vermilion; else the colours of heat over a photo of middle grey.
        note: what is measured.
    """
    middle = "<span>0</span>" if signed else ""
    colours = DIVERGING if signed else [f"rgb({red},{green},{blue})" for red, green, blue in heat_scale()]
    st.html(
        f'<div style="height:.6rem;border-radius:3px;border:1px solid #8885;'
        f'background:linear-gradient(to right, {", ".join(colours)})"></div>'
        '<div style="display:flex;justify-content:space-between;font-size:.8rem;font-variant-numeric:tabular-nums">'
        f"<span>{escape(low)}</span>{middle}<span>{escape(high)}</span></div>"
        f'<div style="font-size:.8rem;opacity:.85">{escape(note)}</div>'
    )
