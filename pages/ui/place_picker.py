"""A map whose values can be pointed at, and one of them chosen: Python draws it, `assets/place` moves about in it."""

from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.drawing import data_uri
from pages.ui.link import set_controls

_ASSETS = Path(__file__).parents[2] / "assets"
_PARTS = ("cells/choosing", "place/place")
_mount = st.components.v2.component(
    "cnn_place",
    css="\n".join((_ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in _PARTS),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS),
)


def place_picker(
    picture: npt.NDArray[np.uint8],
    values: npt.NDArray[np.float32],
    *,
    key: str,
    turn: str,
    chosen: tuple[int, int],
    row_target: str,
    column_target: str,
    alt: str,
) -> None:
    """Show a map; a click on a value writes its place into two controls.

    Args:
        picture: (h, w, 3) uint8, a pixel for each value.
        values: (h, w).
        key: unique key of the component.
        turn: changes when the map does.
        chosen: row and column of the value that is chosen.
        row_target, column_target: session-state keys of the number widgets that hold them.
        alt: what is to be seen.
    """
    rows, columns = values.shape
    _mount(
        key=key,
        data={
            "source": data_uri(picture),
            "values": np.ascontiguousarray(values, np.float32).ravel(),
            "rows": rows,
            "columns": columns,
            "width": columns,
            "height": rows,
            "stride": 1,
            "row": chosen[0],
            "column": chosen[1],
            "turn": turn,
            "alt": alt,
            "label": f"{alt}, {rows} rows and {columns} columns. Arrow keys choose a value, with Shift five further.",
        },
        on_cell_change=partial(take_place, key, row_target, column_target, (rows, columns)),
    )


def take_place(key: str, row_target: str, column_target: str, size: tuple[int, int]) -> None:
    """Write the place that the browser sent into the two controls; anything but a place of the map is ignored."""
    match st.session_state[key].get("cell"):
        case [int(row), int(column)] if 0 <= row < size[0] and 0 <= column < size[1]:
            set_controls({row_target: row, column_target: column})
