"""One value of a convolution, written out: sums by input channel, and the window over one of them step by step."""

import numpy as np
import streamlit as st

from cnn_core.activations.layers import MapLayer
from cnn_core.activations.map_pictures import is_signed
from cnn_core.activations.one_value import OneValue
from cnn_core.activations.snippets import value_code
from cnn_core.activations.value_crop import ValueCrop, value_crop
from cnn_core.channel_pictures import map_limit, map_picture, plane_of
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import significant
from pages.feature_maps_tabs.controls import COLUMN, ROW, chosen_number
from pages.ui.lesson import same_in_code
from pages.ui.maps_asked import maps_of, value_of
from pages.ui.picture import Picture
from pages.ui.place_picker import place_picker
from pages.ui.stepper import stepper
from pages.ui.tables import text_table
from pages.ui.words import plain

KEY = "feature_maps_value"
INPUT = "feature_maps_input"
KINDS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
_LISTED = 8
# So many channels fit side by side in the stepper.
_TOGETHER = 3


def draw_value(
    network: LookedAt, picture: Picture, layer: MapLayer, channel: int, layers: tuple[MapLayer, ...]
) -> None:
    """The map to click in, the sum, the table, the stepper."""
    if layer.kind not in KINDS:
        st.caption(f"{plain(layer.kind)} sums no products; click a channel of a convolution for its arithmetic.")
        return
    st.markdown(f"#### One value of {plain(layer.name)}, channel {channel}")
    maps = maps_of(network, picture, layer)
    plane = plane_of(maps, channel)
    rows, columns = plane.shape
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        first, second = st.columns(2)
        with first:
            row = chosen_number("Row", rows - 1, key=ROW, first=rows // 2)
        with second:
            column = chosen_number("Column", columns - 1, key=COLUMN, first=columns // 2)
        place_picker(
            map_picture(plane, limit=map_limit(maps, [channel]), signed=is_signed(maps)),
            plane,
            key=f"{KEY}_place",
            turn=f"{network.key} {picture.key} {layer.name} {channel}",
            chosen=(row, column),
            row_target=ROW,
            column_target=COLUMN,
            alt=f"Channel {channel} of {layer.name} as a map",
        )
    one = value_of(network, picture, layer, (row, column, channel))
    with right:
        _sum(one, separable=layer.kind == "SeparableConv2D")
        _table(one)
    source = next((found for found in layers if found.name == one.source), None)
    if source is not None and source.has_maps:
        _steps(one, maps_of(network, picture, source), (row, column))
    code = value_code(network.code, layer=layer.name, row=row, column=column, channel=channel)
    same_in_code({"Python": code}, key=KEY, file="value")


def _sum(one: OneValue, *, separable: bool) -> None:
    rows, columns, channels = one.patch.shape
    total = float(one.sums.sum())
    st.markdown(
        f"{rows} × {columns} × {channels} = **{one.patch.size:,}** values of {plain(one.source)}, each times its weight"
    )
    st.latex(
        r"\begin{aligned} z &= b + \sum_{c,i,j} w_{ijc}\, x_{ijc} = "
        + f"{significant(one.bias, 4)} + ({significant(total, 4)}) = {significant(one.before, 4)} "
        + r"\\ a &= f(z) = "
        + f"{significant(one.value, 4)} \\end{{aligned}}"
    )
    behind = "no function behind it" if one.activation == "linear" else f"f is {plain(one.activation)}"
    outside = int((~one.inside).sum())
    zeros = f"; {outside} places of the window lie in the padding and count as 0" if outside else ""
    both = ". Its two steps, depthwise and pointwise, are taken together" if separable else ""
    st.caption(f"{behind.capitalize()}{zeros}{both}.")


def _table(one: OneValue) -> None:
    sums = one.sums
    order = np.argsort(-np.abs(sums), kind="stable")
    rows = [
        {"input channel": str(one.first + int(at)), "adds": significant(float(sums[at]), 4)} for at in order[:_LISTED]
    ]
    if len(order) > _LISTED:
        rest = float(sums[order[_LISTED:]].sum())
        rows.append({"input channel": f"{len(order) - _LISTED} others", "adds": significant(rest, 4)})
    rows.append({"input channel": "bias", "adds": significant(one.bias, 4)})
    rows.append({"input channel": "**sum**", "adds": f"**{significant(one.before, 4)}**"})
    text_table(rows)


def _steps(one: OneValue, source: np.ndarray, place: tuple[int, int]) -> None:
    """The Convolution page's stepper on the values around the window."""
    channels = one.patch.shape[2]
    chosen = range(channels)
    if channels > _TOGETHER:
        strongest = int(np.abs(one.sums).argmax())
        at = chosen_number(
            "Step through input channel",
            channels - 1,
            key=INPUT,
            first=strongest,
            help="The one that adds most is shown first. The stepper's sum is what this channel adds, without bias.",
        )
        chosen = range(at, at + 1)
    crop: ValueCrop = value_crop(one, source, place, chosen)
    stepper(
        crop.grid,
        key=f"{KEY}_stepper",
        operation="convolution",
        kernel=crop.kernel,
        bias=one.bias if channels <= _TOGETHER else 0.0,
        stride=one.stride,
        padding=one.padding,
        dilation=one.dilation,
        start=crop.cell,
        channel_names=[f"Channel {one.first + number}" for number in chosen],
    )
    st.caption(
        f"Rows from {crop.corner[0]} and columns from {crop.corner[1]} of {plain(one.source)}; the output is before "
        "the activation. Towards the sides of this part a window may meet padding where the whole map goes on."
    )
