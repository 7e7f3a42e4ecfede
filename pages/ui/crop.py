"""Choose a small part of a picture by dragging a rectangle over it."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.drawing import data_uri, shrink

_ASSETS = Path(__file__).parents[2] / "assets" / "crop"
_SENT_SIDE = 640

_component = st.components.v2.component(
    "cnn_playground_crop",
    html=(_ASSETS / "crop.html").read_text("utf-8"),
    css=(_ASSETS / "crop.css").read_text("utf-8"),
    js=(_ASSETS / "crop.js").read_text("utf-8"),
)


def crop_picker(
    picture: NDArray[np.uint8],
    *,
    rows: int,
    columns: int,
    key: str,
    row_target: str,
    column_target: str,
    picture_key: str | None = None,
    side: int = 380,
) -> None:
    """Show the picture with a draggable rectangle; on release its place goes to two session-state keys.

    Args:
        picture: (H, W, 3) uint8.
        rows, columns: size of the rectangle in pixels of the picture, cut to the picture.
        key: of this component.
        row_target, column_target: session-state keys of the number widgets, drawn before, for top row and left column.
        picture_key: changes when the picture does; with it the encoded picture is cached.
        side: longest side on the screen, in CSS pixels.
    """
    height, width = picture.shape[:2]
    rows, columns = min(rows, height), min(columns, width)
    source = _shown(picture) if picture_key is None else _cached(picture_key, picture)
    _component(
        key=key,
        data={
            "source": source,
            "width": width,
            "height": height,
            "rows": rows,
            "columns": columns,
            "row": clamped(st.session_state.get(row_target, 0), height - rows),
            "column": clamped(st.session_state.get(column_target, 0), width - columns),
            "shown": side,
            "alt": f"The picture, {width} by {height} pixels, with a rectangle to choose a part of it",
            "label": f"Part of {rows} by {columns} pixels. Arrow keys move it by one pixel, with Shift by ten.",
        },
        on_position_change=lambda: take_position(key, row_target, column_target),
    )


def clamped(value: int, largest: int) -> int:
    """A place that keeps the rectangle inside the picture."""
    return max(0, min(int(value), largest))


def take_position(key: str, row_target: str, column_target: str) -> None:
    """Write the place that the browser sent to the two targets; anything but two whole numbers is ignored."""
    match st.session_state[key].position:
        case [int(row), int(column)]:
            st.session_state[row_target], st.session_state[column_target] = row, column


def _shown(picture: NDArray[np.uint8]) -> str:
    small = shrink(picture, side=_SENT_SIDE)
    # Few pixels are shown enlarged, where a lossy code would show.
    return data_uri(small, lossless=max(small.shape[:2]) < 400)


@st.cache_data(max_entries=64, show_spinner=False)
def _cached(picture_key: str, _picture: NDArray[np.uint8]) -> str:
    return _shown(_picture)
