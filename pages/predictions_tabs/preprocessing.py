"""Tab Preprocessing: from the photo to the numbers that the network gets, and what classic mistakes make of them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.preparing import PIXELS, PLACEMENTS, middle_box
from cnn_core.classifiers.snippets import preparing_code
from cnn_core.classifiers.wrong_preparation import (
    Prepared,
    framed,
    mistakes_of,
    number_range,
    numbers_picture,
    prepared_in,
)
from cnn_core.drawing import data_uri, npy, outline, png, significant
from pages.predictions_tabs.asked import make_ready
from pages.predictions_tabs.presets import PREPROCESSING
from pages.ui.answer_bars import draw_bars, spoken
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.network_pick import network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.picture_grid import Cell, Line, picture_grid
from pages.ui.pictures import Shown, draw_row, shown
from pages.ui.words import percent, plain

RIGHT = "as it was trained"
TOP = 3
_KEY = "predictions_preparing"

FORMULA = {
    "unit": r"x = \frac{v}{255}",
    "byte": r"x = v",
    "signed": r"x = \frac{v}{127.5} - 1",
    "caffe": r"x = v_{BGR} - (103.9,\ 116.8,\ 123.7)",
    "torch": r"x = \frac{v / 255 - (0.485,\ 0.456,\ 0.406)}{(0.229,\ 0.224,\ 0.225)}",
}


def draw() -> None:
    """The right way step by step, then the mistakes, one of them closely."""
    try_this(PREPROCESSING, page="predictions_preprocessing")
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        network = network_choice()
        make_ready(network)
        ways = {RIGHT: network.preparation, **mistakes_of(network.preparation)}
        mistake = _mistake([title for title in ways if title != RIGHT])
    with right, mendable():
        picture = shared_picture()
        found = _all_ways(network.key, picture.key, network, picture)
        st.markdown("**The right way**")
        _steps(network, picture, found[RIGHT], key="predictions_right")
        st.markdown(f"**The mistake**: {plain(mistake)}")
        _steps(network, picture, found[mistake], key="predictions_wrong", against=found[RIGHT])
        st.markdown(
            "**All mistakes**: what the network takes the photo for, and what it answers; :red[✗] is another answer "
            "than the right way's."
        )
        _mistakes(found)
        _take_home(network, found, mistake)
    what_happens(
        f"The network gets {PLACEMENTS[network.preparation.placement]}, at its own size, as numbers from "
        f"{PIXELS[network.preparation.pixels]}. It knows nothing else of the photo: given other numbers it answers "
        "about another photo, and no error is raised.",
        FORMULA[network.preparation.pixels],
    )


def _mistake(titles: Sequence[str]) -> str:
    return st.selectbox(
        "Mistake, looked at closely", titles, key="predictions_mistake", bind="query-params", persist_state="session"
    )


def _steps(network: LookedAt, picture: Picture, way: Prepared, *, key: str, against: Prepared | None = None) -> None:
    """The pictures on the way, and the answer at its end; beside a mistake's the right one."""
    number = iter(("1. ", "2. ", "3. ", "4. ") if against is None else ("",) * 4)
    pictures = [_original(network, picture, way, f"{next(number)}Photo")] if against is None else []
    resized = f"{next(number)}Resized"
    pictures += [shown(resized, way.picture, alt=f"{picture.name} resized"), _numbers(way, f"{next(number)}Numbers")]
    if against is not None:
        beyond = f"{percent(way.clipped, 0)} of the numbers are beyond what a photo gives"
        pictures.append(_taken_for(way, "Taken for", beyond if way.clipped else "numbers that a photo can give"))
    left, right = st.columns([3, 1.2], gap="medium")
    with left, st.container(key=f"strip_{key}"):
        draw_row(pictures, columns=3, key=key)
    with right:
        st.markdown(f"**{next(number)}Answer**")
        draw_bars(way.answer.top(TOP), told=way.title)
        if against is not None:
            label, value = against.answer.top(1)[0]
            st.caption(f"Rightly prepared: {plain(label)}, {percent(value)}")


def _taken_for(way: Prepared, label: str, caption: str) -> Shown:
    return shown(
        label, framed(way.read_as), alt=f"The photo that would have given these numbers: {way.title}", caption=caption
    )


def _original(network: LookedAt, picture: Picture, way: Prepared, label: str) -> Shown:
    pixels = picture.pixels
    note = ", all of it"
    if way.preparation.placement == "crop":
        top, left, rows, columns = middle_box((pixels.shape[0], pixels.shape[1]), network.size)
        pixels = outline(pixels, (left, top, left + columns, top + rows), width=max(2, max(pixels.shape) // 200))
        note = ", the part inside the box"
    return shown(label, pixels, alt=f"{picture.name}{note}", note=note)


def _numbers(way: Prepared, label: str) -> Shown:
    seen, limit = numbers_picture(way.numbers)
    signed = way.numbers.min() < 0
    end = significant(limit)
    scale = f"blue −{end}, white 0, vermilion {end}" if signed else f"black 0, white {end}"
    names = "BGR" if way.blue_first else "RGB"
    order = f"; {', '.join(names)}, and the scale" if signed and way.numbers.shape[-1] > 1 else ""
    return shown(
        label,
        seen,
        alt=f"The numbers, {way.title}: {number_range(way)}",
        caption=f"{number_range(way)}: {scale}{order}",
        exact=True,
    )


def _mistakes(found: Mapping[str, Prepared]) -> None:
    right = found[RIGHT].answer.top(1)[0][0]
    cells = []
    for title, way in found.items():
        if title != RIGHT:
            label, value = way.answer.top(1)[0]
            same = label == right
            told = "the right way's answer" if same else "another answer than the right way's"
            answer = Line("", label, f" {percent(value)}", same, told)
            alt = f"{title}: {spoken(way.answer.top(1))}"
            cells.append(Cell(data_uri(framed(way.read_as)), alt, (answer, Line(title)), sharp=True))
    picture_grid(cells)


def _take_home(network: LookedAt, found: Mapping[str, Prepared], mistake: str) -> None:
    with st.container(horizontal=True, gap="small"):
        download("Right numbers (NPY)", lambda: npy(found[RIGHT].numbers), "right.npy", "application/npy", key=_KEY)
        download("Wrong numbers (NPY)", lambda: npy(found[mistake].numbers), "wrong.npy", "application/npy", key=_KEY)
        download("Taken for (PNG)", lambda: png(found[mistake].read_as), "taken_for.png", "image/png", key=_KEY)
        download(
            "picture.png, which the code reads",
            lambda: png(shared_picture().pixels),
            "picture.png",
            "image/png",
            key=_KEY,
        )
    codes = {
        "Right": preparing_code(network, found[RIGHT].preparation)["Python"],
        "Mistake": preparing_code(network, found[mistake].preparation)["Python"],
    }
    same_in_code(codes, key=_KEY)


# Each holds the numbers of all ways: some eight megabytes with the largest networks.
@st.cache_resource(max_entries=8, show_spinner="Asking about each way …")
def _all_ways(name: str, key: str, _network: LookedAt, _picture: Picture) -> dict[str, Prepared]:
    ways = {RIGHT: _network.preparation, **mistakes_of(_network.preparation)}
    return {title: prepared_in(_network, _picture.pixels, way, title=title) for title, way in ways.items()}
