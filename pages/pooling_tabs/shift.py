"""The shift test: move the camera by a pixel, and see how much each way to subsample changes its mind."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.drawing import signed_heat, signed_limit, significant, to_uint8
from cnn_core.pooling_snippets import shift as shift_snippets
from cnn_core.shift import BLURS, METHODS, ShiftCurve, ShiftPair, shift_pair, shift_test
from pages.pooling_tabs.controls import picture_download
from pages.ui.charts import CONFIG, curves
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture
from pages.ui.pictures import Shown, draw_row, shown

PREFIX = "pooling_shift"
LARGEST = 16

FORMULA = (
    r"\begin{gathered} \text{change}(d) = "
    r"\frac{\lVert P(T_d\, x) - T_q\, P(x) \rVert_2}{\lVert T_q\, P(x) \rVert_2} \\ d = q \cdot s + r,\; 0 \le r < s "
    r"\end{gathered}"
)


def _preset(size: int, stride: int, blur: int, method: str, offset: int) -> dict[str, object]:
    names = {"size": size, "stride": stride, "blur": blur, "method": method, "offset": offset}
    return {f"{PREFIX}_{name}": value for name, value in names.items()}


PRESETS = {
    "One pixel": (
        "Max pooling 2 × 2, camera moved by one pixel: the scene is the same, the output is not. Look at the edges.",
        _preset(2, 2, 3, "max", 1),
    ),
    "Blur first": (
        "The same with a [1, 2, 1] blur between the maximum and the subsampling: most of the change is gone.",
        _preset(2, 2, 3, "max_blur", 1),
    ),
    "Keep every fourth": (
        "A strided layer that keeps one pixel in sixteen: it changes most, and is back at zero every four pixels.",
        _preset(2, 4, 5, "strided", 2),
    ),
}


@dataclass(frozen=True)
class Settings:
    """The subsampling layer and the series of shifts."""

    size: int
    stride: int
    taps: int
    largest: int


@dataclass(frozen=True)
class Pair:
    """The pictures of one shift, its change, and the shift in words."""

    pictures: list[Shown]
    change: float
    words: str


def draw(picture: Picture) -> None:
    try_this(PRESETS, page=PREFIX)
    settings = _controls()
    curve = _curve(picture.key, picture, settings)
    chart = st.container()
    st.subheader("The two outputs")
    method, offset = _choose_pair(settings)
    with chart:
        _draw_chart(curve, offset)
    pair = _pair(picture.key, picture, settings, method, offset)
    st.markdown(f"{pair.words} The output changes by **{pair.change:.2%}**.")
    draw_row(pair.pictures, columns=3, key=f"{PREFIX}_picture")
    what_happens(
        "The camera moves by d pixels and both views are pooled; whole output cells are moved back (T), so a shift by "
        "a multiple of the stride gives exactly 0. What remains is what subsampling makes of a shift in between "
        "([Zhang 2019](https://arxiv.org/abs/1904.11486)).",
        FORMULA,
    )
    code = shift_snippets(size=settings.size, stride=settings.stride, taps=settings.taps, largest=settings.largest)
    same_in_code(code, key=PREFIX)
    picture_download(picture, key=f"{PREFIX}_file")


def _controls() -> Settings:
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        size = st.number_input("Window size", 1, 16, 2, key=f"{PREFIX}_size", bind="query-params", width=140)
        stride = st.number_input("Stride s", 1, 16, 2, key=f"{PREFIX}_stride", bind="query-params", width=140)
        taps = st.segmented_control(
            "Blur",
            list(BLURS),
            default=3,
            required=True,
            format_func=lambda taps: "[" + ", ".join(map(str, BLURS[taps])) + "]",
            key=f"{PREFIX}_blur",
            bind="query-params",
        )
        largest = st.number_input(
            "Largest shift", 1, LARGEST, 8, key=f"{PREFIX}_largest", bind="query-params", width=140
        )
    return Settings(size, stride, taps, largest)


def _choose_pair(settings: Settings) -> tuple[str, int]:
    key = f"{PREFIX}_offset"
    if st.session_state.get(key, 0) > settings.largest:
        st.session_state[key] = settings.largest
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        method = st.selectbox(
            "Method",
            list(METHODS),
            format_func=METHODS.__getitem__,
            key=f"{PREFIX}_method",
            bind="query-params",
            width=240,
        )
        offset = st.slider("Shift d in pixels", 0, settings.largest, 1, key=key, bind="query-params", width=280)
    return method, offset


def _draw_chart(curve: ShiftCurve, offset: int) -> None:
    words = _chart_words(curve)
    st.plotly_chart(
        curves(
            curve.offsets,
            {METHODS[method]: changes for method, changes in curve.changes.items()},
            x_title="Shift d in pixels",
            y_title="Change of the output",
            y_format=".1%",
            highlighted=offset,
        ),
        config=CONFIG,
        key=f"{PREFIX}_chart",
        alt=words,
    )
    st.caption(words)


def _chart_words(curve: ShiftCurve) -> str:
    means = ", ".join(f"{METHODS[method]} {curve.mean(method):.1%}" for method in curve.changes)
    return f"Mean change over shifts of 1 to {curve.offsets[-1]} pixels: {means}."


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(key: str, _picture: Picture, settings: Settings) -> ShiftCurve:
    return shift_test(
        _picture.image, largest=settings.largest, size=settings.size, stride=settings.stride, taps=settings.taps
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _pair(key: str, _picture: Picture, settings: Settings, method: str, offset: int) -> Pair:
    pair = shift_pair(
        _picture.image,
        offset=offset,
        method=method,
        size=settings.size,
        stride=settings.stride,
        taps=settings.taps,
        reach=settings.largest,
    )
    return Pair(_pictures(pair), pair.change, _words(pair, offset, settings.stride))


def _words(pair: ShiftPair, offset: int, stride: int) -> str:
    cells = "1 cell" if pair.cells == 1 else f"{pair.cells} cells"
    pixels = "1 pixel" if pair.rest == 1 else f"{pair.rest} pixels"
    return f"{offset} = {pair.cells} × {stride} + {pair.rest}: moved back by {cells}, with {pixels} left over."


def _pictures(pair: ShiftPair) -> list[Shown]:
    limit = signed_limit(pair.difference)
    return [
        shown("Output", to_uint8(pair.before), alt="Output before the shift"),
        shown("Output of the shifted picture", to_uint8(pair.after), alt="Output after the shift, moved back"),
        shown(
            "Difference",
            signed_heat(pair.difference, limit=limit),
            alt="Difference of the two outputs",
            note=f", blue darker, orange brighter, up to {significant(limit)}",
        ),
    ]
