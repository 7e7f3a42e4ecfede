"""Tiles cut from one picture, of which one can be chosen by click or key: `assets/sheet` draws them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from cnn_core.drawing import data_uri
from pages.ui.link import set_controls

_ASSETS = Path(__file__).parents[2] / "assets/sheet"
_mount = st.components.v2.component(
    "cnn_sheet",
    css=(_ASSETS / "sheet.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "sheet.js").read_text(encoding="utf-8"),
)


@st.cache_data(max_entries=64, show_spinner=False)
def sheet_source(key: str, _picture: object) -> str:
    """The picture's `data:` address, encoded once for each key."""
    return data_uri(_picture)  # type: ignore[arg-type]


def channel_sheet(
    source: str,
    channels: Sequence[int],
    captions: Sequence[str],
    *,
    key: str,
    across: int,
    down: int,
    aspect: float,
    chosen: int,
    target: str,
    label: str,
    side: int = 84,
) -> None:
    """Draw the tiles; a click writes the channel's number into a control.

    Args:
        source: the `data:` address of the picture, tile by tile without gaps.
        channels: numbers of the tiles, row by row.
        captions: one for each.
        key: unique key of the component.
        across: tiles in a row of the picture.
        down: rows of tiles in it.
        aspect: a tile's width over its height.
        chosen: the channel that is chosen.
        target: session-state key of the control that holds it.
        label: what the grid is, for screen readers.
        side: of a tile in pixels, where there is room.
    """
    tiles = [
        {"id": channel, "caption": caption, "title": f"Channel {caption}"}
        for channel, caption in zip(channels, captions, strict=True)
    ]
    _mount(
        key=key,
        data={
            "source": source,
            "tiles": tiles,
            "across": across,
            "down": down,
            "aspect": aspect,
            "chosen": chosen,
            "label": label,
            "side": side,
        },
        on_chosen_change=partial(take_channel, key, target, tuple(channels)),
    )


def take_channel(key: str, target: str, channels: Sequence[int]) -> None:
    """Write the channel that the browser sent into the control; anything but one that is shown is ignored."""
    sent = st.session_state[key].get("chosen")
    if isinstance(sent, int) and sent in channels:
        set_controls({target: sent})
