"""Where each maximum came from, and where the gradient goes back to."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.drawing import significant, to_uint8
from cnn_core.pooling import pool, pool_argmax, pool_gradient
from cnn_core.pooling_pictures import gradient_heat, mark_winners
from cnn_core.pooling_snippets import Crop, Window, gradient, picture_source
from pages.pooling_tabs.controls import (
    CHANNELS,
    TITLES,
    channel_control,
    crop_numbers,
    crop_rectangle,
    picture_download,
    window_controls,
)
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.pictures import Shown, draw_row, shown
from pages.ui.pictures import draw as draw_picture

PREFIX = "pooling_winners"
LARGEST = 48

FORMULA = (
    r"\begin{gathered} \text{max: } \frac{\partial y}{\partial x} = \begin{cases} 1 & x \text{ is the winner} \\ "
    r"0 & \text{otherwise} \end{cases} \\[6pt] \text{average: } \frac{\partial y}{\partial x} = \frac{1}{n} \qquad "
    r"\text{L2: } \frac{\partial y}{\partial x} = \frac{x}{y} \end{gathered}"
)


def _preset(size: int, stride: int | None, side: int, mode: str) -> dict[str, object]:
    names = {"size": size, "stride": stride, "side": side, "mode": mode, "padding": "valid"}
    return {f"{PREFIX}_{name}": value for name, value in names.items()}


PRESETS = {
    "One of four": (
        "2 × 2 windows: three of four pixels learn nothing from this picture.",
        _preset(2, None, 16, "max"),
    ),
    "Winners take all": (
        "3 × 3 windows with stride 1: a bright pixel wins up to nine windows, and gets nine gradients.",
        _preset(3, 1, 16, "max"),
    ),
    "The darkest": ("Min pooling: the rings move to the dark side of every edge.", _preset(4, None, 16, "min")),
}


@dataclass(frozen=True)
class Traced:
    """The pictures of this tab, and in words how many pixels received how much."""

    forward: list[Shown]
    backward: list[Shown]
    limit: float


def draw(picture: Picture) -> None:
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        mode = st.segmented_control(
            "Winner",
            ("max", "min"),
            default="max",
            required=True,
            format_func={"max": "The largest", "min": "The smallest"}.__getitem__,
            key=f"{PREFIX}_mode",
            bind="query-params",
        )
        channel = channel_control(PREFIX)
    window = window_controls(PREFIX, largest=LARGEST)
    row, column, side = crop_numbers(PREFIX, picture, sides=(4, LARGEST), side=16)
    crop = Crop(row, column, side, CHANNELS[channel])
    cells = st.columns([6, 5, 5], gap="medium")
    with cells[0]:
        st.markdown("**Choose a part of the picture**")
        crop_rectangle(PREFIX, picture, side)
    traced = _traced(picture.key, picture, crop, window, mode)
    for number, (cell, item) in enumerate(zip(cells[1:], traced.forward, strict=True)):
        with cell:
            draw_picture(item, key=f"{PREFIX}_forward_{number}")
    st.subheader("Where the gradient goes back to")
    st.caption(
        "Each output cell sends back a gradient of 1. White pixels receive nothing, the darkest "
        f"{significant(traced.limit)}: one scale for all three pictures."
    )
    draw_row(traced.backward, columns=3, key=f"{PREFIX}_backward")
    what_happens(
        "Max pooling remembers which pixel of each window was the largest. In training the gradient goes back to that "
        "pixel alone; average pooling shares it among the n pixels of the window that lie inside.",
        FORMULA,
    )
    same_in_code(gradient(picture_source(crop), mode=mode, window=window), key=PREFIX)
    picture_download(picture, key=f"{PREFIX}_file")


@st.cache_data(max_entries=64, show_spinner=False)
def _traced(key: str, _picture: Picture, crop: Crop, window: Window, mode: str) -> Traced:
    rows, columns = slice(crop.row, crop.row + crop.side), slice(crop.column, crop.column + crop.side)
    plane = _picture.image[rows, columns, crop.channel, None]
    size, stride, padding = window.size, window.stride, window.padding
    output = pool(plane, mode=mode, size=size, stride=stride, padding=padding)
    positions = pool_argmax(plane, mode=mode, size=size, stride=stride, padding=padding)[:, :, 0]
    winners = len(np.unique(positions.reshape(-1, 2), axis=0))
    marked = mark_winners(plane[..., 0], positions, size=size, stride=window.step)
    gradients = {
        other: pool_gradient(plane, mode=other, size=size, stride=stride, padding=padding)
        for other in (mode, "average", "l2")
    }
    limit = max(float(values.max()) for values in gradients.values())
    marks = f"{winners} of {plane.size} pixels won {output.size} windows"
    return Traced(
        [
            shown(
                f"The {'largest' if mode == 'max' else 'smallest'} of each window",
                marked,
                alt=f"The crop, with a dot on each winner: {marks}",
                caption=marks,
            ),
            shown(f"Output: {TITLES[mode]}", to_uint8(output), alt=f"{TITLES[mode]} pooling of the crop"),
        ],
        [_heat(other, values, limit) for other, values in gradients.items()],
        limit,
    )


def _heat(mode: str, values: np.ndarray, limit: float) -> Shown:
    reached = int((values > 0).sum())
    words = f"{reached} of {values.size} pixels, at most {significant(float(values.max()))} each"
    if mode != "l2":
        words += f", {significant(float(values.sum()))} in all"
    heat = gradient_heat(values, limit=limit)
    return shown(TITLES[mode], heat, alt=f"Gradient of {TITLES[mode].lower()} pooling: {words}", caption=words)
