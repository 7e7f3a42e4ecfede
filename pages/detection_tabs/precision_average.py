"""Average precision of one photo: the curve of a class, and the figures of all classes by three rules."""

import math
from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.detection.learn_snippets import precision_code
from cnn_core.detection.truth import RULES, ranked_curve, rule_averages
from pages.detection_tabs.precision_chart import draw_chart
from pages.ui.tables import text_table
from pages.ui.words import plain

CLASS = "detection_precision_class"
_SHORT = {"coco": "COCO", "voc07": "VOC 11", "area": "Area"}


def draw_average(truth: Truth, ranked: Boxes, threshold: float, match: float, *, key: str) -> Mapping[str, str]:
    """The curve of one class and AP of all; gives the code of that class.

    Args:
        truth, ranked: the true boxes, and those that suppression leaves.
        threshold: the least score that is marked on the curve.
        match: the least IoU of a hit.
        key: with which the keys of the widgets begin.
    """
    if not len(truth):
        st.info("Average precision needs at least one true box.", icon=":material/fact_check:")
        return {}
    counts = np.bincount(truth.boxes.labels, minlength=len(truth.boxes.names))
    labels = [int(label) for label in np.flatnonzero(counts)]
    names = [truth.boxes.names[label] for label in labels]
    if st.session_state.get(CLASS, names[0]) not in names:
        del st.session_state[CLASS]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = st.selectbox(
            "Class", names, index=int(np.argmax(counts[labels])), key=CLASS, bind="query-params", width=170
        )
        rule = st.segmented_control(
            "Average precision by the rule of",
            list(RULES),
            default="coco",
            required=True,
            format_func=lambda rule: RULES[rule][0],
            key=f"{key}_rule",
            bind="query-params",
        )
    label = labels[names.index(name)]
    curve = ranked_curve(truth, ranked, label=label, rule=rule, iou_threshold=match)
    draw_chart(curve, rule, threshold, key=f"{key}_chart", name=name)
    _draw_table(truth, ranked, match)
    return precision_code(curve, truth, ranked, label=label, rule=rule, iou_threshold=match)


def _draw_table(truth: Truth, ranked: Boxes, match: float) -> None:
    """AP of each class by the three rules, and the mean."""
    st.markdown(f"**Average precision at IoU {match:g}**")
    classes, means = rule_averages(truth, ranked, iou_threshold=match)
    rows = [(plain(truth.boxes.names[row.label], 30), str(row.truths), row.values) for row in classes]
    rows.append(("**mean (mAP)**", "", means))
    text_table(
        [
            {"Class": name, "True": count} | {_SHORT[rule]: share(v) for rule, v in zip(RULES, values, strict=True)}
            for name, count, values in rows
        ]
    )
    st.caption("Of this photo alone: with few true boxes recall moves in large steps. COCO's own AP pools many photos.")


def share(value: float) -> str:
    """Three digits; "?" where there is none."""
    return "?" if math.isnan(value) else f"{value:.3f}"
