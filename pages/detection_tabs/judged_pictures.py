"""Pictures with their true boxes and those that a detector found: right, wrong, and missing."""

from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.boxed_listing import BoxedListing
from cnn_core.detection.class_colours import class_colours
from cnn_core.detection.error_kinds import KINDS, WRONG, errors_of
from cnn_core.detection.evaluation import PictureRow, worst_pictures
from cnn_core.detection.judged import Judged, JudgedPicture
from cnn_core.errors import InputError
from cnn_core.images import open_photo
from pages.ui.box_picture import Mark, PhotoSource, box_picture, photo_source
from pages.ui.words import plain

KIND_WORDS = {
    "localisation": "Localisation: right class, IoU 0.1 to 0.5",
    "confusion": "Confusion: right place, wrong class",
    "duplicate": "Duplicate: a better box has the object",
    "background": "Background: nothing is there",
    "both": "Class and place wrong",
    "missed": "Missed: no box near it",
}
SIDE = 480
WORST, ALL = "the worst", "in order"
_PER_PAGE = 6
_PER_ROW = 3


def draw_pictures(judged: Judged, rows: list[PictureRow], listing: BoxedListing, *, threshold: float, key: str) -> None:
    """The pictures, those that went worst first, or those with most mistakes of a kind."""
    st.markdown("**Pictures**: true boxes dashed, right ones thin, wrong ones thick")
    choices = [WORST, *KINDS, ALL]
    chosen = st.selectbox(
        "Which pictures",
        choices,
        format_func=lambda kind: KIND_WORDS[kind] if kind in KIND_WORDS else kind.capitalize(),
        key=f"{key}_which",
        bind="query-params",
        persist_state="session",
        width=420,
    )
    every = len(rows)
    order = rows if chosen == ALL else worst_pictures(rows, kind=None if chosen == WORST else chosen, count=every)
    if not order:
        st.success("There is no such mistake at this score.", icon=":material/check:")
        return
    pages = -(-len(order) // _PER_PAGE)
    page = 1
    if pages > 1:
        page = st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=f"{key}_page", width=160)
    shown = order[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    colours = class_colours(Boxes.empty(judged.names))
    for first in range(0, len(shown), _PER_ROW):
        for column, row in zip(st.columns(_PER_ROW, gap="small"), shown[first : first + _PER_ROW], strict=False):
            with column:
                _picture(judged.pictures[row.place], row, listing, colours, threshold=threshold, key=key)


def _picture(
    picture: JudgedPicture,
    row: PictureRow,
    listing: BoxedListing,
    colours: dict[int, str],
    *,
    threshold: float,
    key: str,
) -> None:
    told = f"{row.right} right, {row.wrong} wrong, {row.unfound} not found"
    try:
        source, scale = _photo(str(listing.path(picture.file)), picture.file, picture.size)
    except InputError as error:
        st.warning(plain(str(error), 200), icon=":material/broken_image:")
        return
    box_picture(
        source,
        marks_of_judged(picture, colours, threshold=threshold, scale=scale),
        key=f"{key}_picture_{row.place}",
        alt=f"{picture.file}: {told}",
        small=True,
    )
    st.caption(f"{plain(picture.file, 40)}: {told}")


def marks_of_judged(
    picture: JudgedPicture, colours: dict[int, str], *, threshold: float, scale: tuple[float, float]
) -> list[Mark]:
    """True boxes dashed; boxes found in the colour of their class, wrong ones thick, their kind in the caption."""
    factors = np.array([*scale, *scale])
    seen = picture.found[picture.found.scores >= threshold]
    errors = errors_of(picture.truth, seen)
    marks = []
    for corners, label, score, kind in zip(
        (seen.corners * factors).tolist(), seen.labels, seen.scores.tolist(), errors.kind, strict=True
    ):
        name = f"{seen.names[label]} {score:.2f}"
        said = f"{name}: {WRONG[kind]}" if kind >= 0 else name
        marks.append(Mark(tuple(corners), colours[int(label)], said, strong=bool(kind >= 0), group=seen.names[label]))
    truth = picture.truth.boxes
    for place, (corners, label) in enumerate(zip((truth.corners * factors).tolist(), truth.labels, strict=True)):
        missed = " not found" if errors.unfound[place] else ""
        marks.append(
            Mark(
                tuple(corners),
                colours[int(label)],
                f"{truth.names[label]}{missed}" if missed else "",
                dashed=True,
                faint=not missed,
            )
        )
    return marks


@st.cache_data(max_entries=128, show_spinner=False)
def _photo(path: str, name: str, size: tuple[int, int]) -> tuple[PhotoSource, tuple[float, float]]:
    """A picture of the list, small, and what its boxes are multiplied by along x and y."""
    pixels = open_photo(Path(path), name=name, working_side=SIDE).pixels
    source = photo_source(f"{path} {Path(path).stat().st_mtime_ns}", pixels, side=SIDE)
    return source, (pixels.shape[1] / size[1], pixels.shape[0] / size[0])
