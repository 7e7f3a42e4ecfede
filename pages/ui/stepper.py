"""The step-by-step view of one layer: a window moves over a small grid and every sum is written out, in the browser.

Python decides the geometry (sizes, padding, crop); `assets/stepper` does the arithmetic, so hovering needs no server.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.convolution import transposed_length
from cnn_core.errors import InputError
from cnn_core.geometry import Pair, as_pair, output_length, padding_amounts
from cnn_core.grids import format_number

POOLING = ("max", "average", "min", "l2")
LONGEST_EDIT = 65_536

_ASSETS = Path(__file__).parents[2] / "assets"
_SCRIPTS = (
    "matrix/numbers",
    "matrix/fitting",
    "matrix/colours",
    "stepper/arithmetic",
    "stepper/elements",
    "stepper/prediction",
    "stepper/grid",
    "stepper/editor",
    "stepper/views",
    "stepper/explanation",
    "stepper/controls",
    "stepper/layout",
    "stepper/stages",
    "stepper/state",
    "stepper/actions",
    "stepper/stepper",
)
_mount = st.components.v2.component(
    "cnn_stepper",
    css=(_ASSETS / "stepper/stepper.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


def stepper(
    grid: np.ndarray,
    *,
    key: str,
    operation: str,
    kernel: np.ndarray | None = None,
    size: Pair | None = None,
    bias: float = 0.0,
    stride: Pair | None = None,
    padding: str = "valid",
    dilation: Pair = 1,
    flip: bool = False,
    input_target: str | None = None,
    kernel_target: str | None = None,
    gradient: bool = False,
    channel_names: Sequence[str] | None = None,
    local_edits: bool = False,
    start: tuple[int, int] | None = None,
) -> None:
    """Mount the step-by-step view of one layer on a small grid.

    Args:
        grid: (H, W) or (H, W, C), finite; up to about 16 x 16 is readable.
        key: unique key of the component.
        operation: "convolution", "transposed", or a pooling "max", "average", "min", "l2".
        kernel: (k_h, k_w) or (k_h, k_w, C); for a convolution and its transpose.
        size: window rows and columns; for pooling.
        bias: added to every output cell of a convolution.
        stride: step between two windows; None is 1, and for pooling the window's own size.
        padding: "valid" or "same"; for a convolution also "full" or "reflect".
        dilation: distance between two taps.
        flip: rotate the kernel by 180 degrees when it is applied (convolution in the mathematical sense).
        input_target: session_state key of the text that holds the grid, as `cnn_core.grids.format_channels` writes it;
            a text widget's key, or a plain one that the page reads. It makes the grid's cells editable.
        kernel_target: likewise for a kernel of one channel, as `format_grid` writes it.
        gradient: show where a gradient of 1 per output cell goes back to; for pooling.
        channel_names: how the channels are called; None numbers them.
        local_edits: let cells without a target be edited too; the change stays in the browser until the page sends
            other numbers.
        start: output row and column, counted from 0, where the window stands first and whenever `start`, the grid or
            the output's size changes; None leaves it where it is.

    Raises:
        InputError: the window does not fit, or a padding that the operation does not have.
        ValueError: arrays and operation that do not belong together, which is the page's own mistake.
    """
    layer = describe_layer(
        grid,
        operation=operation,
        kernel=kernel,
        size=size,
        bias=bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        flip=flip,
        gradient=gradient,
        channel_names=channel_names,
    )
    if kernel_target is not None and layer["channels"] > 1:
        raise ValueError("Only a kernel of one channel can be edited: its text holds two dimensions")
    targets = {"input": input_target, "kernel": kernel_target}
    layer |= {
        "edit_input": input_target is not None or local_edits,
        "edit_kernel": kernel_target is not None or (local_edits and kernel is not None),
        "send": [name for name, target in targets.items() if target is not None],
        "start": None if start is None else [int(start[0]), int(start[1])],
    }
    _mount(
        key=key,
        data=layer,
        on_input_change=partial(take_edit, key, "input", input_target),
        on_kernel_change=partial(take_edit, key, "kernel", kernel_target),
    )


def take_edit(key: str, name: str, target: str | None) -> None:
    """Write the grid that the browser sent under `name` into the text widget `target`; the page then parses it."""
    text = st.session_state[key].get(name)
    # The browser is not trusted: only short text is taken, and the page reads it with parse_grid or parse_channels.
    if target is not None and isinstance(text, str) and len(text) <= LONGEST_EDIT:
        st.session_state[target] = text


def describe_layer(
    grid: np.ndarray,
    *,
    operation: str,
    kernel: np.ndarray | None = None,
    size: Pair | None = None,
    bias: float = 0.0,
    stride: Pair | None = None,
    padding: str = "valid",
    dilation: Pair = 1,
    flip: bool = False,
    gradient: bool = False,
    channel_names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What `assets/stepper` needs to know about a layer, in plain Python values; arguments as in `stepper`.

    `row_sources` and `column_sources` give the input row or column under each padded one, -1 where nothing is;
    `crop` is how many rows and columns of a transposed convolution's full result are cut off in front.
    """
    cells = np.asarray(grid, np.float32)
    cells = cells[:, :, None] if cells.ndim == 2 else cells
    pooling = operation in POOLING
    if not pooling and operation not in ("convolution", "transposed"):
        raise ValueError(f"Unknown operation {operation!r}")
    if pooling != (kernel is None) or pooling != (size is not None):
        raise ValueError("Pooling takes a size and no kernel; the other operations take a kernel and no size")
    weights = np.zeros((0, 0, 1), np.float32) if kernel is None else np.asarray(kernel, np.float32)
    weights = weights[:, :, None] if weights.ndim == 2 else weights
    if not pooling and weights.shape[2] != cells.shape[2]:
        raise ValueError(f"The grid has {cells.shape[2]} channels and the kernel {weights.shape[2]}")
    if operation != "convolution" and padding not in ("valid", "same"):
        raise InputError("This padding is for a convolution", "Choose valid or same", padding=padding)
    window = as_pair(size if size is not None else weights.shape[:2], "window")
    strides = window if stride is None and pooling else as_pair(1 if stride is None else stride, "stride")
    dilations = as_pair(dilation, "dilation")
    axis_of = _transposed_axis if operation == "transposed" else _window_axis
    rows, columns = (
        axis_of(n, k, stride=s, padding=padding, dilation=d)
        for n, k, s, d in zip(cells.shape[:2], window, strides, dilations, strict=True)
    )
    channels = cells.shape[2]
    return {
        "operation": operation,
        "grid": _plain(cells),
        "size": list(cells.shape[:2]),
        "channels": channels,
        "channel_names": list(channel_names or [f"Channel {c + 1}" for c in range(channels)]),
        "kernel": _plain(weights),
        "kernel_size": list(window),
        "bias": float(bias),
        "stride": list(strides),
        "dilation": list(dilations),
        "padding": padding,
        "padding_before": [rows["before"], columns["before"]],
        "row_sources": rows["sources"],
        "column_sources": columns["sources"],
        "crop": [rows["crop"], columns["crop"]],
        "output_size": [rows["output"], columns["output"]],
        "flip": bool(flip),
        "gradient": bool(gradient and pooling),
    }


def _plain(values: np.ndarray) -> list[float]:
    # 0.1 rather than 0.10000000149: the browser adds up the numbers that people see, as float64.
    return [float(format_number(value)) for value in values.ravel()]


def _window_axis(size: int, kernel: int, *, stride: int, padding: str, dilation: int) -> dict[str, Any]:
    output = output_length(size, kernel, stride=stride, padding=padding, dilation=dilation)
    before, after = padding_amounts(size, kernel, stride=stride, padding=padding, dilation=dilation)
    if padding == "reflect":
        sources = np.pad(np.arange(size), (before, after), mode="reflect")
    else:
        sources = np.pad(np.arange(size), (before, after), constant_values=-1)
    return {"output": output, "before": before, "sources": sources.tolist(), "crop": 0}


def _transposed_axis(size: int, kernel: int, *, stride: int, padding: str, dilation: int) -> dict[str, Any]:
    output, crop = transposed_length(size, kernel, stride=stride, padding=padding, dilation=dilation)
    return {"output": output, "before": 0, "sources": list(range(size)), "crop": crop}
