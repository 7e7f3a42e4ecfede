"""Pictures of places over the photo, encoded once; and the choice of a place by click or by number."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.pictures import HEAT, outlined_place
from cnn_core.drawing import outline
from pages.attention_tabs.maps_source import Chosen
from pages.ui import comparison
from pages.ui.link import set_controls

ROW, COLUMN = "attention_row", "attention_column"
PICTURES = "attention_pictures"


def chosen_place(size: tuple[int, int]) -> tuple[int, int]:
    """Number fields for a place: its row and column. A click in the pictures writes into them."""
    left, right = st.columns(2, gap="small")
    with left:
        row = _number("Row", ROW, size[0])
    with right:
        column = _number("Column", COLUMN, size[1])
    return row, column


def _number(label: str, key: str, count: int) -> int:
    kept = st.session_state.get(key)
    if kept is not None and not 0 <= kept < count:
        # Another photo or fewer places: a value beyond them would be an exception.
        st.session_state[key] = min(max(int(kept), 0), count - 1)
    return int(st.number_input(label, 0, count - 1, count // 2, key=key, bind="query-params", persist_state="session"))


def place_pair(
    chosen: Chosen,
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    *,
    key: str,
    titles: tuple[str, str],
    alts: tuple[str, str],
    scale: comparison.Scale,
    place: tuple[int, int] | None = None,
) -> None:
    """Two pictures of the photo beside one another; where a place is chosen, it is outlined and a click moves it.

    Args:
        chosen: the maps.
        before, after: (H, W, 3) uint8.
        key: of the component.
        titles: above the two.
        alts: what they show, for those who do not see it.
        scale: the colour bar of the second.
        place: row and column to outline.
    """
    rows, columns = chosen.size
    pictures = [before, after]
    if place is not None:
        width = max(2, round(max(before.shape) / 250))
        pictures = [
            outline(one, outlined_place(one, place, chosen.size), colour="#56B4E9", width=width) for one in pictures
        ]
    panels = [
        comparison.Panel(
            title,
            f"{rows} × {columns} places",
            comparison.source(picture, mode=comparison.SIDE_BY_SIDE, lossless=max(picture.shape) < comparison.SMALL),
            alt,
            max(picture.shape) < comparison.SMALL,
        )
        for title, picture, alt in zip(titles, pictures, alts, strict=True)
    ]
    comparison.comparison(
        panels[0],
        panels[1],
        key=key,
        scale=scale,
        on_pick=lambda: _take_place(key, chosen.size),
        pick_hint="Look from this place",
    )


def _take_place(key: str, size: tuple[int, int]) -> None:
    """A click: the place under it is chosen; anything that is no spot is ignored."""
    match st.session_state[key].get("pick"):
        case {"x": int() | float() as x, "y": int() | float() as y} if 0 <= x <= 1 and 0 <= y <= 1:
            row, column = (min(int(part * count), count - 1) for part, count in zip((y, x), size, strict=True))
            set_controls({ROW: row, COLUMN: column})


def heat_scale(low: str, high: str, note: str) -> comparison.Scale:
    """The bar of `cnn_core.attention.pictures.heat_on`."""
    return comparison.Scale(low, high, "", f"linear-gradient(to right, transparent, {', '.join(HEAT)})", note)
