"""Label maps over their photo, whole and close up, with what was measured below."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.drawing import enlarge
from cnn_core.masks import has_background
from cnn_core.segmentation.inside_figures import Agreement, agreement, close_up
from cnn_core.segmentation.overlay import over_grey
from pages.ui.legend import draw_legend
from pages.ui.lesson import has_room
from pages.ui.picture import Picture
from pages.ui.pictures import Shown, draw_row, shown
from pages.ui.words import percent, plain

Labels = npt.NDArray[np.uint8]

_OPACITY = 0.65
_CROP = 384
_LEAST, _PART = 32, 5
# Pixels from a border that count as near it.
RIM = 2
_MOST_NAMED = 12


@dataclass(frozen=True, eq=False)
class Answer:
    """A label map with its title; `figures` against the reference, None for the reference itself."""

    title: str
    labels: Labels
    figures: Agreement | None = None


def answer(title: str, labels: Labels, reference: Labels, classes: int) -> Answer:
    """A label map and how far it agrees with the reference."""
    return Answer(title, labels, agreement(labels, reference, num_classes=classes, width=RIM))


def draw_answers(
    picture: Picture, answers: Sequence[Answer], *, names: Sequence[str], colours: Sequence[str], key: str
) -> None:
    """The photo, and beside it each label map over it."""
    caption = size_words(picture)
    pictures = [shown("Input: the picture", enlarged(picture.pixels), alt=picture.name, caption=caption)]
    for one in answers:
        drawn = enlarged(over(picture.pixels, one.labels, names, colours))
        pictures.append(shown(one.title, drawn, alt=f"{one.title}: {said(one, names)}", caption=figure_words(one)))
    draw_beside(pictures, key=key)


def draw_close_up(
    picture: Picture,
    answers: Sequence[Answer],
    *,
    reference: Labels,
    names: Sequence[str],
    colours: Sequence[str],
    key: str,
) -> None:
    """The square where the label maps differ most from the reference, pixel by pixel."""
    side = max(_LEAST, min(picture.pixels.shape[:2]) // _PART)
    rows, columns = window = close_up([one.labels for one in answers], reference, side=side)
    st.markdown(f"**Close up**: rows {rows.start} to {rows.stop}, columns {columns.start} to {columns.stop}")
    crop = enlarge(picture.pixels[window], side=_CROP)
    pictures = [shown("The picture", crop, alt=f"{picture.name}, close up", caption="Every pixel a square")]
    for one in answers:
        crop = enlarge(over(picture.pixels[window], one.labels[window], names, colours), side=_CROP)
        pictures.append(shown(one.title, crop, alt=f"{one.title}, close up", caption=rim_words(one)))
    draw_beside(pictures, key=key)


def draw_beside(pictures: list[Shown], *, key: str, columns: int | None = None) -> None:
    """All in one row, or so many; on a phone two in a row."""
    columns = (columns or len(pictures)) if has_room() else 2
    with st.container(key=f"strip_{key}"):
        draw_row(pictures, columns=columns, key=key)


def over(pixels: npt.NDArray, labels: Labels, names: Sequence[str], colours: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The photo with its masks."""
    return over_grey(pixels, labels, names=names, colours=colours, opacity=_OPACITY)


def enlarged(pixels: npt.NDArray) -> npt.NDArray[np.uint8]:
    """Few pixels stay squares on any screen."""
    return enlarge(np.asarray(pixels, np.uint8), side=_CROP)


def legend(names: Sequence[str], colours: Sequence[str]) -> None:
    """The colour of each class; the background is left without."""
    draw_legend(dict(list(zip(names, colours, strict=True))[has_background(names) :][:_MOST_NAMED]))


def figure_words(one: Answer) -> str:
    """What was measured, for a caption."""
    if one.figures is None:
        return "What the others are compared with"
    return f"Mean IoU **{one.figures.mean_iou:.3f}**"


def rim_words(one: Answer) -> str:
    """How much is right near borders and elsewhere, for a caption."""
    if one.figures is None:
        return "What the others are compared with"
    near, elsewhere = percent(one.figures.rim), percent(one.figures.inner)
    return f"The same class within {RIM} pixels of a border: **{near}**; elsewhere {elsewhere}"


def said(one: Answer, names: Sequence[str]) -> str:
    """The classes that are to be seen, for those who do not see them."""
    first = 1 if has_background(names) else 0
    there = [names[label] for label in np.unique(one.labels).tolist() if first <= label < len(names)]
    return ", ".join(plain(name) for name in there) or "nothing found"


def size_words(picture: Picture) -> str:
    """Its size."""
    height, width = picture.pixels.shape[:2]
    return f"{width} × {height} pixels"
