"""An editable grid of number cells, such as a kernel, over a text widget that holds the same numbers as CSV."""

from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from cnn_core.grids import split_cells

MAX_SIDE = 11
LONGEST_EDIT = 16_384

_ASSETS = Path(__file__).parents[2] / "assets/matrix"
_mount = st.components.v2.component(
    "cnn_matrix",
    css=(_ASSETS / "matrix.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in ("numbers", "fitting", "colours", "matrix")
    ),
)


def matrix_editor(*, target: str, key: str, label: str, colours: Literal["signed", "grey"] = "signed") -> None:
    """Show the CSV in `st.session_state[target]` as cells; an edit is written back there as typed.

    Text that is not a number is marked in its cell and written back all the same: the page's `parse_grid` says what is
    wrong with it. Pasting a block from a spreadsheet fills the cells from the one it is pasted into.

    Args:
        target: session_state key of the text widget that holds the grid; draw this editor before or after it.
        key: unique key of the component.
        label: what the grid is called, for screen readers.
        colours: "signed" (blue, neutral, vermilion, centred at zero) or "grey".
    """
    text = str(st.session_state.get(target) or "")
    rows = split_cells(text[:LONGEST_EDIT]) or [[""]]
    if len(text) > LONGEST_EDIT or len(rows) > MAX_SIDE or max(map(len, rows)) > MAX_SIDE:
        st.caption(f"The cells can be edited one by one up to {MAX_SIDE} × {MAX_SIDE}.")
        return
    columns = max(map(len, rows))
    cells = [row + [""] * (columns - len(row)) for row in rows]
    _mount(
        key=key,
        data={"cells": cells, "label": label, "colours": colours},
        on_edit_change=partial(take_edit, key, target),
    )


def take_edit(key: str, target: str) -> None:
    """Write the text that the browser sent into the text widget `target`."""
    text = st.session_state[key].get("edit")
    # The browser is not trusted: only short text is taken, and the page reads it with parse_grid.
    if isinstance(text, str) and len(text) <= LONGEST_EDIT:
        st.session_state[target] = text
