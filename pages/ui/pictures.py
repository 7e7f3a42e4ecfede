"""Pictures made of few, large pixels: encoded once at the size shown, and enlarged by the browser without blurring."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.drawing import data_uri, shrink, thicken

SHOWN_SIDE = 720
# Fewer pixels than this are enlarged on any screen, and then shown as squares.
FEW_PIXELS = 300


@dataclass(frozen=True)
class Shown:
    """A picture ready for the browser.

    Attributes:
        label: what it is.
        caption: its size or what it tells, in words.
        source: `data:` address; Streamlit would turn bytes of WebP into JPEG.
        alt: for those who do not see it.
        sharp: whether to keep enlarged pixels square (the style for it is in `pages/main.py`).
    """

    label: str
    caption: str
    source: str
    alt: str
    sharp: bool


def shown(
    label: str, pixels: NDArray[np.uint8], *, alt: str, caption: str = "", note: str = "", exact: bool = False
) -> Shown:
    """Encode (H, W, 3) uint8, without loss where single pixels can be seen or `exact`; the caption is size and note."""
    height, width = pixels.shape[:2]
    few = max(height, width) <= FEW_PIXELS
    source = data_uri(shrink(thicken(pixels), side=SHOWN_SIDE), lossless=few or exact)
    words = caption or f"{height} × {width}{note}"
    return Shown(label, words, source, f"{alt}, {height} rows by {width} columns", few)


def draw(picture: Shown, *, key: str) -> None:
    """Label, picture, caption."""
    st.markdown(f"**{picture.label}**")
    with st.container(key=f"sharp_{key}" if picture.sharp else key):
        st.image(picture.source, width="stretch", alt=picture.alt)
    st.caption(picture.caption)


def draw_row(pictures: list[Shown], *, columns: int, key: str) -> None:
    """Pictures beside one another, so many to a row."""
    for first in range(0, len(pictures), columns):
        cells = st.columns(columns, gap="small")
        for number, (cell, picture) in enumerate(zip(cells, pictures[first : first + columns], strict=False), first):
            with cell:
                draw(picture, key=f"{key}_{number}")


@dataclass(frozen=True)
class SmallPicture:
    """One of many small pictures.

    Attributes:
        source: its `data:` address.
        caption: below it, one line.
        alt: for those who do not see it.
    """

    source: str
    caption: str
    alt: str


def draw_strip(pictures: Sequence[SmallPicture], *, side: int = 96) -> None:
    """Small pictures side by side, as many to a row as there is room for; single pixels stay squares."""
    tiles = "".join(
        f'<figure style="margin:0;min-width:0"><img src="{escape(one.source)}" alt="{escape(one.alt)}" '
        f'title="{escape(one.alt)}" style="width:100%;border-radius:4px;image-rendering:pixelated;display:block">'
        '<figcaption style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:.75rem;opacity:.85">'
        f"{escape(one.caption)}</figcaption></figure>"
        for one in pictures
    )
    columns = f"repeat(auto-fill,minmax({side}px,1fr))"
    st.html(f'<div style="display:grid;gap:.5rem;grid-template-columns:{columns}">{tiles}</div>')
