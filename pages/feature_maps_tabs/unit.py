"""Tab One unit: which pixels one value can depend on, and on which it does."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.activations.effective_field import INPUTS, SHUFFLED, UnitField, field_figures
from cnn_core.activations.field_pictures import BOX_COLOUR, field_over
from cnn_core.activations.layers import Box, MapLayer
from cnn_core.activations.map_pictures import is_signed
from cnn_core.activations.snippets import unit_code
from cnn_core.channel_pictures import map_limit, map_picture, plane_of, strongest_place
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import npy, png, significant
from pages.feature_maps_tabs.controls import (
    COLUMN,
    LAYER,
    ROW,
    chosen_channel,
    chosen_layer,
    chosen_network,
    chosen_number,
)
from pages.ui.downloads import download
from pages.ui.legend import draw_legend
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.maps_asked import Unit, layers_of, maps_of, seen_photo, unit_of
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import shown
from pages.ui.place_picker import place_picker
from pages.ui.words import plain

KEY = "feature_maps_unit"
OVER, ROOT = "feature_maps_over", "feature_maps_root"
VIEW = {"feature_maps_view": "One unit", "network_name": "starter"}

PRESETS = {
    "A deep unit hardly uses its edges": (
        "Over shuffled photos 95 % of the gradient lies in about half of the box: the rest could count, and hardly "
        "does.",
        {**VIEW, LAYER: "block3_conv1", ROW: 7, COLUMN: 7, OVER: "shuffled"},
    ),
    "A shallow unit sees little": (
        "Behind two convolutions a value depends on a handful of pixels, and on all of them.",
        {**VIEW, LAYER: "block1_conv1", ROW: 30, COLUMN: 30, OVER: "photo"},
    ),
    "The photo decides": (
        "On one photo the heat is uneven: max pooling hands the gradient to its winners alone, and another photo has "
        "other winners.",
        {**VIEW, LAYER: "block2_conv1", ROW: 15, COLUMN: 15, OVER: "photo"},
    ),
}


@dataclass(frozen=True, eq=False)
class _Seen:
    """One unit and what was found out about it."""

    network: LookedAt
    picture: Picture
    layer: MapLayer
    unit: Unit
    found: UnitField
    box: Box
    root: bool

    @property
    def drawn(self) -> npt.NDArray[np.uint8]:
        """Both fields over the photo."""
        return field_over(seen_photo(self.network, self.picture), self.found.heat, self.box, root=self.root)


def draw() -> None:
    """Controls on the left; the map to click in and the fields on the right."""
    try_this(PRESETS, page=KEY)
    left, right = st.columns([1, 2.6], gap="medium")
    with left:
        network = chosen_network()
        layer = chosen_layer(layers_of(network))
        rows, columns, _ = layer.shape
        picture = shared_picture()
        maps = maps_of(network, picture, layer)
        channel = chosen_channel(maps)
        first, second = st.columns(2)
        with first:
            row = chosen_number("Row", rows - 1, key=ROW, first=rows // 2)
        with second:
            column = chosen_number("Column", columns - 1, key=COLUMN, first=columns // 2)
    with right:
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            over, root = _gradient_controls()
            _jump(maps, channel)
        found, box = unit_of(network, picture, layer, (row, column, channel), over=over)
        seen = _Seen(network, picture, layer, (row, column, channel), found, box, root)
        _pictures(seen, maps)
        _words(seen)
        _files(seen)
        _explain(seen, over)


def _gradient_controls() -> tuple[str, bool]:
    """On what the gradient is taken, and whether its root is shown."""
    over = st.segmented_control(
        "Gradient on",
        list(INPUTS),
        default="photo",
        required=True,
        format_func=INPUTS.__getitem__,
        key=OVER,
        bind="query-params",
        width="content",
        help=f"What a unit depends on differs from photo to photo. The mean is over {SHUFFLED} copies of this one "
        "with its pixels in random order, so that no shape is left in it.",
    )
    root = st.toggle("Bring out weak heat (square root)", key=ROOT, bind="query-params")
    return str(over), root


def _jump(maps: npt.NDArray, channel: int) -> None:
    """A button to where the channel is strongest."""
    row, column = strongest_place(plane_of(maps, channel))
    st.button(
        "Go to the strongest unit of this channel",
        icon=":material/my_location:",
        key=f"{KEY}_jump",
        on_click=set_controls,
        args=({ROW: row, COLUMN: column},),
        type="tertiary",
    )


def _pictures(seen: _Seen, maps: npt.NDArray) -> None:
    row, column, channel = seen.unit
    plane = plane_of(maps, channel)
    first, second = st.columns(2, gap="medium")
    with first:
        st.markdown("**The map: click a value**")
        place_picker(
            map_picture(plane, limit=map_limit(maps, [channel]), signed=is_signed(maps)),
            plane,
            key=f"{KEY}_place",
            turn=f"{seen.network.key} {seen.picture.key} {seen.layer.name} {channel}",
            chosen=(row, column),
            row_target=ROW,
            column_target=COLUMN,
            alt=f"Channel {channel} of {seen.layer.name} as a map",
        )
    with second:
        said = f"What the unit at row {row}, column {column} of channel {channel} sees: heat and a box over the photo"
        rows, columns = seen.network.size
        caption = f"{rows} × {columns} pixels, as the network gets the photo"
        draw_picture(shown("What this unit sees", seen.drawn, alt=said, caption=caption), key=f"{KEY}_field")
        draw_legend({"can depend on": BOX_COLOUR, "depends on little": "#F0E442", "depends on much": "#D55E00"})


def _words(seen: _Seen) -> None:
    figures = field_figures(seen.found.heat, seen.box)
    left, top, right, bottom = seen.box
    st.markdown(
        f"Value **{significant(seen.found.value)}** · theoretical field **{bottom - top:,} × {right - left:,}** pixels"
        f", {figures.box_pixels:,} of them in the photo · **{figures.dependent_pixels:,}** have any gradient, and 95 % "
        f"of it lies in **{figures.core_pixels:,}**, as many as in a disc of radius "
        f"{significant(figures.core_radius, 2)}"
    )
    if seen.layer.field is None:
        st.caption("How far this layer reaches is not known or without bound: its box is the whole input.")
    if not figures.dependent_pixels:
        st.info(
            "This unit's gradient is zero: a ReLU at or before it is off here. Choose a unit with a value above 0, or "
            "the mean over shuffled photos.",
            icon=":material/info:",
        )


def _files(seen: _Seen) -> None:
    photo = seen.picture.pixels
    with st.container(horizontal=True, gap="small"):
        download("Picture (PNG)", lambda: png(seen.drawn), "unit.png", "image/png", key=KEY)
        download("Gradient (NPY)", lambda: npy(seen.found.heat), "gradient.npy", "application/octet-stream", key=KEY)
        download("picture.png, which the code reads", lambda: png(photo), "picture.png", "image/png", key=f"{KEY}_code")


def _explain(seen: _Seen, over: str) -> None:
    what_happens(
        f"The value of one unit of {plain(seen.layer.name)} is differentiated by every pixel: heat is how much it "
        "would change if the pixel did. Beyond the box, which follows from kernels and strides alone, it is exactly "
        "zero.",
        r"h_{uv} = \sum_c \left| \frac{\partial a_{ijk}}{\partial x_{uvc}} \right|",
    )
    row, column, channel = seen.unit
    code = unit_code(seen.network.code, layer=seen.layer.name, row=row, column=column, channel=channel, over=over)
    same_in_code({"Python": code}, key=KEY, file="unit")
