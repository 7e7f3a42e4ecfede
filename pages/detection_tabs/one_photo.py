"""The shared picture with its boxes: to point at, to select, to zoom into, and to take home."""

from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.boxes import Boxes, iou
from cnn_core.detection.box_code import boxes_code
from cnn_core.detection.candidates import Candidates
from cnn_core.detection.class_colours import class_colours
from cnn_core.detection.detector import Detector
from cnn_core.drawing import encode, enlarge, png, shrink
from pages.detection_tabs.answer import Answer, Settings, answer_for
from pages.detection_tabs.downloads import downloads
from pages.detection_tabs.nothing_found import best_below, nothing_found
from pages.ui.box_picture import Look, Mark, box_picture, marks_of, photo_source
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import Picture
from pages.ui.tables import text_table
from pages.ui.time_parts import draw_time
from pages.ui.words import counted, plain

KEY = "detection_picture"
SELECTED = "detection_selected"
LINK = "detection_box"
COLUMNS = ("Class", "Score", "Left, top", "Size")
CROP = 240

FORMULA = (
    r"\begin{gathered} \text{score} = p(\text{object})\; p(\text{class} \mid \text{object}) \\ "
    r"\text{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|} \end{gathered}"
)


def draw(picture: Picture, detector: Detector, settings: Settings, look: Look) -> None:
    """The photo, the time it took, and what belongs to it."""
    given = answer_for(picture, detector, settings)
    _photo(given, look)
    if not len(given.boxes):
        # Its buttons change what the fragment above is given.
        nothing_found(given.candidates, settings, detector)
    draw_time({**given.seconds, "drawing": photo_source(picture.key, picture.pixels).seconds}, "from file to boxes")
    st.caption(f"**{plain(detector.title)}** answers. {detector.about}")
    downloads(given, look)
    what_happens(
        "The network proposes boxes all over the photo, each with a score. Those below the threshold are dropped; of "
        "those that overlap, the best one stays. The network is asked once: every control works on what it said.",
        FORMULA,
    )
    same_in_code({"Python": boxes_code(detector, **vars(settings))}, key="detection_boxes")
    st.download_button(
        "picture.png, which the code reads",
        lambda: png(picture.pixels),
        file_name="picture.png",
        mime="image/png",
        key="detection_source",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


@st.fragment
def _photo(given: Answer, look: Look) -> None:
    """The photo and the box that is selected: a click draws these alone anew."""
    boxes, candidates = given.boxes, given.candidates
    selected = _selected(given)
    colours = class_colours(candidates.boxes)
    marks = [
        replace(mark, cells=cells) for mark, cells in zip(marks_of(boxes, colours=colours), rows_of(boxes), strict=True)
    ]
    faint = best_below(candidates, given.settings) if not marks else None
    source = photo_source(given.picture.key, given.picture.pixels)
    beside = bool(st.session_state.get("detection_beside"))
    box_picture(
        source,
        marks or _faint(faint, colours),
        key=KEY,
        alt=alt_text(given.picture.name, boxes),
        look=look,
        selected=selected,
        target=SELECTED if marks else "",
        columns=COLUMNS if marks else (),
        beside=source if beside else None,
        titles=("Input: the photo", f"Output: {counted(len(boxes), 'box', 'boxes')}") if beside else ("", ""),
    )
    if marks and selected is None:
        st.caption(
            f"**{counted(len(boxes), 'box', 'boxes')}** of {len(candidates.boxes):,} candidates. "
            ":material/ads_click: Point at a box or a row to see it alone; click to select it."
        )
    if selected is not None:
        _facts(given, selected)


def rows_of(boxes: Boxes) -> list[tuple[str, ...]]:
    """The table's cells of each box, as in `COLUMNS`."""
    return [
        (boxes.names[label], f"{score:.2f}", f"{left:.0f}, {top:.0f}", f"{right - left:.0f} × {bottom - top:.0f}")
        for (left, top, right, bottom), label, score in zip(
            boxes.corners.tolist(), boxes.labels, boxes.scores.tolist(), strict=True
        )
    ]


def alt_text(name: str, boxes: Boxes) -> str:
    """What is to be seen, for those who do not see it: the photo's name and how many of what."""
    found = [
        f"{count} {boxes.names[label]}"
        for label, count in zip(*np.unique(boxes.labels, return_counts=True), strict=True)
    ]
    return f"{name}: {', '.join(found) if found else 'no boxes'}"


def _faint(best: Boxes | None, colours: dict[int, str]) -> list[Mark]:
    return [] if best is None else [replace(mark, faint=True) for mark in marks_of(best, colours=colours)]


def _selected(given: Answer) -> int | None:
    """The box that is selected; it is forgotten with the picture, and stands in the link."""
    of = (given.picture.key, given.detector.name)
    if SELECTED not in st.session_state:
        asked = st.query_params.get(LINK, "")
        st.session_state[SELECTED] = int(asked) if asked.isdecimal() and len(asked) < 5 else None
    elif st.session_state.get(f"{SELECTED}_of") != of:
        st.session_state[SELECTED] = None
    st.session_state[f"{SELECTED}_of"] = of
    place = st.session_state[SELECTED]
    place = place if place is not None and place < len(given.boxes) else None
    if place is None:
        st.query_params.pop(LINK, None)
    elif st.query_params.get(LINK) != str(place):
        st.query_params[LINK] = str(place)
    return place


def _facts(given: Answer, place: int) -> None:
    """The selected box large, with its numbers."""
    boxes, pixels = given.boxes, given.picture.pixels
    left, top, right, bottom = boxes.corners[place].tolist()
    name = boxes.names[boxes.labels[place]]
    one, two = st.columns([1, 2.4], gap="medium")
    with one:
        rows = slice(int(top), max(int(np.ceil(bottom)), int(top) + 1))
        crop = pixels[rows, int(left) : max(int(np.ceil(right)), int(left) + 1)]
        st.image(
            encode(enlarge(shrink(crop, side=CROP), side=CROP)), alt=f"The selected {name}, cut out", width="content"
        )
    with two:
        share = (right - left) * (bottom - top) / (pixels.shape[0] * pixels.shape[1])
        text_table(
            [
                {"Selected": "Score", plain(name): f"{boxes.scores[place]:.3f}"},
                {"Selected": "Corners", plain(name): f"{left:.1f}, {top:.1f} to {right:.1f}, {bottom:.1f}"},
                {
                    "Selected": "Size",
                    plain(name): f"{right - left:.1f} × {bottom - top:.1f} pixels, {share:.1%} of the photo",
                },
                {"Selected": "Stands for", plain(name): _heap(given.candidates, boxes.corners[place], given.settings)},
            ]
        )


def _heap(candidates: Candidates, corners: np.ndarray, settings: Settings) -> str:
    """How many candidates above the threshold overlap a box by more than half, and as what."""
    boxes = candidates.boxes[candidates.boxes.scores >= settings.threshold]
    near = iou(corners[None], boxes.corners)[0] > 0.5
    classes = {boxes.names[label] for label in np.unique(boxes.labels[near])}
    words = counted(int(near.sum()), "candidate", "candidates")
    return f"{words} here with IoU > 0.5: {', '.join(plain(name, 30) for name in sorted(classes)[:4])}"
