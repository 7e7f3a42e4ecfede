"""How good a detector is on pictures with true boxes: figures, classes, kinds of mistakes, the worst pictures."""

import math
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cnn_core.detection.boxed_listing import BoxedListing
from cnn_core.detection.error_kinds import KINDS
from cnn_core.detection.evaluation import SHOWN_SCORE, Evaluation, at_threshold, class_rows, evaluate
from cnn_core.detection.judged import FILE, Judged, load_judged
from pages.detection_tabs.judged_pictures import KIND_WORDS, draw_pictures
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.tables import text_table
from pages.ui.words import percent, plain


def draw_judged(run: Path, listing: BoxedListing | None, *, part: str | None, key: str) -> None:
    """Everything that is known about a detector's answers.

    Args:
        run: the run that looked at the pictures.
        listing: where the pictures lie; None where they are gone.
        part: of the pictures; None takes all.
        key: with which the keys of the widgets begin.
    """
    path = run / FILE
    file = (str(path), path.stat().st_mtime_ns if path.exists() else 0, part)
    judged, figures = _judged(*file)
    _metrics(judged, figures)
    threshold = st.slider(
        "Least score",
        0.01,
        0.99,
        SHOWN_SCORE,
        0.01,
        key=f"{key}_threshold",
        bind="query-params",
        persist_state="session",
        help="For all that follows; average precision above looks at all scores.",
        width=420,
    )
    rows, kinds, by_class = _at_threshold(*file, threshold)
    _classes(figures, by_class)
    _kinds(kinds, figures, key)
    if listing is not None:
        draw_pictures(judged, rows, listing, threshold=threshold, key=key)


@st.cache_resource(max_entries=8, show_spinner="Computing average precision …")
def _judged(path: str, changed: int, part: str | None) -> tuple[Judged, Evaluation]:
    judged = load_judged(Path(path))
    judged = judged if part is None else judged.of({part})
    return judged, evaluate(judged)


@st.cache_resource(max_entries=16, show_spinner="Comparing the boxes …")
def _at_threshold(path: str, changed: int, part: str | None, threshold: float) -> tuple[Any, ...]:
    return at_threshold(_judged(path, changed, part)[0], threshold=threshold)


def _metrics(judged: Judged, figures: Evaluation) -> None:
    coco = figures.coco
    low, high = figures.interval50.low, figures.interval50.high
    # Where every draw gives the same the bootstrap says nothing.
    between = f"95 %: {low:.3f} to {high:.3f}" if low < high else None
    rows = {
        "mAP 0.5:0.95": (coco.ap, "COCO's AP: the mean over ten IoU thresholds"),
        "mAP 0.75": (coco.ap75, "IoU 0.75"),
        "VOC 2012": (figures.voc12.ap, "Pascal VOC's rule: the area under the curve, IoU 0.5"),
        "VOC 2007": (figures.voc07.ap, "Pascal VOC's rule of 2007: eleven recalls, IoU 0.5"),
    }
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "mAP 0.5",
            _number(coco.ap50),
            between,
            delta_color="off",
            delta_arrow="off",
            width="content",
            help="Mean over the classes, IoU 0.5. Below it the 95 % interval: in 95 of 100 draws of as many of these "
            "pictures, with repetition, it lay between these two (bootstrap).",
        )
        for title, (value, meaning) in rows.items():
            st.metric(title, _number(value), width="content", help=meaning)
        st.metric("Pictures", f"{len(judged.pictures):,}", width="content")
    sizes = {"small": coco.small, "medium": coco.medium, "large": coco.large}
    told = ", ".join(f"{name} {_number(value)}" for name, value in sizes.items() if not math.isnan(value))
    st.caption(
        f"mAP 0.5:0.95 by the objects' size in their pictures (below 32², to 96², above): {told or 'no objects'}."
    )


def _classes(figures: Evaluation, by_class: dict[str, tuple[int, int, int]]) -> None:
    text_table(
        [
            {
                "Class": plain(row.name, 30),
                "AP 0.5": _number(row.ap50),
                "AP 0.5:0.95": _number(row.ap),
                "Boxes": f"{row.truths:,}",
                "Right": f"{row.right:,}",
                "Wrong": f"{row.wrong:,}",
                "Not found": f"{row.unfound:,}",
                "Precision": percent(row.precision, 0),
                "Recall": percent(row.recall, 0),
            }
            for row in class_rows(figures.coco, by_class)
        ]
    )


def _kinds(kinds: dict[str, int], figures: Evaluation, key: str) -> None:
    labels = [KIND_WORDS[kind].partition(":")[0] for kind in reversed(KINDS)]
    costs = [figures.costs.costs[kind] for kind in reversed(KINDS)]
    counts = [kinds[kind] for kind in reversed(KINDS)]
    figure = go.Figure(
        go.Bar(
            x=[0 if math.isnan(cost) else 100 * cost for cost in costs],
            y=labels,
            orientation="h",
            marker_color=COLOURS[1],
            text=[f"{count:,} {'box' if count == 1 else 'boxes'}" for count in counts],
            textposition="auto",
            hovertemplate="%{y}: mending all of them alone would add %{x:.1f} points<extra></extra>",
        )
    )
    figure.update_layout(height=260, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(title="mAP 0.5 that it costs, points", fixedrange=True, rangemode="tozero")
    figure.update_yaxes(fixedrange=True)
    said = ", ".join(f"{label} {count}" for label, count in zip(labels, counts, strict=True))
    st.markdown("**Kinds of mistakes**")
    st.plotly_chart(figure, config=CONFIG, key=f"{key}_kinds", alt=f"Kinds of mistakes: {said}")
    with st.popover("What the kinds mean", icon=":material/help:"):
        for text in KIND_WORDS.values():
            st.markdown(f"- {text}")
        st.caption(
            "Bolya et al. 2020, TIDE. A bar says how many points mAP 0.5 would rise if this kind alone were mended; "
            "the number of boxes is at the least score chosen."
        )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
