"""A detector's grid over its input, coloured by objectness: point at a cell to see its box, click to choose it."""

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.detection.candidates import GridHead
from cnn_core.detection.cell_formula import head_boxes
from cnn_core.detection.heat import STOPS, heat
from cnn_core.drawing import data_uri, shrink, to_uint8
from cnn_core.grid_decoding import objectness
from cnn_core.letterbox import Letterboxed
from pages.ui.link import set_controls

_SHOWN_SIDE = 720
_ASSETS = Path(__file__).parents[2] / "assets"
_PARTS = ("cells/choosing", "cells/cells")
_mount = st.components.v2.component(
    "cnn_cells",
    css="\n".join((_ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in _PARTS),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS),
)


def cell_grid(
    head: GridHead,
    framed: Letterboxed,
    *,
    key: str,
    picture_key: str,
    chosen: tuple[int, int],
    classes: tuple[str, ...],
    row_target: str,
    column_target: str,
) -> None:
    """Show the network's input under the grid of a head; a click writes the cell's place into two controls.

    Args:
        head: the grid.
        framed: the network's input.
        key: unique key of the component.
        picture_key: changes when the input or the head does; what is sent is cached by it.
        chosen: row and column of the cell that is chosen.
        classes: the class names.
        row_target, column_target: session-state keys of the number widgets that hold the place.
    """
    rows, columns = head.raw.shape[:2]
    height, width = framed.image.shape[:2]
    source, heat_source, numbers = _prepared(picture_key, head, framed)
    _mount(
        key=key,
        data={
            "source": source,
            "heat": heat_source,
            "numbers": numbers,
            "scale": list(STOPS),
            "width": width,
            "height": height,
            "rows": rows,
            "columns": columns,
            "stride": head.stride,
            "row": chosen[0],
            "column": chosen[1],
            "classes": list(classes),
            "turn": picture_key,
            "alt": f"The network's input, {width} by {height} pixels, tinted by the objectness of each cell",
            "label": f"{rows} rows and {columns} columns of cells. Arrow keys choose one, with Shift five further.",
        },
        on_cell_change=partial(take_cell, key, row_target, column_target, (rows, columns)),
    )


def take_cell(key: str, row_target: str, column_target: str, size: tuple[int, int]) -> None:
    """Write the cell that the browser sent into the two controls; anything but a cell of the grid is ignored."""
    match st.session_state[key].get("cell"):
        case [int(row), int(column)] if 0 <= row < size[0] and 0 <= column < size[1]:
            set_controls({row_target: row, column_target: column})


@st.cache_data(max_entries=32, show_spinner=False)
def _prepared(picture_key: str, _head: GridHead, _framed: Letterboxed) -> tuple[str, str, np.ndarray]:
    """The input and the heat as `data:` addresses, and seven numbers of each cell: box, objectness, score, class."""
    picture = shrink(to_uint8(_framed.image), side=_SHOWN_SIDE)
    corners, scores, labels = head_boxes(_head)
    sure = objectness(_head.raw, probabilities=_head.probabilities)
    numbers = np.concatenate([corners, np.stack([sure, scores, labels], axis=-1)], axis=-1).astype(np.float32)
    return data_uri(picture, lossless=max(picture.shape) < 300), data_uri(heat(sure)), numbers.ravel()
