"""The layer graph of a network, to zoom, unfold and select in: Python draws it, `assets/network` moves it about."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnn_core.network_pictures.columns import fit_columns, like_columns
from cnn_core.network_pictures.folding import foldable
from cnn_core.network_pictures.graph import lay_out
from cnn_core.network_pictures.graph_picture import draw_layout

if TYPE_CHECKING:
    from cnn_core.summary import LayerRow

# The smallest scale at which a layer's name can be read.
LEGIBLE = 0.8
# What the picture has above the graph: title and legend.
HEAD = 90
FIRST_ROOM = (1000, 640)

_ASSETS = Path(__file__).parents[2] / "assets/network"
_mount = st.components.v2.component(
    "cnn_network_graph",
    css=(_ASSETS / "network.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in ("view", "facts", "network")),
)


@st.fragment
def network_graph(
    rows: Sequence["LayerRow"],
    *,
    key: str,
    selected: str | None,
    target: str,
    title: str = "Network",
    height: int = 640,
) -> None:
    """Show the layers as a graph; a click on one writes its name into `st.session_state[target]` and reruns the page.

    Folding, zooming and moving rerun this graph alone.

    Args:
        rows: of a `Summary`.
        key: unique key of the component.
        selected: the layer to highlight.
        target: session_state key that takes the name of the layer that is clicked; a widget's or any other.
        title: the network's name.
        height: of the window in pixels.
    """
    if st.session_state.pop(f"{key}_chosen", False):
        st.rerun()
    state: Any = st.session_state.get(key) or {}
    blocks = foldable(rows)
    asked = state.get("unfolded")
    # The browser is not trusted: only blocks that exist are unfolded.
    unfolded = [block for block in blocks if isinstance(asked, list) and block in asked]
    view = _view(state.get("view"), height)
    room = {"width": view["width"], "height": view["height"] - HEAD}
    folded = fit_columns(lay_out(rows), **room, least_scale=LEGIBLE)
    layout = like_columns(lay_out(rows, unfolded=unfolded), folded) if unfolded else folded
    _mount(
        key=key,
        data={
            "svg": draw_layout(layout, rows, title=title, selected=selected, dark=view["dark"]),
            "name": title,
            "file": re.sub(r"[^\w-]+", "_", title) or "network",
            "label": f"Layer graph of {title}",
            "blocks": list(blocks),
            "unfolded": unfolded,
            "view": view,
            "height": height,
        },
        on_select_change=partial(take_selection, key, target, {row.name for row in rows}),
        on_unfolded_change=_nothing,
        on_view_change=_nothing,
    )


def take_selection(key: str, target: str, names: set[str]) -> None:
    """Write the name that the browser sent into `target`, if it is a layer's."""
    name = st.session_state[key].get("select")
    if name in names:
        st.session_state[target] = name
        st.session_state[f"{key}_chosen"] = True


def _nothing() -> None:
    """State values are read from session_state; the component only wants to know that they exist."""


def _view(reported: Any, height: int) -> dict[str, Any]:
    """Width, height and theme that the browser reported, else a guess."""
    guess = {"width": FIRST_ROOM[0], "height": height, "dark": st.context.theme.type == "dark"}
    if not isinstance(reported, dict):
        return guess
    for side in ("width", "height"):
        if isinstance(reported.get(side), int | float) and 100 <= reported[side] <= 8000:
            guess[side] = int(reported[side])
    if isinstance(reported.get("dark"), bool):
        guess["dark"] = reported["dark"]
    return guess
