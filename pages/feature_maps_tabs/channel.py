"""The chosen channel close up: its map, the map over the photo, the filter behind it, how its values are spread."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnn_core.activations.filters import ChannelFilter, largest_slices
from cnn_core.activations.layers import MapLayer
from cnn_core.activations.map_pictures import (
    colour_filter,
    filter_slices,
    histogram,
    is_signed,
    large_map,
    over_photo,
)
from cnn_core.channel_pictures import map_limit, plane_of
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import significant
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.maps_asked import Floats, filter_of, seen_photo
from pages.ui.picture import Picture
from pages.ui.pictures import draw, shown
from pages.ui.words import plain

KEY = "feature_maps_channel"
# Slices of a filter that are shown.
_SLICES = 24
# Pixels that a filter of one or two slices is wide.
_SMALL = 240


def draw_channel(network: LookedAt, picture: Picture, layer: MapLayer, maps: Floats, channel: int) -> None:
    """Map and overlay, filter and histogram."""
    plane = plane_of(maps, channel)
    signed, limit = is_signed(maps), map_limit(maps, [channel])
    st.markdown(f"#### Channel {channel}")
    name = f"Channel {channel} of {layer.name}"
    first, second = st.columns(2, gap="medium")
    with first:
        found = large_map(plane, limit=limit, signed=signed)
        caption = f"{plane.shape[0]} × {plane.shape[1]} values, scale to {significant(limit)}"
        draw(shown("Its map", found, alt=f"{name} as a map", caption=caption, exact=True), key="feature_maps_large")
    with second:
        photo = seen_photo(network, picture)
        drawn = over_photo(photo, plane, extent=layer.extent, limit=limit, signed=signed)
        caption = "Each value where the middle of what it sees lies"
        draw(shown("Over the photo", drawn, alt=f"{name} over the photo", caption=caption), key="feature_maps_on_photo")
    first, second = st.columns(2, gap="medium")
    with first:
        _draw_filter(filter_of(network, layer, channel), layer)
    with second:
        _draw_histogram(plane, name)


def _draw_filter(found: ChannelFilter | None, layer: MapLayer) -> None:
    if found is None:
        st.markdown("**Its filter**")
        st.caption(f"{plain(layer.kind)} has none: no single filter is behind its channels.")
        return
    title = "Its filter" if found.layer == layer.name else f"The filter behind it, of {found.layer}"
    rows, columns, channels = found.kernel.shape
    each = f"for each of {channels} input channels" if channels > 1 else f"for input channel {found.first}"
    words = [f"{rows} × {columns} weights {each}", f"bias {significant(found.bias)}"]
    if found.activation != "linear":
        words.append(f"then {found.activation}")
    if channels == 3:
        drawn = np.concatenate([colour_filter(found.kernel), filter_slices(found.kernel, range(3))], axis=1)
        words.insert(0, "In colour, where grey is 0; then red, green and blue by themselves, on a signed scale")
    else:
        slices = largest_slices(found.kernel, _SLICES)
        drawn = filter_slices(found.kernel, slices)
        few = f"the {_SLICES} with the largest weights, " if channels > _SLICES else ""
        if channels > 1:
            words.append(f"shown are {few}input channels {', '.join(str(found.first + one) for one in slices)}")
    note = plain(", ".join(words), 400)
    # A few weights alone would be as large as a photo.
    with st.container(width="stretch" if channels > 2 else _SMALL):
        picture = shown(plain(title), drawn, alt=f"Filter: {', '.join(words)}", caption=note, exact=True)
        draw(picture, key=f"{KEY}_filter")


def _draw_histogram(plane: Floats, name: str) -> None:
    counts, edges = histogram(plane)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    figure.add_bar(
        x=middles.tolist(),
        y=counts.tolist(),
        width=float(edges[1] - edges[0]),
        marker={"color": COLOURS[1], "line": {"width": 0}},
        hovertemplate="%{x:.3g}: %{y} values<extra></extra>",
    )
    figure.update_layout(height=260, margin={"l": 8, "r": 8, "t": 8, "b": 8}, bargap=0, showlegend=False)
    figure.update_xaxes(title="value", fixedrange=True)
    figure.update_yaxes(title="places", fixedrange=True)
    low, high, mean = (significant(float(value)) for value in (plane.min(), plane.max(), plane.mean()))
    share = f"{100 * float((plane > 0).mean()):.0f} % above 0"
    st.markdown("**Its values**")
    words = f"From {low} to {high}, mean {mean}, {share}"
    st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_histogram", alt=f"Histogram of {name}. {words}")
    st.caption(words)
