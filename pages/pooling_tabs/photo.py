"""The shared picture under every pooling mode, and halved again and again."""

import numpy as np
import streamlit as st

from cnn_core.drawing import npy, png, to_uint8
from cnn_core.pooling import MODES, cascade, pool, unit_range
from cnn_core.pooling_snippets import Window, picture_source, pooling
from pages.pooling_tabs.controls import (
    TITLES,
    mode_control,
    padding_words,
    picture_download,
    size_formula,
    window_controls,
)
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.pictures import Shown, shown
from pages.ui.pictures import draw as draw_picture

PREFIX = "pooling_photo"
LARGEST = 1024
# Five in a row on a desk, two on a phone.
CASCADE_WIDTH = 146

FORMULA = (
    r"\begin{gathered} y_{i,j} = \max_{0 \le u, v < k} x_{i s + u,\; j s + v} \\ "
    r"\text{average: } \tfrac{1}{n} \textstyle\sum x \qquad \text{L2: } \sqrt{\textstyle\sum x^2} \end{gathered}"
)


def _preset(size: int, stride: int | None, padding: str, mode: str) -> dict[str, object]:
    names = {"size": size, "stride": stride, "padding": padding, "mode": mode}
    return {f"{PREFIX}_{name}": value for name, value in names.items()}


PRESETS = {
    "Halve it": (
        "2 × 2, stride 2: a quarter of the numbers, and hardly a visible change.",
        _preset(2, None, "valid", "max"),
    ),
    "Bright or dark wins": (
        "16 × 16 windows: max lets small lights grow and swallows thin dark lines; min does the opposite.",
        _preset(16, None, "valid", "max"),
    ),
    "Overlapping windows": (
        "3 × 3 with stride 2 (AlexNet, ResNet's stem): neighbours share a row, so the same bright pixel can win twice.",
        _preset(3, 2, "same", "max"),
    ),
    "Leave gaps": (
        "2 × 2 with stride 8: three quarters of each row are never looked at. What lies there is lost for every mode.",
        _preset(2, 8, "valid", "average"),
    ),
}


def draw(picture: Picture) -> None:
    try_this(PRESETS, page=PREFIX)
    window = window_controls(PREFIX, largest=LARGEST, size=min(8, *picture.pixels.shape[:2]))
    outputs = _outputs(picture.key, picture, window)
    cells = [*st.columns(3, gap="medium"), *st.columns(3, gap="medium")]
    for number, (cell, item) in enumerate(zip(cells, [_input(picture.key, picture), *outputs], strict=False)):
        with cell:
            draw_picture(item, key=f"{PREFIX}_picture_{number}")
    with cells[-1]:
        st.markdown("**Output size**")
        st.latex(size_formula(picture.pixels.shape, window))
        st.caption(f"k = {window.size}, s = {window.step}. {padding_words(picture.pixels.shape, window)}")
    st.subheader("Again and again")
    mode = mode_control(PREFIX)
    st.caption(
        f"{TITLES[mode]} pooling 2 × 2 with stride 2, each picture made from the one before it, all enlarged "
        "to the same width. A network sees the photo like this after one, two, … five such layers."
    )
    with st.container(horizontal=True, gap="small"):
        for number, item in enumerate(_cascade(picture.key, picture, mode)):
            with st.container(width=CASCADE_WIDTH):
                draw_picture(item, key=f"{PREFIX}_cascade_{number}")
    _downloads(picture, mode, window)
    what_happens(
        "A window slides over each colour channel in steps of the stride and keeps one number: the largest, the mean, "
        "the smallest or the length. An average divides by the n cells that lie inside the picture.",
        FORMULA,
    )
    same_in_code(pooling(picture_source(), mode=mode, window=window), key=PREFIX)
    picture_download(picture, key=f"{PREFIX}_source")


def _downloads(picture: Picture, mode: str, window: Window) -> None:
    def computed() -> np.ndarray:
        return pool(picture.image, mode=mode, size=window.size, stride=window.stride, padding=window.padding)

    st.markdown(f"**Download** the output of {TITLES[mode].lower()} pooling above")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "PNG as shown",
            lambda: png(to_uint8(unit_range(computed(), mode=mode, size=window.size))),
            file_name=f"{mode}_pooled.png",
            mime="image/png",
            key=f"{PREFIX}_png",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "NPY as computed",
            lambda: npy(computed()),
            file_name=f"{mode}_pooled.npy",
            mime="application/octet-stream",
            key=f"{PREFIX}_npy",
            on_click="ignore",
            icon=":material/download:",
        )


@st.cache_data(max_entries=32, show_spinner=False)
def _input(key: str, _picture: Picture) -> Shown:
    return shown("Input", _picture.pixels, alt=f"The input: {_picture.name}")


@st.cache_data(max_entries=64, show_spinner=False)
def _outputs(key: str, _picture: Picture, window: Window) -> list[Shown]:
    image = _picture.image
    results = []
    for mode in MODES:
        output = pool(image, mode=mode, size=window.size, stride=window.stride, padding=window.padding)
        note = f", shown divided by {window.size}" if mode == "l2" and window.size > 1 else ""
        pixels = to_uint8(unit_range(output, mode=mode, size=window.size))
        results.append(shown(f"Output: {TITLES[mode]}", pixels, alt=f"{TITLES[mode]} pooling of the input", note=note))
    return results


@st.cache_data(max_entries=64, show_spinner=False)
def _cascade(key: str, _picture: Picture, mode: str) -> list[Shown]:
    results = []
    for level, output in enumerate(cascade(_picture.image, mode=mode), start=1):
        factor = 2**level
        note = f", shown divided by {factor}" if mode == "l2" else ""
        pixels = to_uint8(unit_range(output, mode=mode, size=factor))
        results.append(shown(f"1/{factor}", pixels, alt=f"The picture at 1/{factor} of its size", note=note))
    return results
