"""A grid of small pictures to choose among by click: Python lists them, `assets/tiles` draws them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).parents[2] / "assets/tiles"
_mount = st.components.v2.component(
    "cnn_tiles",
    css=(_ASSETS / "tiles.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "tiles.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """One picture of the grid.

    Attributes:
        id: unique in the grid; what is told when it is chosen, and its name for screen readers.
        source: its `data:` address.
        caption: below it, one line.
        mark: what is special about it, or "".
        out: drawn pale, as something that is not used.
    """

    id: str
    source: str
    caption: str = ""
    mark: str = ""
    out: bool = False


def tile_picker(tiles: Sequence[Tile], *, key: str, label: str, side: int = 112) -> list[str]:
    """Draw the tiles; the ids of those that are chosen, in the order of the tiles.

    Args:
        tiles: what to show.
        key: unique key; `forget_choice(key)` lets go of what is chosen.
        label: what the grid is, for screen readers.
        side: of a picture, in pixels, where there is room.
    """
    turn = st.session_state.get(f"{key}_turn", 0)
    name = f"{key}_{turn}"
    chosen = _chosen(name, tiles)
    _mount(
        key=name,
        data={"tiles": [asdict(tile) for tile in tiles], "label": label, "side": side, "chosen": chosen, "turn": turn},
        on_chosen_change=_nothing,
    )
    return chosen


def forget_choice(key: str) -> None:
    """Nothing is chosen any more; for callbacks, once what was chosen has been dealt with."""
    st.session_state[f"{key}_turn"] = st.session_state.get(f"{key}_turn", 0) + 1


def _chosen(name: str, tiles: Sequence[Tile]) -> list[str]:
    state: Any = st.session_state.get(name) or {}
    sent = state.get("chosen")
    # The browser is not trusted: only pictures that are shown can be chosen.
    wanted = {item for item in sent if isinstance(item, str)} if isinstance(sent, list) else set()
    return [tile.id for tile in tiles if tile.id in wanted]


def _nothing() -> None:
    """State values are read from session_state; the component only wants to know that they exist."""
