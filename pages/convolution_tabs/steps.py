"""Tab Step by step: every product and sum, on a small grid or on a crop of the picture."""

from typing import Any

import numpy as np
import streamlit as st

from cnn_core.convolution_snippets import grid_snippets, transposed_snippets
from cnn_core.errors import InputError
from cnn_core.geometry import dilated_size
from cnn_core.grids import (
    WHITE_SQUARE,
    WORKED_EXAMPLES,
    WorkedExample,
    format_channels,
    parse_channels,
    parse_grid,
)
from cnn_core.images import to_grey
from cnn_core.pooling import pool
from cnn_core.spot import spot_crop
from pages.convolution_tabs.kernel import WEIGHTS, kernel_controls, weights_preset
from pages.convolution_tabs.layer import layer_controls
from pages.ui.crop import crop_picker
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.link import set_controls
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture
from pages.ui.stepper import stepper

LARGEST_GRID = 16
GRID, CROP = "Small grid", "Crop of the picture"
GREY, COLOUR = "Grey", "Three channels"
CELLS, START = "convolution_cells", "convolution_start"
OPERATIONS = ("Convolution", "Transposed")
TRANSPOSED_PADDINGS = ("valid", "same")
CELL_HELP = "With more than one, each cell is the mean of that many pixels a side: a coarser look at a larger part."
CHANNEL_NAMES = ("Red", "Green", "Blue")


def _example_values(example: WorkedExample) -> dict[str, Any]:
    return {
        "convolution_from": GRID,
        "convolution_grid": example.grid,
        **weights_preset(example.kernel),
        "convolution_operation": example.operation.capitalize(),
        "convolution_stride": example.stride,
        "convolution_padding": example.padding,
        "convolution_dilation": example.dilation,
        "convolution_flip": False,
        "convolution_bias": 0.0,
    }


PRESETS = {example.title: (example.teaches, _example_values(example)) for example in WORKED_EXAMPLES.values()} | {
    "Colour mixed by 1 × 1": (
        "Three channels, one weight each: the 1 × 1 convolution turns colour to grey, pixel by pixel.",
        {
            "convolution_from": CROP,
            "convolution_crop_channels": COLOUR,
            "convolution_operation": OPERATIONS[0],
            **weights_preset("1"),
            "convolution_mix": "0.299,0.587,0.114",
            "convolution_stride": 1,
            "convolution_padding": "valid",
            "convolution_dilation": 1,
            "convolution_flip": False,
            "convolution_bias": 0.0,
        },
    ),
}


def open_crop(size: tuple[int, int], kernel: tuple[int, int], cell: tuple[int, int], **sliding: Any) -> None:
    """Set the session so that the next run shows the pixels around an output cell, with the window on that cell."""
    places = []
    span = max(dilated_size(k, sliding["dilation"]) for k in kernel)
    side = min(max(span + 2 * sliding["stride"] + 1, 8), LARGEST_GRID, *size)
    for n, k, c in zip(size, kernel, cell, strict=True):
        places.append(spot_crop(n, k, c, side=side, **sliding))
    (row, inner_row), (column, inner_column) = places
    set_controls(
        {
            "convolution_view": "Step by step",
            "convolution_from": CROP,
            "convolution_operation": OPERATIONS[0],
            "convolution_crop_side": side,
            "convolution_cell": 1,
            "convolution_row": row,
            "convolution_column": column,
        }
    )
    st.session_state[START] = {"crop": (row, column), "cell": (inner_row, inner_column)}


def draw() -> None:
    """Controls on the left, the stepper on the right."""
    try_this(PRESETS, page="convolution_steps")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        operation = st.selectbox("Operation", OPERATIONS, key="convolution_operation", bind="query-params").lower()
        kernel = kernel_controls(cells=False).weights
        options = layer_controls(flippable=operation == "convolution")
        bias = 0.0
        if operation == "convolution":
            bias = st.number_input("Bias", -100.0, 100.0, 0.0, 0.5, key="convolution_bias", bind="query-params")
    with right, mendable():
        source = st.segmented_control(
            "Input", [GRID, CROP], default=GRID, required=True, key="convolution_from", bind="query-params"
        )
        cells, target, start = _typed_grid() if source == GRID else _cropped(operation)
        weights = _per_channel(kernel, cells.shape[2])
        if operation == "transposed":
            options |= {"padding": _transposed_padding(options["padding"])}
        stepper(
            cells,
            key="convolution_stepper",
            operation=operation,
            kernel=weights,
            bias=bias,
            start=start,
            input_target=target,
            kernel_target=WEIGHTS if cells.shape[2] == 1 else None,
            channel_names=CHANNEL_NAMES if cells.shape[2] == len(CHANNEL_NAMES) else None,
            **options,
        )
        _explain(operation, cells, weights, bias, options)


def _explain(operation: str, cells: np.ndarray, weights: np.ndarray, bias: float, options: dict[str, Any]) -> None:
    if operation == "transposed":
        what_happens(
            "Every input value stamps the whole kernel, scaled by that value, onto the output; stamps lie a "
            "stride apart and add up where they overlap. It enlarges, and it is the gradient of a convolution with the "
            "same kernel.",
            r"y_{\,r s + i d,\; c s + j d} \mathrel{+}= x_{r,c}\; w_{i,j}",
        )
        options = {name: value for name, value in options.items() if name != "flip"}
        same_in_code(transposed_snippets(cells[..., 0], weights[..., 0], **options), key="convolution_steps")
        return
    what_happens(
        "The kernel lies on the grid, each weight on one cell; products are summed, over all channels, and the bias is "
        "added. Then the window moves on by the stride.",
        r"y_{r,c} = b + \sum_{k}\sum_{i,j} w_{i,j,k}\; x_{\,r s + i d - p,\; c s + j d - p,\; k}",
    )
    same_in_code(grid_snippets(cells, weights, bias=bias, **options), key="convolution_steps")


def _typed_grid() -> tuple[np.ndarray, str, None]:
    with st.expander("Type or paste the grid"):
        text = st.text_area(
            "Rows end with a semicolon or a new line, cells with a comma or a tab",
            value=WHITE_SQUARE,
            key="convolution_grid",
            bind="query-params",
            height=110,
        )
    return parse_grid(text, name="grid", max_side=LARGEST_GRID)[..., None], "convolution_grid", None


def _cropped(operation: str) -> tuple[np.ndarray, str, tuple[int, int] | None]:
    picture = shared_picture()
    height, width = picture.pixels.shape[:2]
    choose, numbers = st.columns([3, 2], gap="medium")
    with numbers:
        first, second = st.columns(2)
        side = int(_number(first, "Cells a side", 1, LARGEST_GRID, 8, key="convolution_crop_side"))
        pixels = int(_number(second, "Pixels per cell", 1, 32, 4, key="convolution_cell", help=CELL_HELP))
        side = max(min(side, height // pixels, width // pixels), 1)
        pixels = min(pixels, height, width)
        span = side * pixels
        row = _number(first, "Top row", 0, None, (height - span) // 2, key="convolution_row")
        column = _number(second, "Left column", 0, None, (width - span) // 2, key="convolution_column")
        channels = GREY
        if operation == "convolution":
            channels = st.segmented_control(
                "Channels",
                [GREY, COLOUR],
                default=GREY,
                required=True,
                key="convolution_crop_channels",
                bind="query-params",
            )
    with choose:
        crop_picker(
            picture.pixels,
            rows=span,
            columns=span,
            key="convolution_crop",
            row_target="convolution_row",
            column_target="convolution_column",
            picture_key=picture.key,
        )
    top, start = min(int(row), height - span), min(int(column), width - span)
    part = pool(picture.image[top : top + span, start : start + span], mode="average", size=pixels)
    own = format_channels(part if channels == COLOUR else to_grey(part))
    _forget_edits(f"{picture.key} {top} {start} {side} {pixels} {channels}", own)
    with st.expander("The crop as text; its cells can be edited here and below"):
        text = st.text_area("Channels are separated by |", value=own, key=CELLS, bind="query-params", height=110)
    wanted = st.session_state.get(START, {})
    window = wanted["cell"] if wanted.get("crop") == (top, start) else None
    return parse_channels(text, name="crop", max_side=LARGEST_GRID), CELLS, window


def _forget_edits(crop: str, own: str) -> None:
    """A crop of another place, size or picture begins with its own pixels; edits belong to the one before."""
    if st.session_state.get("convolution_crop_shown", crop) != crop:
        st.session_state[CELLS] = own
    st.session_state["convolution_crop_shown"] = crop


def _number(
    place: Any, label: str, low: int, high: int | None, start: int, *, key: str, help: str | None = None
) -> float:
    return place.number_input(label, low, high, start, key=key, bind="query-params", help=help)


def _per_channel(kernel: np.ndarray, channels: int) -> np.ndarray:
    """The kernel once per channel, each times that channel's own factor."""
    if channels == 1:
        return kernel[..., None]
    text = st.text_input(
        "Factor of the kernel for red, green and blue", value="1,1,1", key="convolution_mix", bind="query-params"
    )
    factors = parse_grid(text, name="list of factors", max_side=channels)
    if factors.shape != (1, channels):
        raise InputError(f"The {channels} channels need {channels} factors", "Write them as 1,1,1", factors=text)
    return kernel[..., None] * factors[0]


def _transposed_padding(padding: str) -> str:
    if padding in TRANSPOSED_PADDINGS:
        return padding
    st.caption(f"A transposed convolution has no padding '{padding}'; this one uses 'valid'.")
    return "valid"
