"""Pooling a small grid window by window, in the browser."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.grids import COUNT_4X4, parse_grid
from cnn_core.pooling_snippets import Crop, Window, gradient, grid_source, picture_source, pooling
from pages.pooling_tabs.controls import (
    CHANNELS,
    channel_control,
    crop_numbers,
    crop_rectangle,
    mode_control,
    picture_download,
    window_controls,
)
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.matrix import matrix_editor
from pages.ui.picture import Picture
from pages.ui.stepper import stepper

PREFIX = "pooling_steps"
GRID = f"{PREFIX}_grid"
LARGEST_GRID = 16

FORMULA = (
    r"\begin{gathered} y_{i,j} = \max\, \{\, x_{r,c} \,\} \\ "
    r"i s - p \le r < i s - p + k, \quad j s - p \le c < j s - p + k \end{gathered}"
)


def _preset(grid: str, size: int, stride: int | None, mode: str, *, back: bool = False) -> dict[str, object]:
    names = {"source": "grid", "grid": grid, "size": size, "stride": stride, "mode": mode, "padding": "valid"}
    return {f"{PREFIX}_{name}": value for name, value in (names | {"gradient": back}).items()}


PRESETS = {
    "Count to 16": (
        "The largest of 1, 2, 5, 6 is 6. Four windows give [[6, 8], [14, 16]]: always the corner, as the numbers grow.",
        _preset(COUNT_4X4, 2, None, "max"),
    ),
    "One bright cell": (
        "Windows of 3 × 3 with stride 1 overlap, and the 9 is the largest of four of them: its gradient adds up to 4.",
        _preset("0,0,0,0;0,9,0,0;0,0,0,0;0,0,0,0", 3, 1, "max", back=True),
    ),
    "A tie": (
        "All cells are equal. Max sends the gradient to the first one alone; with average all of them share it.",
        _preset("5,5,5,5;5,5,5,5;5,5,5,5;5,5,5,5", 2, None, "max", back=True),
    ),
}


def draw(picture: Picture) -> None:
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        source = st.segmented_control(
            "Input",
            ("grid", "photo"),
            default="grid",
            required=True,
            format_func={"grid": "Small grid", "photo": "Crop of the picture"}.__getitem__,
            key=f"{PREFIX}_source",
            bind="query-params",
        )
        mode = mode_control(PREFIX)
    window = window_controls(PREFIX, largest=LARGEST_GRID)
    back = st.toggle("Show where the gradient goes back to", key=f"{PREFIX}_gradient", bind="query-params")
    grid, code = _typed() if source == "grid" else _cropped(picture)
    stepper(
        grid,
        key=f"{PREFIX}_stepper_{source}",
        operation=mode,
        size=window.size,
        stride=window.step,
        padding=window.padding,
        input_target=GRID if source == "grid" else None,
        gradient=back,
        channel_names=[f"{name.capitalize()}" for name in CHANNELS] if grid.ndim == 3 else None,
    )
    what_happens(
        "The window stops at each place, looks at its cells and writes one number into the output. "
        "Point at a cell, or press play, to see which numbers met and which of them won.",
        FORMULA,
    )
    _code(code, mode, window, back=back)
    if source == "photo":
        picture_download(picture, key=f"{PREFIX}_file")


def _typed() -> tuple[NDArray[np.float32], str]:
    text = st.text_input(
        "Numbers",
        COUNT_4X4,
        key=GRID,
        bind="query-params",
        help=f"Rows end with ; and cells with , up to {LARGEST_GRID} × {LARGEST_GRID}. Fractions such as 1/9 work.",
    )
    with st.expander("Edit as a table, or paste cells from a spreadsheet", icon=":material/table:"):
        matrix_editor(target=GRID, key=f"{PREFIX}_matrix", label="The grid to pool", colours="grey")
    grid = parse_grid(text, name="grid", max_side=LARGEST_GRID)
    return grid, grid_source(grid)


def _cropped(picture: Picture) -> tuple[NDArray[np.float32], str]:
    left, right = st.columns([2, 3], gap="medium")
    with right:
        row, column, side = crop_numbers(PREFIX, picture, sides=(2, LARGEST_GRID), side=8)
        channel = channel_control(PREFIX)
        st.caption(f"Drag the rectangle. Below are the {channel} values of its pixels, 0 to 255.")
    with left:
        crop_rectangle(PREFIX, picture, side)
    number = CHANNELS[channel]
    grid = picture.pixels[row : row + side, column : column + side, number].astype(np.float32)
    return grid, picture_source(Crop(row, column, side, number), scale=1)


def _code(source: str, mode: str, window: Window, *, back: bool) -> None:
    snippets = gradient(source, mode=mode, window=window) if back else pooling(source, mode=mode, window=window)
    same_in_code(snippets, key=PREFIX)
