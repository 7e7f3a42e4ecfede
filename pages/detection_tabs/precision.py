"""Hits, false alarms and misses as the threshold moves, the precision-recall curve, and average precision under it."""

import streamlit as st

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.detection.candidates import LEAST_SCORE, Candidates, found
from cnn_core.detection.truth import Outcomes, outcomes
from cnn_core.samples import SCENE
from pages.detection_tabs.answer import FITTING, candidates_of, detector_choice, iou_control, threshold_control
from pages.detection_tabs.precision_average import CLASS, draw_average, share
from pages.detection_tabs.truth_source import SOURCE, true_boxes
from pages.ui.box_picture import Mark, box_picture, photo_source
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture, shared_picture

PREFIX = "detection_precision"
MATCH = f"{PREFIX}_match"
HIT, FALSE, MISSED, IGNORED = "#009E73", "#D55E00", "#CC79A7", "#7F7F7F"

FORMULA = (
    r"\begin{gathered} \text{precision} = \frac{TP}{TP + FP} \qquad \text{recall} = \frac{TP}{TP + FN} \\ "
    r"\text{AP} = \text{area under } \; p(r) = \max_{r' \ge r} \text{precision}(r') \end{gathered}"
)


def _preset(scene: int, threshold: float, name: str, *, match: float = 0.5) -> dict[str, object]:
    """A scene with its own truth, and a class of it."""
    return {
        "picture_source": "sample",
        "picture_sample": SCENE,
        "picture_scene": scene,
        "detection_model": FITTING,
        "detection_threshold": threshold,
        "detection_iou": 0.5,
        SOURCE: "scene",
        MATCH: match,
        CLASS: name,
    }


PRESETS = {
    "A false alarm": (
        "Six shapes are found, and a star that is not there. It scores higher than the last true one, so that "
        "precision falls before recall is complete: AP is below 1.",
        _preset(290, 0.35, "star"),
    ),
    "Say little": (
        "Only what is nearly certain is said: no false alarm, but two of three triangles are missed. Precision is "
        "high, recall low.",
        _preset(372, 0.88, "triangle"),
    ),
    "Say much": (
        "Down to a score of 0.01 the third triangle is found, and five come before it that are not there.",
        _preset(372, 0.01, "triangle"),
    ),
    "Be exact": (
        "A hit must now overlap the true box by 0.9: boxes that lie a little beside are false alarms, and their "
        "objects are missed.",
        _preset(290, 0.35, "star", match=0.9),
    ),
}


def draw() -> None:
    picture = shared_picture()
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        with st.container(width=230):
            detector = detector_choice(picture)
        with st.container(width=176):
            threshold = threshold_control()
        with st.container(width=176):
            match = st.slider(
                "IoU of a hit",
                0.5,
                0.95,
                0.5,
                0.05,
                key=MATCH,
                bind="query-params",
                help="A detection is a hit where it overlaps a true box of its class by at least this much.",
            )
        with st.container(width=176):
            iou_threshold = iou_control()
    candidates = candidates_of(detector, picture)
    ranked = _ranked(candidates, iou_threshold)
    truth = true_boxes(picture, detector.classes, ranked[ranked.scores >= threshold])
    at = outcomes(truth, ranked, threshold=threshold, iou_threshold=match)
    left, right = st.columns([1, 1], gap="large")
    with left:
        _draw_picture(picture, truth, ranked, at)
    with right:
        _draw_counts(at)
        code = draw_average(truth, ranked, threshold, match, key=PREFIX)
    what_happens(
        "From the best score down, each detection takes the free true box of its class that it overlaps most, if the "
        "overlap is large enough: a true positive (TP), else a false positive (FP); true boxes that nobody takes are "
        "missed (FN). The threshold cuts the list; average precision (AP) looks at all cuts at once.",
        FORMULA,
    )
    if code:
        same_in_code(code, key=PREFIX, file="average_precision")


def _ranked(candidates: Candidates, iou_threshold: float) -> Boxes:
    """All boxes that suppression leaves, whatever their score: a threshold only cuts this list."""
    return found(candidates, threshold=LEAST_SCORE, iou_threshold=iou_threshold)


def _draw_picture(picture: Picture, truth: Truth, ranked: Boxes, at: Outcomes) -> None:
    marks = []
    for row in at.rows:
        source = truth.boxes if row.kind == "missed" else ranked
        left, top, right, bottom = source.corners[row.box].tolist()
        colour, sign = {
            "true positive": (HIT, "✓"),
            "false positive": (FALSE, "✕"),
            "missed": (MISSED, "missed"),
            "ignored": (IGNORED, "–"),
        }[row.kind]
        score = "" if row.score is None else f"{row.score:.2f}"
        caption = f"{sign} {row.name} {score}".strip()
        kind = {"true positive": "✓ TP", "false positive": "✕ FP", "missed": "FN", "ignored": "ignored"}[row.kind]
        marks.append(
            Mark(
                (left, top, right, bottom),
                colour,
                caption,
                dashed=row.kind == "missed",
                cells=(row.name, kind, score, f"{row.overlap:.2f}", row.why),
            )
        )
    box_picture(
        photo_source(picture.key, picture.pixels),
        marks,
        key=f"{PREFIX}_picture",
        alt=f"{picture.name}: {at.hits} hits, {at.false_alarms} false alarms, {at.misses} missed",
        columns=("Class", "", "Score", "IoU", "Why"),
    )


def _draw_counts(at: Outcomes) -> None:
    with st.container(horizontal=True):
        st.metric("✓ True positives", at.hits)
        st.metric("✕ False positives", at.false_alarms)
        st.metric("Missed (FN)", at.misses)
    found_count, true_count = at.hits + at.false_alarms, at.hits + at.misses
    st.latex(
        r"\begin{aligned}"
        rf"\text{{precision}} &= {_fraction(at.hits, found_count)} = \mathbf{{{share(at.precision)}}} \\[4pt]"
        rf"\text{{recall}} &= {_fraction(at.hits, true_count)} = \mathbf{{{share(at.recall)}}}"
        r"\end{aligned}"
    )


def _fraction(part: int, whole: int) -> str:
    return rf"\frac{{{part}}}{{{whole}}}"
