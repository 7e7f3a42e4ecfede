"""One number per channel, and the parameters that this saves."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.drawing import significant
from cnn_core.pooling import MODES, global_pool, head_parameters
from cnn_core.pooling_snippets import global_pooling
from pages.pooling_tabs.controls import CHANNELS, TITLES, picture_download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.pictures import Shown, shown
from pages.ui.pictures import draw as draw_picture

PREFIX = "pooling_global"

FORMULA = (
    r"\begin{gathered} y_c = \frac{1}{H W} \sum_{i,j} x_{i,j,c} \\ \text{parameters: } "
    r"(\underbrace{H W C}_{\text{Flatten}} + 1) \cdot n \;\text{ or }\; (\underbrace{C}_{\text{global}} + 1) \cdot n "
    r"\end{gathered}"
)


def _preset(size: int, channels: int, classes: int) -> dict[str, int]:
    return {f"{PREFIX}_size": size, f"{PREFIX}_channels": channels, f"{PREFIX}_classes": classes}


PRESETS = {
    "VGG16": (
        "Its last feature map is 7 × 7 × 512. Flattened and sent straight to 1,000 classes: 25 million parameters.",
        _preset(7, 512, 1000),
    ),
    "ResNet-50": (
        "7 × 7 × 2048 into 1,000 classes: with global pooling the layer has 2 million parameters instead of 100.",
        _preset(7, 2048, 1000),
    ),
    "Two classes": (
        "MobileNetV2's 7 × 7 × 1280, cats or dogs: 2,562 parameters can be learned from a few photos.",
        _preset(7, 1280, 2),
    ),
}


def draw(picture: Picture) -> None:
    try_this(PRESETS, page=PREFIX)
    height, width = picture.pixels.shape[:2]
    left, right = st.columns([1, 2], gap="medium")
    with left:
        draw_picture(_input(picture.key, picture), key=f"{PREFIX}_input")
    with right:
        st.markdown("**Output: 1 × 1 × 3**")
        st.markdown(_table(_pooled(picture.key, picture)))
        st.caption(
            f"Each number summarises {width * height:,} pixels between 0 and 1. L2 is a length and grows with the "
            "picture; divided by √(H W) it is the root mean square."
        )
    st.subheader("What it saves")
    with st.container(horizontal=True, gap="medium"):
        size = _count("Feature map, rows = columns", "size", 7, 256)
        channels = _count("Channels C", "channels", 512, 8192)
        classes = _count("Classes n", "classes", 1000, 100_000)
    counts = head_parameters(size, channels, classes)
    flatten, pooled = counts["flatten"], counts["global"]
    with st.container(horizontal=True, gap="medium"):
        st.metric("Flatten + Dense", f"{flatten:,}", help="Parameters, biases included", border=True)
        st.metric("Global pooling + Dense", f"{pooled:,}", help="Parameters, biases included", border=True)
        st.metric("Saved", f"{1 - pooled / flatten:.1%}", help="Of the parameters of Flatten + Dense", border=True)
    st.latex(
        rf"\begin{{aligned}} ({size} \cdot {size} \cdot {channels} + 1) \cdot {classes} &= {_spaced(flatten)} \\ "
        rf"({channels} + 1) \cdot {classes} &= {_spaced(pooled)} \end{{aligned}}"
    )
    what_happens(
        "The window is the whole picture, so one number is left of each channel, whatever the picture's size. "
        "Before a classifier it takes the place of Flatten: it keeps that something was seen, and drops where.",
        FORMULA,
    )
    same_in_code(global_pooling(size=size, channels=channels, classes=classes), key=PREFIX)
    picture_download(picture, key=f"{PREFIX}_file")


def _count(label: str, name: str, value: int, most: int) -> int:
    return st.number_input(label, 1, most, value, key=f"{PREFIX}_{name}", bind="query-params", width=220)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", r"\,")


def _table(pooled: dict[str, NDArray[np.float32]]) -> str:
    lines = ["| |" + "|".join(name.capitalize() for name in CHANNELS) + "|", "|---|" + "--:|" * len(CHANNELS)]
    lines += [
        f"|{TITLES[mode]}|" + "|".join(significant(float(value), 4) for value in values) + "|"
        for mode, values in pooled.items()
    ]
    return "\n".join(lines)


@st.cache_data(max_entries=32, show_spinner=False)
def _input(key: str, _picture: Picture) -> Shown:
    return shown("Input", _picture.pixels, alt=f"The input: {_picture.name}", note=" × 3")


@st.cache_data(max_entries=32, show_spinner=False)
def _pooled(key: str, _picture: Picture) -> dict[str, NDArray[np.float32]]:
    return {mode: global_pool(_picture.image, mode=mode) for mode in MODES}
