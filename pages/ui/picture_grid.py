"""Small pictures with words under them, as many to a row as there is room for, two on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

_GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:12px 14px"
_WORDS = "font-size:.8rem;line-height:1.35;margin-top:3px"


@dataclass(frozen=True)
class Line:
    """One line under a picture.

    Attributes:
        text: plain.
        bold: what follows it in bold, plain.
        end: what follows that, plain.
        right: whether to begin with a tick (True) or a cross (False); None with neither.
        told: what the sign means, for those who point at it.
    """

    text: str = ""
    bold: str = ""
    end: str = ""
    right: bool | None = None
    told: str = ""


@dataclass(frozen=True)
class Cell:
    """A picture and its lines.

    Attributes:
        source: its `data:` address.
        alt: what is to be seen.
        lines: under it.
        sharp: whether enlarged pixels stay square.
    """

    source: str
    alt: str
    lines: tuple[Line, ...]
    sharp: bool = False


def picture_grid(cells: Sequence[Cell], *, side: int = 0) -> None:
    """Draw the cells.

    Args:
        cells: in reading order.
        side: pixels that no picture is higher than; 0 lets each fill its column.
    """
    limit = f"max-width:100%;max-height:{side}px" if side else "width:100%"
    st.html(f'<div style="{_GRID}">{"".join(_cell(cell, limit) for cell in cells)}</div>')


def _cell(cell: Cell, limit: str) -> str:
    pixels = ";image-rendering:pixelated" if cell.sharp else ""
    lines = "".join(_line(line) for line in cell.lines)
    return (
        f'<figure style="margin:0"><img src="{cell.source}" alt="{escape(cell.alt, quote=True)}" '
        f'style="display:block;{limit};border-radius:4px{pixels}">'
        f'<figcaption style="{_WORDS}">{lines}</figcaption></figure>'
    )


def _line(line: Line) -> str:
    sign = ""
    if line.right is not None:
        mark, colour = ("✓", "#009E73") if line.right else ("✗", "#D55E00")
        sign = f'<span style="color:{colour};font-weight:700" title="{escape(line.told, quote=True)}">{mark}</span> '
    bold = f"<b>{escape(line.bold)}</b>" if line.bold else ""
    return f"<div>{sign}{escape(line.text)}{bold}{escape(line.end)}</div>"
