"""A photo with boxes to point at, select and zoom into: Python lists the boxes, `assets/boxes` draws them.

Coordinates are pixels of the photo; the browser scales them. `box_editor` lets boxes be drawn.
"""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO, data_uri, jpeg, shrink

SHOWN_SIDE = 1024
# A picture with fewer pixels than this is enlarged on every screen: keep its pixels square.
SMALL = 400

_ASSETS = Path(__file__).parents[2] / "assets/boxes"
_STATES = ("select", "spot", "edit")
_SCRIPTS = ("elements", "view", "captions", "marks", "rows", "editing", "boxes")
mount = st.components.v2.component(
    "cnn_boxes",
    css=(_ASSETS / "boxes.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class PhotoSource:
    """A photo ready for the browser.

    Attributes:
        source: its `data:` address.
        height, width: in pixels of the photo, which boxes are in.
        sharp: whether to keep enlarged pixels square.
        seconds: how long it took to encode.
    """

    source: str
    height: int
    width: int
    sharp: bool
    seconds: float = 0.0


@dataclass(frozen=True)
class Mark:
    """One box over the photo.

    Attributes:
        corners: `x_min, y_min, x_max, y_max` in pixels of the photo.
        colour: "#RRGGBB".
        caption: its label.
        dashed: drawn with a dashed line, as ground truth is.
        faint: drawn pale.
        strong: drawn with a line twice as wide, above the others.
        crossed: drawn with its diagonals, as a box that is being suppressed.
        cells: its row of the table.
        group: what the legend counts it as; "" leaves it out of the legend.
    """

    corners: tuple[float, float, float, float]
    colour: str
    caption: str = ""
    dashed: bool = False
    faint: bool = False
    strong: bool = False
    crossed: bool = False
    cells: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Look:
    """How boxes are drawn: line width in pixels of the screen, opacity of the fill, the rest dimmed, labels shown."""

    line: float = 2.0
    fill: float = 0.1
    dim: bool = False
    labels: bool = True


def photo_source(key: str, pixels: NDArray[np.uint8], *, side: int = SHOWN_SIDE) -> PhotoSource:
    """(H, W, 3) uint8, encoded once at the size shown.

    Args:
        key: what tells it from other photos, such as `Picture.key`.
        pixels: the photo.
        side: pixels of the longer side, where it has more.
    """
    return _photo_source(key, side, pixels)


def marks_of(
    boxes: Boxes, *, colours: Mapping[int, str] | None = None, scores: bool = True, dashed: bool = False
) -> list[Mark]:
    """A mark for each box, with class and score as its caption.

    Args:
        boxes: of the photo.
        colours: colour of each label; None takes Okabe and Ito's in turn.
        scores: whether the caption tells the score.
        dashed: as in `Mark`.
    """
    return [
        Mark(
            (corners[0], corners[1], corners[2], corners[3]),
            (colours or {}).get(int(label), OKABE_ITO[int(label) % len(OKABE_ITO)]),
            boxes.names[label] + (f" {score:.2f}" if scores else ""),
            dashed=dashed,
            group=boxes.names[label],
        )
        for corners, label, score in zip(boxes.corners.tolist(), boxes.labels, boxes.scores.tolist(), strict=True)
    ]


def box_picture(
    photo: PhotoSource,
    marks: Sequence[Mark],
    *,
    key: str,
    alt: str,
    look: Look | None = None,
    selected: int | None = None,
    target: str = "",
    spot_target: str = "",
    columns: Sequence[str] = (),
    beside: PhotoSource | None = None,
    titles: tuple[str, str] = ("", ""),
    small: bool = False,
) -> None:
    """Show the photo with its boxes. Pointing at a box, or at its row, isolates it; a click selects it.

    Args:
        photo: of `photo_source`.
        marks: the boxes, the most important first: their labels get the room.
        key: unique key of the component.
        alt: what is to be seen, for those who do not see it.
        look: how boxes are drawn.
        selected: place of the box to highlight.
        target: session_state key that takes the place of the box that is clicked, or None.
        spot_target: session_state key that takes `(x, y)` of a click beside all boxes, in pixels of the photo.
        columns: header of the table below or beside the photo, whose rows are the marks' `cells`; none, no table.
        beside: the photo as it was, to be shown beside it and to move with it.
        titles: above the two, the photo as it was first.
        small: one of many: without the buttons for zooming and without the legend.
    """
    state: Any = st.session_state.get(key) or {}
    mount(
        key=key,
        data={
            "photo": asdict(photo),
            "beside": asdict(beside) if beside else None,
            "titles": list(titles),
            "small": small,
            "alt": alt,
            "marks": [asdict(mark) for mark in marks],
            "look": asdict(look or Look()),
            "selected": selected,
            "selectable": bool(target),
            "spots": bool(spot_target),
            "columns": list(columns),
            "editor": None,
            "turn": turn_of(state),
        },
        on_select_change=partial(take_selection, key, target, len(marks)),
        on_spot_change=partial(take_spot, key, spot_target, (photo.height, photo.width)),
        on_edit_change=nothing,
    )


def take_selection(key: str, target: str, count: int) -> None:
    """Write the place that the browser sent into `target`, if there is such a box; anything else selects none."""
    place = sent(key, "select").get("place")
    if target:
        known = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < count
        st.session_state[target] = place if known else None


def take_spot(key: str, target: str, size: tuple[int, int]) -> None:
    """Write the point that the browser sent into `target`, if it lies in the photo."""
    match sent(key, "spot"):
        case {"x": int() | float() as x, "y": int() | float() as y} if 0 <= x < size[1] and 0 <= y < size[0]:
            if target:
                st.session_state[target] = (float(x), float(y))


def sent(key: str, name: str) -> dict[str, Any]:
    """What the browser sent under a name; empty where it is no record."""
    value = (st.session_state.get(key) or {}).get(name)
    return value if isinstance(value, dict) else {}


def turn_of(state: Any) -> int:
    """The number of the browser's last message, given back so that it knows which answer this is."""
    turns = [value.get("turn") for name in _STATES if isinstance(value := state.get(name), dict)]
    return max((turn for turn in turns if isinstance(turn, int)), default=0)


def nothing() -> None:
    """State values are read from session_state; the component only wants to know that they exist."""


@st.cache_data(max_entries=128, show_spinner=False)
def _photo_source(key: str, side: int, _pixels: NDArray[np.uint8]) -> PhotoSource:
    begun = time.perf_counter()
    height, width = _pixels.shape[:2]
    small = max(height, width) < SMALL
    shown = shrink(_pixels, side=side)
    return PhotoSource(
        data_uri(shown) if small else _jpeg_uri(shown), height, width, small, time.perf_counter() - begun
    )


def _jpeg_uri(pixels: NDArray[np.uint8]) -> str:
    """The fastest code: a photo that was just brought waits for it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(pixels)).decode("ascii")
