"""What the colours of a picture mean."""

from collections.abc import Mapping
from html import escape

import streamlit as st


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
