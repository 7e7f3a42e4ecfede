"""Boxes drawn, moved, resized and deleted on a photo: text in a widget, so that a link holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.box_text import MOST_BOXES, boxes_from_text, boxes_to_text
from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO
from cnn_core.errors import InputError
from pages.ui.box_picture import Look, Mark, PhotoSource, mount, nothing, sent, turn_of


def box_editor(
    photo: PhotoSource,
    *,
    key: str,
    alt: str,
    target: str,
    names: Sequence[str],
    colours: Mapping[int, str] | None = None,
    marks: Sequence[Mark] = (),
    look: Look | None = None,
    most: int = MOST_BOXES,
    live: bool = False,
) -> Boxes:
    """Let boxes be drawn, moved, resized, deleted and given a class; gives those that there are.

    The boxes are text (`cnn_core.box_text`) in the text widget `target`, so that a link holds them: draw that widget
    with `bind="query-params"` before or after. What the browser sends is checked here.

    Args:
        photo: of `photo_source`.
        key: unique key of the component.
        alt: what is to be seen.
        target: session_state key of the text widget that holds the boxes.
        names: the class names.
        colours: as in `marks_of`.
        marks: boxes that cannot be changed, drawn below those that can.
        look: how boxes are drawn.
        most: the largest number of boxes.
        live: tell Python while a box is being dragged, about eight times a second, instead of once at the end.

    Raises:
        InputError: the text cannot be read as boxes.
    """
    size = (photo.height, photo.width)
    boxes = boxes_from_text(str(st.session_state.get(target) or ""), names=names, size=size, most=most)
    state: Any = st.session_state.get(key) or {}
    paint = {label: (colours or {}).get(label, OKABE_ITO[label % len(OKABE_ITO)]) for label in range(len(names))}
    mount(
        key=key,
        data={
            "photo": asdict(photo),
            "beside": None,
            "titles": ["", ""],
            "small": False,
            "alt": alt,
            "marks": [asdict(mark) for mark in marks],
            "look": asdict(look or Look()),
            "selected": None,
            "selectable": False,
            "spots": False,
            "columns": [],
            "editor": {
                "boxes": [
                    [*(round(side, 1) for side in corners), int(label)]
                    for corners, label in zip(boxes.corners.tolist(), boxes.labels, strict=True)
                ],
                "names": list(names),
                "colours": [paint[label] for label in range(len(names))],
                "most": most,
                "live": live,
            },
            "turn": turn_of(state),
        },
        on_select_change=nothing,
        on_spot_change=nothing,
        on_edit_change=partial(take_edit, key, target, tuple(names), size, most),
    )
    return boxes


def take_edit(key: str, target: str, names: tuple[str, ...], size: tuple[int, int], most: int) -> None:
    """Write the boxes that the browser sent into `target` as text, if they are boxes; else nothing changes."""
    rows = sent(key, "edit").get("boxes")
    if not isinstance(rows, list) or len(rows) > most or not all(_is_row(row, len(names)) for row in rows):
        return
    corners = np.array([row[:4] for row in rows], np.float64).reshape(-1, 4)
    try:
        boxes = Boxes(corners, [row[4] for row in rows], None, names)
        st.session_state[target] = boxes_to_text(
            boxes_from_text(boxes_to_text(boxes), names=names, size=size, most=most)
        )
    except InputError:
        return


def _is_row(row: Any, classes: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 5
        and all(isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6 for value in row)
        and isinstance(row[4], int)
        and 0 <= row[4] < classes
    )
