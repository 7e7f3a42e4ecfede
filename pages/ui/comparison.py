"""Input and output beside one another, or one over the other with a divider: a component of plain JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.drawing import DIVERGING, data_uri, shrink, thicken

SIDE_BY_SIDE, SLIDER = "Side by side", "Slider"
SIDES = {SIDE_BY_SIDE: 720, SLIDER: 1024}
# A picture with fewer pixels than this is enlarged on every screen: keep its pixels square.
SMALL = 400

_ASSETS = Path(__file__).parents[2] / "assets" / "comparison"
_mount = st.components.v2.component(
    "cnn_comparison",
    css=(_ASSETS / "comparison.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "comparison.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Panel:
    """One picture of the pair.

    Attributes:
        label: "Input: …" or "Output: …".
        size: its size in words, for the caption.
        source: `data:` address of the encoded picture.
        alt: what is to be seen, for those who do not see it.
        pixelated: whether to keep enlarged pixels square.
    """

    label: str
    size: str
    source: str
    alt: str
    pixelated: bool


@dataclass(frozen=True)
class Scale:
    """A colour bar: its two ends, its middle, the CSS gradient between them and a note on what was done."""

    low: str
    high: str
    middle: str
    gradient: str
    note: str


def panel(label: str, picture: np.ndarray, *, size: str, alt: str, mode: str) -> Panel:
    """A (H, W, 3) uint8 picture as a panel, encoded without loss at the size it is shown."""
    return Panel(label, size, source(picture, mode=mode), alt, max(picture.shape) < SMALL)


def source(picture: np.ndarray, *, mode: str, lossless: bool = True) -> str:
    """The `data:` address of a picture at the size the mode shows it; a very thin one is drawn thicker."""
    return data_uri(shrink(thicken(picture), side=SIDES[mode]), lossless=lossless)


def diverging_scale(low: str, high: str, note: str) -> Scale:
    """The bar for `cnn_core.drawing.signed_heat`, zero in the middle."""
    return Scale(low, high, "0", f"linear-gradient(to right, {', '.join(DIVERGING)})", note)


def grey_scale(low: str, high: str, note: str) -> Scale:
    """The bar for a picture from black to white."""
    return Scale(low, high, "", "linear-gradient(to right, #000, #fff)", note)


def comparison(
    before: Panel,
    after: Panel,
    *,
    key: str,
    mode: str = SIDE_BY_SIDE,
    scale: Scale | None = None,
    place: tuple[float, float, float, float] = (0, 0, 1, 1),
    on_pick: Callable[[], None],
    pick_hint: str,
) -> Any:
    """Draw the pair.

    Args:
        before: the input.
        after: the output.
        key: the component's key; the clicked spot is in `st.session_state[key].pick`: side, x and y from 0 to 1.
        mode: "Side by side" or "Slider".
        scale: the output's colour bar.
        place: where the output lies over the input: left, top, width, height in parts of the input.
        on_pick: called when a spot is clicked.
        pick_hint: what a click does.
    """
    left, top, width, height = (float(part) for part in place)
    return _mount(
        key=key,
        data={
            "mode": "slider" if mode == SLIDER else "sides",
            "input": dict(vars(before)),
            "output": dict(vars(after)),
            "scale": dict(vars(scale)) if scale else None,
            "place": {"left": left, "top": top, "width": width, "height": height},
            "pick_hint": pick_hint,
        },
        on_pick_change=on_pick,
    )
