"""Where the time goes between a photo and what a network finds in it, as one bar."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from cnn_core.drawing import OKABE_ITO

# In the order in which they happen; each keeps its colour, whichever are there.
PARTS = ("decode", "resize", "inference", "decoding", "post-processing", "drawing")
WORDS = {"decode": "opening the file", "decoding": "raw numbers to the answer", "drawing": "encoding for the browser"}


def draw_time(seconds: Mapping[str, float], way: str) -> None:
    """The parts as a bar, and in words; a part that took no time is left out.

    Args:
        seconds: of each part, as the network's side and the page name it.
        way: what all of them are, e.g. "from file to boxes".
    """
    order = [name for name in PARTS if name in seconds] + [name for name in seconds if name not in PARTS]
    parts = [(name, seconds[name]) for name in order if seconds[name] > 0]
    total = sum(length for _, length in parts)
    if not total:
        return
    pieces, words = [], []
    for number, (name, length) in enumerate(parts):
        colour = OKABE_ITO[(PARTS.index(name) if name in PARTS else number) % len(OKABE_ITO)]
        pieces.append(f'<div style="flex:{length / total:.4f} 0 2px;background:{colour}"></div>')
        words.append(
            f'<span style="white-space:nowrap"><span style="color:{colour}">■</span> '
            f"{escape(WORDS.get(name, name))} {milliseconds(length)}</span>"
        )
    st.html(
        f'<div style="display:flex;height:7px;gap:1px;border-radius:4px;overflow:hidden;margin-bottom:5px">'
        f"{''.join(pieces)}</div>"
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 14px;font-size:0.8rem;opacity:0.85">'
        f"<b>{milliseconds(total)} {escape(way)}</b>{''.join(words)}</div>"
    )


def milliseconds(seconds: float) -> str:
    """A short time in words.

    Example:
        >>> milliseconds(0.0421), milliseconds(0.0004), milliseconds(2.5)
        ('42 ms', '0.4 ms', '2.5 s')
    """
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.00995 else f"{seconds * 1000:.1f} ms"
