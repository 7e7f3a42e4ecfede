"""Tab Channels: squeeze and excitation. Every channel has one weight, computed from the means of all."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.arithmetic import magnitude
from cnn_core.attention.pictures import map_tile, strength_on
from cnn_core.csv_table import csv_table
from cnn_core.drawing import npy, png, significant
from pages.attention_tabs.channel_weights import KINDS, PREFIX, chosen_weights, slider_key
from pages.attention_tabs.maps_source import Chosen, chosen_maps, controls
from pages.attention_tabs.place_pictures import heat_scale, place_pair
from pages.attention_tabs.source_files import source_files
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.pictures import draw_row, shown

SHOWN = 8
FORMULA = (
    r"\begin{gathered} m_c = \frac{1}{hw} \sum_{i,j} x_{ijc} \\ s = \sigma\big(W_2\,\mathrm{ReLU}(W_1 m + b_1) + "
    r"b_2\big) \\ y_{ijc} = s_c\, x_{ijc} \end{gathered}"
)


def _only(*channels: int) -> dict[str, object]:
    weights = {slider_key(channel): float(channel in channels) for channel in range(SHOWN)}
    return {"attention_maps": "hand", f"{PREFIX}_kind": "hand", **weights}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "What there is much of": (
        "Channels with a large mean come up, the others go down: the block decides per photo, not per place.",
        {f"{PREFIX}_kind": "means", f"{PREFIX}_strength": 2.0},
    ),
    "Only vertical edges": (
        "One weight is 1 and the others 0: what is left of the maps is that one channel, wherever it answers.",
        _only(4),
    ),
    "Untrained": (
        "Before training the weights lie around one half and mean nothing, whichever photo comes.",
        {f"{PREFIX}_kind": "random", f"{PREFIX}_seed": 0},
    ),
}


def draw() -> None:
    """Controls on the left; the maps before and after, and every channel with its weight, on the right."""
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.5], gap="medium")
    with left, controls():
        chosen = chosen_maps()
        values = chosen.maps.values
        means = values.mean(axis=(0, 1))
        order = tuple(int(c) for c in np.argsort(-means, kind="stable")[:SHOWN])
        listed = tuple(range(len(means))) if len(means) <= SHOWN else order
        kind = st.selectbox(
            "Weights", list(KINDS), format_func=KINDS.__getitem__, key=f"{PREFIX}_kind", bind="query-params"
        )
        weights, code = chosen_weights(str(kind), chosen, listed)
    with right:
        _pictures(chosen, weights)
        if kind == "means" and means.min() < 0:
            st.caption("Some means are below 0: ReLU makes 0 of them before they are compared.")
        _tiles(chosen, weights, listed)
        give = partial(download, key=f"{PREFIX}_download")
        with st.container(horizontal=True, gap="small"):
            give("Heat (PNG)", lambda: png(strength_on(chosen.photo, values * weights)), "channels.png", "image/png")
            rows = list(zip(chosen.maps.names, means.tolist(), weights.tolist(), strict=True))
            table = partial(csv_table, ["channel", "mean", "weight"], rows)
            give("Weights (CSV)", table, "weights.csv", "text/csv")
            give("Maps (NPY)", lambda: npy(values * weights), "weighed.npy", "application/x-npy")
        what_happens(
            "Squeeze: each channel becomes its mean over the photo. Excite: two small dense layers make a weight "
            "between 0 and 1 for every channel from all means, and the channel is multiplied by it.",
            FORMULA,
        )
        same_in_code(code, key=PREFIX, file="squeeze_excite")
        source_files(chosen, key=PREFIX)


def _pictures(chosen: Chosen, weights: NDArray[np.float32]) -> None:
    before, after = magnitude(chosen.maps.values), magnitude(chosen.maps.values * weights)
    place_pair(
        chosen,
        strength_on(chosen.photo, chosen.maps.values),
        strength_on(chosen.photo, chosen.maps.values * weights),
        key=f"{PREFIX}_pictures",
        titles=("All channels alike", "Channels weighed"),
        alts=(
            f"Where the maps of {chosen.picture.name} are strong, as heat over the photo",
            "Where they are strong once each channel has been multiplied by its weight",
        ),
        scale=heat_scale(
            significant(float(after.min())),
            significant(float(after.max())),
            f"mean size of the channels; on the left {significant(float(before.min()))} to "
            f"{significant(float(before.max()))}",
        ),
    )


def _tiles(chosen: Chosen, weights: NDArray[np.float32], listed: tuple[int, ...]) -> None:
    values = chosen.maps.values
    st.markdown(
        "**Each channel times its weight**"
        + ("" if len(listed) == values.shape[2] else f": the {len(listed)} of {values.shape[2]} with the largest means")
    )
    pictures = []
    for channel in listed:
        plane = np.abs(values[..., channel])
        name = chosen.maps.names[channel]
        pictures.append(
            shown(
                name.capitalize(),
                # On the scale that the channel had before, so that a small weight is a dark picture.
                map_tile(plane * weights[channel], limit=float(plane.max())),
                alt=f"The channel {name} times its weight",
                caption=f"mean {significant(float(values[..., channel].mean()))}, "
                f"weight **{float(weights[channel]):.2f}**",
            )
        )
    draw_row(pictures, columns=4, key=f"{PREFIX}_tiles")
