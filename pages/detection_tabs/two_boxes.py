"""Two boxes to drag: IoU, GIoU, DIoU and CIoU as they move, each with its loss and its formula."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnn_core.box_overlap import MEASURES, Overlap, losses_along, overlap
from cnn_core.box_text import boxes_from_text
from cnn_core.boxes import Boxes
from cnn_core.detection.learn_snippets import overlap_code
from cnn_core.detection.overlap_formula import ciou_steps, diou_steps, giou_steps, iou_steps
from pages.ui.box_editor import box_editor
from pages.ui.box_picture import Look, Mark, photo_source
from pages.ui.charts import COLOURS, CONFIG, DASHES
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.picture import Picture, shared_picture
from pages.ui.tables import text_table

PREFIX = "detection_pair"
BOXES = f"{PREFIX}_boxes"
NAMES = ("A", "B")
PAINT = {0: "#E69F00", 1: "#0072B2"}
SEES = {
    "iou": "the part that both cover",
    "giou": "and the gap between them",
    "diou": "and the distance of the centres",
    "ciou": "and the shapes",
}
STEPS = {"iou": iou_steps, "giou": giou_steps, "diou": diou_steps, "ciou": ciou_steps}

FORMULA = (
    r"\begin{aligned} \text{IoU} &= \frac{|A \cap B|}{|A \cup B|} & \text{GIoU} &= \text{IoU} - "
    r"\frac{|C| - |A \cup B|}{|C|} \\[6pt] \text{DIoU} &= \text{IoU} - \frac{\rho^2}{c^2} & "
    r"\text{CIoU} &= \text{DIoU} - \alpha v \end{aligned}"
)


def draw() -> None:
    _draw(shared_picture())


@st.fragment
def _draw(picture: Picture) -> None:
    """The whole part: while a box is being dragged only this runs again, and what cannot be read is said here."""
    with mendable():
        _draw_pair(picture)


def _draw_pair(picture: Picture) -> None:
    try_this(_presets(picture), page=PREFIX)
    if BOXES not in st.session_state and BOXES not in st.query_params:
        st.session_state[BOXES] = _text(picture, (0.18, 0.22, 0.58, 0.72), (0.38, 0.35, 0.82, 0.85))
    left, right = st.columns([1, 1], gap="medium")
    with left:
        place = st.container()
        st.text_input(
            "Boxes",
            key=BOXES,
            bind="query-params",
            help="Class, x_min, y_min, x_max, y_max in pixels of the photo; a semicolon between boxes.",
        )
        with place:
            boxes = _editor(picture)
    pair = _pair(boxes)
    if pair is None:
        st.info("Two boxes are needed, A and B. A preset brings them back.", icon=":material/select_all:")
        return
    with right:
        _draw_values(pair)
        _draw_chart(pair)
    for row in (("iou", "giou"), ("diou", "ciou")):
        for cell, name in zip(st.columns(2, gap="medium"), row, strict=True):
            with cell, st.container(border=True, gap="xsmall", height="stretch"):
                st.latex(STEPS[name](pair))
    what_happens(
        "IoU is the part of the area covered by either box that both cover. A network that learns to place boxes needs "
        "a loss that tells it where to move them, also where they do not touch yet: there IoU is 0 whatever it does, "
        "while GIoU, DIoU and CIoU still fall as the boxes come closer.",
        FORMULA,
    )
    same_in_code(overlap_code(pair.first, pair.second), key=PREFIX, file="overlap")


def _editor(picture: Picture) -> Boxes:
    height, width = picture.pixels.shape[:2]
    boxes = box_editor(
        photo_source(picture.key, picture.pixels),
        key=f"{PREFIX}_editor",
        alt=f"{picture.name} with two boxes, A and B, to be moved",
        target=BOXES,
        names=NAMES,
        colours=PAINT,
        marks=_helping_marks((height, width)),
        look=Look(line=3, fill=0.25),
        most=2,
        live=True,
    )
    st.caption("Drag a box, or its corners. Dotted: the smallest box around both, C.")
    return boxes


def _helping_marks(size: tuple[int, int]) -> list[Mark]:
    """The hull of the boxes that the text holds now."""
    boxes = boxes_from_text(str(st.session_state.get(BOXES) or ""), names=NAMES, size=size)
    pair = _pair(boxes)
    return [] if pair is None else [Mark(pair.hull, "#7F7F7F", "C", dashed=True, faint=True)]


def _pair(boxes: Boxes) -> Overlap | None:
    """A and B, where there is one of each."""
    places = [np.flatnonzero(boxes.labels == label) for label in (0, 1)]
    if any(len(place) != 1 for place in places):
        return None
    first, second = (boxes.corners[place[0]].tolist() for place in places)
    return overlap(first, second)


def _draw_values(pair: Overlap) -> None:
    text_table(
        [
            {
                "": f"**{title}**",
                "Value": f"{pair.values[name]:.3f}",
                "Loss: 1 − value": f"**{1 - pair.values[name]:.3f}**",
                "What it sees": SEES[name],
            }
            for name, title in MEASURES.items()
        ]
    )
    st.caption(
        f"In both: {pair.intersection:,.0f} square pixels. In either: {pair.union:,.0f}. Around both: "
        f"{pair.hull_area:,.0f}."
    )


def _draw_chart(pair: Overlap) -> None:
    """The losses as B slides along: what tells a network to move it, and where nothing does."""
    reach = 1.2 * (pair.hull[2] - pair.hull[0])
    shifts = np.linspace(-reach, reach, 121)
    losses = losses_along(pair.first, pair.second, shifts)
    figure = go.Figure()
    for number, (name, title) in enumerate(MEASURES.items()):
        figure.add_scatter(
            x=shifts,
            y=losses[name],
            name=title,
            mode="lines",
            line={"color": COLOURS[number], "width": 2.5, "dash": DASHES[number]},
            hovertemplate="%{y:.3f}",
        )
    figure.add_vline(x=0, line={"color": "#8893A2", "width": 1.5, "dash": "dot"})
    figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    figure.update_xaxes(title="B moved to the right by, pixels", fixedrange=True)
    figure.update_yaxes(title="loss", rangemode="tozero", fixedrange=True)
    st.plotly_chart(
        figure,
        config=CONFIG,
        key=f"{PREFIX}_chart",
        alt="The four losses as B is moved sideways: where the boxes do not touch, 1 - IoU is flat at 1",
    )
    st.caption("Where the line is flat, the loss does not tell a network in which direction to move the box.")


def _presets(picture: Picture) -> dict[str, tuple[str, dict[str, object]]]:
    def preset(first: tuple[float, ...], second: tuple[float, ...]) -> dict[str, object]:
        return {BOXES: _text(picture, first, second)}

    return {
        "Touching": (
            "They share an edge and no area: IoU is 0 and its loss 1, as if they were far apart.",
            preset((0.1, 0.3, 0.45, 0.7), (0.45, 0.3, 0.8, 0.7)),
        ),
        "Far apart": (
            "IoU is 0 still. GIoU and DIoU have fallen below 0: their losses say how far there is to go.",
            preset((0.04, 0.3, 0.24, 0.6), (0.72, 0.3, 0.92, 0.6)),
        ),
        "Inside": (
            "The hull is the larger box, so that GIoU equals IoU: it does not see where the small box lies. DIoU does.",
            preset((0.1, 0.1, 0.9, 0.9), (0.55, 0.55, 0.85, 0.85)),
        ),
        "Same centre": (
            "The centres agree, so DIoU equals IoU; only CIoU sees that the shapes differ.",
            preset((0.2, 0.4, 0.8, 0.6), (0.4, 0.2, 0.6, 0.8)),
        ),
    }


def _text(picture: Picture, first: tuple[float, ...], second: tuple[float, ...]) -> str:
    height, width = picture.pixels.shape[:2]
    size = (width, height, width, height)
    return "; ".join(
        f"{name} " + " ".join(str(round(part * side)) for part, side in zip(parts, size, strict=True))
        for name, parts in zip(NAMES, (first, second), strict=True)
    )
