"""The most probable classes as bars: plain HTML, for a chart of five bars would weigh more than the network."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from cnn_core.drawing import OKABE_ITO
from pages.ui.words import percent

_FIRST, _OTHER = OKABE_ITO[4], "#8893A2"


def draw_bars(top: Sequence[tuple[str, float]], *, told: str = "") -> None:
    """Draw classes with their probabilities, the first one in colour.

    Args:
        top: (name, probability in [0, 1]) in the order of the bars.
        told: whose answer it is, for screen readers.
    """
    rows = "".join(_row(name, value, _OTHER if number else _FIRST) for number, (name, value) in enumerate(top))
    label = f"{told}: {spoken(top)}" if told else spoken(top)
    st.html(f'<div role="img" aria-label="{escape(label, quote=True)}">{rows}</div>')


def spoken(top: Sequence[tuple[str, float]]) -> str:
    """The bars in words.

    Example:
        >>> spoken([("cat", 0.75), ("dog", 0.25)])
        'cat 75.0 %; dog 25.0 %'
    """
    return "; ".join(f"{name} {percent(value)}" for name, value in top)


def _row(name: str, value: float, colour: str) -> str:
    return (
        '<div style="margin-bottom:7px"><div style="display:flex;gap:8px;font-size:.9rem;line-height:1.35">'
        '<span style="flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap" '
        f'title="{escape(name, quote=True)}">{escape(name)}</span>'
        f'<span style="font-variant-numeric:tabular-nums">{escape(percent(value))}</span></div>'
        '<div style="height:9px;border-radius:4px;background:rgba(128,128,128,.2)">'
        f'<div style="height:100%;width:{100 * min(max(value, 0), 1):.2f}%;border-radius:4px;background:{colour}">'
        "</div></div></div>"
    )
