"""Layers from left to right with lines by weight between their channels: `assets/flow` draws them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.activations.flow import Flow
from cnn_core.activations.layers import MapLayer
from cnn_core.channel_pictures import channel_grid
from cnn_core.drawing import data_uri
from pages.ui.link import set_controls

_TILE = 72
_ASSETS = Path(__file__).parents[2] / "assets/flow"
_mount = st.components.v2.component(
    "cnn_flow",
    css=(_ASSETS / "flow.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "flow.js").read_text(encoding="utf-8"),
)


def flow_view(
    flow: Flow,
    layers: Mapping[str, MapLayer],
    *,
    key: str,
    turn: str,
    chosen: tuple[str, int] | None,
    layer_target: str,
    channel_target: str,
    names: Mapping[str, tuple[str, ...]],
) -> None:
    """Draw the flow; a click on a channel writes its layer and number into two controls.

    Args:
        flow: what is drawn.
        layers: its layers by name.
        key: unique key of the component.
        turn: changes when the flow does; what is sent is made once for each.
        chosen: the layer and channel that are chosen.
        layer_target, channel_target: session-state keys of the controls that hold them.
        names: what the units of a layer are called, where they are not numbered.
    """
    columns, links = _prepared(turn, flow, layers, names)
    at = None
    for number, column in enumerate(flow.columns):
        if chosen is not None and chosen[0] == column.layer and chosen[1] in column.channels:
            at = [number, column.channels.index(chosen[1])]
    _mount(
        key=key,
        data={
            "columns": columns,
            "links": links,
            "chosen": at,
            "turn": turn,
            "label": "Layers from left to right with some of their channels. Arrow keys move, Enter chooses.",
        },
        on_chosen_change=partial(
            take_channel, key, {column.layer: column.channels for column in flow.columns}, layer_target, channel_target
        ),
    )


def take_channel(key: str, shown: Mapping[str, tuple[int, ...]], layer_target: str, channel_target: str) -> None:
    """Write the channel that the browser sent into the two controls; anything but one that is shown is ignored."""
    match st.session_state[key].get("chosen"):
        case [str(layer), int(channel)] if channel in shown.get(layer, ()):
            set_controls({layer_target: layer, channel_target: channel})


@st.cache_data(max_entries=48, show_spinner=False)
def _prepared(
    turn: str, _flow: Flow, _layers: Mapping[str, MapLayer], _names: Mapping[str, tuple[str, ...]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    columns = []
    for column in _flow.columns:
        layer, planes = _layers[column.layer], column.planes
        signed = bool(planes.min() < 0)
        picture = channel_grid(
            planes, range(planes.shape[2]), limit=column.limit, columns=1, side=_TILE, signed=signed, gap=0
        )
        own = _names.get(column.layer, ())
        columns.append(
            {
                "layer": column.layer,
                "title": column.layer.rpartition("/")[2],
                "kind": layer.kind,
                "shape": " × ".join(str(side) for side in layer.shape),
                "channels": list(column.channels),
                "names": [own[one] if one < len(own) else str(one) for one in column.channels],
                "means": [float(mean) for mean in column.means],
                "aspect": planes.shape[1] / planes.shape[0],
                "source": data_uri(picture),
            }
        )
    links = [
        {
            "source": list(link.source),
            "target": list(link.target),
            "weight": link.weight,
            "share": link.share,
            "passed": _passes(_layers[_flow.columns[link.target[0]].layer]),
        }
        for link in _flow.links
    ]
    return columns, links


def _passes(layer: MapLayer) -> bool:
    """Whether a layer passes its channels on, without weights of its own between them."""
    return not ("Conv" in layer.kind or layer.kind == "Dense")
