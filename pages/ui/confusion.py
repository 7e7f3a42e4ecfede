"""A confusion matrix whose cells are buttons: a click tells the page which pictures to show."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.link import set_controls

_ASSETS = Path(__file__).parents[2] / "assets/confusion"
_mount = st.components.v2.component(
    "cnn_confusion",
    css=(_ASSETS / "confusion.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "confusion.js").read_text(encoding="utf-8"),
)


def confusion_table(
    matrix: npt.NDArray[np.int64],
    classes: Sequence[str],
    *,
    key: str,
    chosen: tuple[str, str],
    truth_target: str,
    said_target: str,
    label: str = "Confusion matrix",
) -> None:
    """Show the matrix; a click on a cell writes its two classes into two controls.

    Args:
        matrix: (C, C) pictures, rows true, columns predicted.
        classes: names.
        key: unique key of the component.
        chosen: the cell to mark, true class and predicted class.
        truth_target, said_target: session-state keys of the controls that hold these.
        label: what it is called, for screen readers.
    """
    names = list(classes)
    row, column = (names.index(name) if name in names else -1 for name in chosen)
    _mount(
        key=key,
        data={"counts": matrix.tolist(), "classes": names, "row": row, "column": column, "label": label},
        on_cell_change=partial(take_cell, key, names, truth_target, said_target),
    )


def take_cell(key: str, names: Sequence[str], truth_target: str, said_target: str) -> None:
    """Write the cell that the browser sent into the two controls; anything but two classes is ignored."""
    match st.session_state[key].get("cell"):
        case [int(row), int(column)] if 0 <= row < len(names) and 0 <= column < len(names):
            set_controls({truth_target: names[row], said_target: names[column]})
