"""Tab Photo: the kernel on the whole picture."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cnn_core import display
from cnn_core.channels import COLOUR, select_channels
from cnn_core.convolution import convolve
from cnn_core.convolution_snippets import photo_snippets
from cnn_core.drawing import npy, png, to_uint8
from cnn_core.geometry import placement
from cnn_core.nonlinearities import NONLINEARITIES, activate
from pages.convolution_tabs.facts import cost_table, kernel_facts, size_formula
from pages.convolution_tabs.kernel import Chosen, kernel_controls, kernel_preset
from pages.convolution_tabs.layer import PLAIN, layer_controls
from pages.convolution_tabs.steps import open_crop
from pages.ui import comparison
from pages.ui.lesson import has_room, same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.picture import Picture, shared_picture

PRESETS = {
    "Find vertical edges": (
        "Sobel x answers where brightness changes from left to right: vermilion where it rises, blue where it falls.",
        {**PLAIN, **kernel_preset("sobel_x"), "convolution_show": display.SIGNED},
    ),
    "What ReLU throws away": (
        "The same kernel followed by ReLU: every blue edge is gone. A network needs a second kernel for those.",
        {**PLAIN, **kernel_preset("sobel_x"), "convolution_show": display.SIGNED, "convolution_activation": "relu"},
    ),
    "Blur at a quarter of the size": (
        "A Gaussian with stride 4: the blur removes what a picture of a quarter of the size could not show anyway.",
        {
            **PLAIN,
            **kernel_preset("gaussian", size=9, sigma=2.0),
            "convolution_stride": 4,
            "convolution_show": display.CLIPPED,
        },
    ),
}


def draw() -> None:
    """Controls on the left, input and output on the right, and below them what it means."""
    picture = shared_picture()
    try_this(PRESETS, page="convolution")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        chosen = kernel_controls()
        options = layer_controls(whole=True)
    with right, mendable():
        channels = st.session_state["convolution_input"]
        activation = st.session_state["convolution_activation"]
        how, mode = _display_controls(channels)
        image = select_channels(picture.image, channels)
        kernel = chosen.weights
        output = activate(convolve(image, kernel, **options), activation)
        shown = display.show(output, how=how)
        _pictures(picture, image, options, output, kernel=chosen, channels=channels, shown=shown, mode=mode, how=how)
        _downloads(picture, shown.picture, output)
        weight = r"w_{k-1-i,\,k-1-j}" if options["flip"] else "w_{i,j}"
        what_happens(
            "Every output value is the sum of the pixels under the kernel, each times its weight"
            + (", which is rotated by 180° first." if options["flip"] else ".")
            + " The same few weights serve every place, so a pattern is found wherever it lies.",
            rf"y_{{r,c}} = f\Big(\sum_{{i,j}} {weight}\; x_{{\,r s + i d - p,\; c s + j d - p}}\Big),"
            + rf"\qquad f(z) = {NONLINEARITIES[activation].formula}",
        )
        size_formula(image.shape[:2], kernel.shape, options)
        cost_table(image.shape, kernel.shape, options)
        kernel_facts(kernel)
        snippets = photo_snippets(kernel, size=image.shape[:2], channels=channels, activation=activation, **options)
        same_in_code(snippets, key="convolution_photo")


def _display_controls(channels: str) -> tuple[str, str]:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        how = _choice(
            "Show the output", list(display.TITLES), key="convolution_show", titles=display.TITLES.__getitem__
        )
        # One picture over the other fits a phone; beside one another they suit a desk.
        modes = list(comparison.SIDES) if has_room() else list(comparison.SIDES)[::-1]
        mode = _choice("Compare", modes, key="convolution_compare", titles=str)
    if channels == COLOUR and how == display.SIGNED:
        st.caption(
            "A signed scale shows one channel at a time. Here are magnitudes; choose Red, Green or Blue for signs."
        )
        how = display.ABSOLUTE
    return how, mode


def _choice(label: str, options: Any, *, key: str, titles: Any) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, format_func=titles, key=key, bind="query-params"
    )


def _pictures(
    picture: Picture,
    image: np.ndarray,
    options: dict[str, Any],
    output: np.ndarray,
    *,
    kernel: Chosen,
    channels: str,
    shown: display.Shown,
    mode: str,
    how: str,
) -> None:
    name = kernel.title
    before = comparison.Panel(
        f"Input: {picture.name}",
        _size(image),
        _input_source(picture.key, channels, mode, image),
        f"The input picture, {picture.name}, {channels}",
        max(image.shape[:2]) < comparison.SMALL,
    )
    after = comparison.panel(
        f"Output: {name}",
        shown.picture,
        size=_size(output),
        alt=f"The picture after the kernel {name}, shown {display.TITLES[how].lower()}",
        mode=mode,
    )
    note = f"{display.TITLES[how]}: {shown.note}"
    if how == display.SIGNED:
        scale = comparison.diverging_scale(shown.low, shown.high, note)
    else:
        scale = comparison.grey_scale(shown.low, shown.high, note)
    sliding = {name: value for name, value in options.items() if name != "flip"}
    (top, height), (left, width) = (
        placement(n, k, **sliding) for n, k in zip(image.shape, kernel.weights.shape, strict=False)
    )
    comparison.comparison(
        before,
        after,
        key="convolution_pictures",
        mode=mode,
        scale=scale,
        place=(left, top, width, height),
        on_pick=partial(_open_steps, image.shape[:2], kernel.weights.shape, output.shape[:2], sliding),
        pick_hint="See the arithmetic of this spot step by step",
    )
    st.caption(":material/ads_click: Click a spot in either picture to see its arithmetic step by step.")


@st.cache_data(max_entries=64, show_spinner=False)
def _input_source(key: str, channels: str, mode: str, _image: np.ndarray) -> str:
    # The input changes rarely and is a photo: encoded once, at a quality at which no difference shows.
    return comparison.source(to_uint8(_image), mode=mode, lossless=max(_image.shape) < comparison.SMALL)


def _open_steps(
    size: tuple[int, int], kernel: tuple[int, int], output: tuple[int, int], sliding: dict[str, Any]
) -> None:
    """A spot was clicked: a crop around its output cell opens in the tab Step by step."""
    spot = st.session_state["convolution_pictures"].pick
    parts = dict(zip("yx", zip(size, kernel, output, strict=True), strict=True))
    cells = {axis: min(int(spot[axis] * cells), cells - 1) for axis, (_, _, cells) in parts.items()}
    if spot["side"] == "input":
        for axis, (n, k, count) in parts.items():
            start, length = placement(n, k, **sliding)
            cells[axis] = min(max(int((spot[axis] - start) / length * count), 0), count - 1)
    open_crop(size, kernel, (cells["y"], cells["x"]), **sliding)


def _downloads(picture: Picture, shown: np.ndarray, output: np.ndarray) -> None:
    with st.container(horizontal=True, gap="small"):
        _download("Output as shown (PNG)", lambda: png(shown), "output.png", "image/png")
        _download("Output as computed (NPY)", lambda: npy(output), "output.npy", "application/octet-stream")
        _download("picture.png, which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")


def _download(label: str, data: Any, file_name: str, mime: str) -> None:
    st.download_button(
        label,
        data,
        file_name=file_name,
        mime=mime,
        key=f"convolution_download_{file_name.replace('.', '_')}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def _size(values: np.ndarray) -> str:
    return " × ".join(str(side) for side in values.shape)
