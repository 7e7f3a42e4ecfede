"""How good a detector is on pictures with true boxes: figures, classes, kinds of mistakes, the worst pictures."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnn_core.boxes import Boxes
from cnn_core.detection.class_colours import class_colours
from cnn_core.detection.error_kinds import KINDS, WRONG, errors_of
from cnn_core.detection.evaluation import (
    SHOWN_SCORE,
    Evaluation,
    PictureRow,
    at_threshold,
    class_rows,
    evaluate,
    worst_pictures,
)
from cnn_core.detection.judged import FILE, Judged, JudgedPicture, load_judged
from cnn_core.errors import InputError
from cnn_core.images import open_photo
from pages.ui.box_picture import Mark, PhotoSource, box_picture, photo_source
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.tables import text_table
from pages.ui.words import percent, plain

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


def draw_judged(run: Path, path_of: Callable[[str], Path], *, part: str | None, key: str) -> None:
    """Everything that is known about a detector's answers.

    Args:
        run: the run that looked at the pictures.
        path_of: where a picture lies, by its name in the listing.
        part: of the pictures; None takes all.
        key: with which the keys of the widgets begin.
    """
    path = run / FILE
    judged, figures = _judged(str(path), path.stat().st_mtime_ns if path.exists() else 0, part)
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
    rows, kinds, _ = at_threshold(judged, threshold=threshold)
    _classes(judged, figures, threshold)
    _kinds(kinds, figures, key)
    _pictures(judged, rows, path_of, threshold=threshold, key=key)


@st.cache_resource(max_entries=8, show_spinner="Computing average precision …")
def _judged(path: str, changed: int, part: str | None) -> tuple[Judged, Evaluation]:
    judged = load_judged(Path(path))
    judged = judged if part is None else judged.of({part})
    return judged, evaluate(judged)


def _metrics(judged: Judged, figures: Evaluation) -> None:
    coco = figures.coco
    rows = {
        "mAP 0.5": (coco.ap50, "Mean over the classes, IoU 0.5"),
        "mAP 0.5:0.95": (coco.ap, "COCO's AP: the mean over ten IoU thresholds"),
        "mAP 0.75": (coco.ap75, "IoU 0.75"),
        "VOC 2012": (figures.voc12.ap, "Pascal VOC's rule: the area under the curve, IoU 0.5"),
        "VOC 2007": (figures.voc07.ap, "Pascal VOC's rule of 2007: eleven recalls, IoU 0.5"),
    }
    with st.container(horizontal=True, gap="large"):
        for title, (value, meaning) in rows.items():
            st.metric(title, _number(value), width="content", help=meaning)
        st.metric("Pictures", f"{len(judged.pictures):,}", width="content")
    sizes = {"small": coco.small, "medium": coco.medium, "large": coco.large}
    told = ", ".join(f"{name} {_number(value)}" for name, value in sizes.items() if not math.isnan(value))
    st.caption(
        f"mAP 0.5:0.95 by the objects' size in their pictures (below 32², to 96², above): {told or 'no objects'}."
    )


def _classes(judged: Judged, figures: Evaluation, threshold: float) -> None:
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
            for row in class_rows(judged, figures.coco, threshold=threshold)
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


def _pictures(
    judged: Judged, rows: list[PictureRow], path_of: Callable[[str], Path], *, threshold: float, key: str
) -> None:
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
                _picture(judged.pictures[row.place], row, path_of, colours, threshold=threshold, key=key)


def _picture(
    picture: JudgedPicture,
    row: PictureRow,
    path_of: Callable[[str], Path],
    colours: dict[int, str],
    *,
    threshold: float,
    key: str,
) -> None:
    told = f"{row.right} right, {row.wrong} wrong, {row.unfound} not found"
    try:
        source, scale = _photo(str(path_of(picture.file)), picture.file, picture.size)
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


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
