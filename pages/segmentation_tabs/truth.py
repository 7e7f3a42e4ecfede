"""Tab Truth: what is there beside what the network says, the figures that sum it up, and a map of the mistakes."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn_core.drawing import encode, png
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.masks import Labels, Masks, decided, has_background
from cnn_core.samples import SCENE
from cnn_core.segmentation.overlay import Look, overlay
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.truth import (
    CONFUSED,
    KIND_COLOURS,
    KINDS,
    LEFT_OUT,
    RIGHT,
    UNDECIDED,
    PhotoFigures,
    compared,
    error_map,
    error_picture,
    figures_csv,
    kind_counts,
)
from cnn_core.segmentation.truth_code import truth_code
from pages.segmentation_tabs.answer import FITTING, masks_for, segmenter_choice
from pages.segmentation_tabs.truth_source import SOURCE, source_choice, true_mask
from pages.segmentation_tabs.truth_table import draw_figures, draw_formula
from pages.ui.legend import draw_legend
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture, shared_picture
from pages.ui.words import plain

PREFIX = "segmentation_truth"
THRESHOLD, CLASS = f"{PREFIX}_threshold", f"{PREFIX}_class"
ALL = "all classes"

FORMULA = (
    r"\begin{gathered} \text{IoU} = \frac{TP}{TP + FP + FN} \\[4pt] "
    r"\text{Dice} = \frac{2\,TP}{2\,TP + FP + FN} \\[4pt] "
    r"F_1^{\text{boundary}} = \frac{2\,P\,R}{P + R} \end{gathered}"
)


def _preset(scene: int, *, threshold: float = 0.0, label: str = ALL, model: str = FITTING) -> dict[str, object]:
    return {
        "picture_source": "sample",
        "picture_sample": SCENE,
        "picture_scene": scene,
        "segmentation_model": model,
        SOURCE: "scene",
        THRESHOLD: threshold,
        CLASS: label,
    }


PRESETS = {
    "Shapes, truth known": (
        "The scene was drawn, so that every pixel's class is known. What is wrong lies along the outlines, so near to "
        "them that boundary F1 forgives it.",
        _preset(3),
    ),
    "Only what is sure": (
        "Pixels below 0.95 are left undecided: hardly any is false now, and far more are missed.",
        _preset(3, threshold=0.95),
    ),
    "A class that is not there": (
        "Some pixels are given a class that the scene does not hold: its IoU is 0, however few they are, and pulls the "
        "mean down. Raise the least confidence.",
        _preset(11),
    ),
    "Coarse outlines": (
        "FCN-32s decides in steps of 32 pixels: IoU falls, and boundary F1, which looks at outlines alone, falls much "
        "further.",
        _preset(3, model="starter_fcn32s"),
    ),
    "Correct the network": (
        "Press *Start from the network's mask*: IoU is 1. Now mend it with brush and eraser, and see what it is worth.",
        {**_preset(0), "picture_sample": "astronaut", SOURCE: "paint"},
    ),
}


def draw() -> None:
    """Controls, truth and mistakes side by side, figures."""
    picture = shared_picture()
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        with st.container(width=260):
            segmenter = segmenter_choice(picture)
        with st.container(width="content"):
            source = source_choice(picture)
        with st.container(width=220):
            threshold = st.slider(
                "Least confidence",
                0.0,
                1.0,
                0.0,
                0.01,
                key=THRESHOLD,
                bind="query-params",
                help="A pixel whose class has a lower probability is left undecided: missed, but not false.",
            )
    masks = masks_for(segmenter, picture)
    found = decided(masks, threshold)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Truth**")
        truth = true_mask(source, picture, masks, found)
        if truth is not None and source != "paint":
            _draw_truth(picture, masks, truth.labels)
    if truth is None or not truth.begun:
        with right:
            st.markdown("**What the network says**")
            _draw_masks(picture, masks, found, "what the network says")
            what = "Paint what is there, or start from this mask." if source == "paint" else "Choose a mask file."
            st.info(f"There is nothing to compare with yet. {what}", icon=":material/fact_check:")
        _explain()
        return
    figures = _compared(truth.labels, found, masks.names)
    with right:
        label = _class_choice(figures)
        kinds = _draw_mistakes(picture, masks.names, truth.labels, found, label)
    draw_figures(figures)
    draw_formula(figures, label)
    _downloads(picture, masks, truth.labels, figures, kinds)
    _explain()
    _code(segmenter, threshold)


def _compared(truth: Labels, found: Labels, names: tuple[str, ...]) -> PhotoFigures:
    # One entry for each session: a stroke or a step of the slider makes another, and none comes back.
    of = (truth.tobytes(), found.tobytes(), names)
    kept = st.session_state.get(f"{PREFIX}_compared")
    if kept is None or kept[0] != hash(of):
        kept = (hash(of), compared(truth, found, names=names))
        st.session_state[f"{PREFIX}_compared"] = kept
    return kept[1]


def _class_choice(figures: PhotoFigures) -> int | None:
    """Which class the mistakes are shown of; None for all."""
    names = [ALL, *(figures.names[label] for label in figures.present)]
    if st.session_state.get(CLASS, ALL) not in names:
        st.session_state[CLASS] = ALL
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Mistakes of**", width="content")
        name = st.selectbox(
            "Mistakes of", names, key=CLASS, bind="query-params", width=200, label_visibility="collapsed"
        )
    return None if name == ALL else figures.names.index(name)


def _draw_truth(picture: Picture, masks: Masks, labels: Labels) -> None:
    _draw_masks(picture, masks, labels, "the true mask")


def _draw_masks(picture: Picture, masks: Masks, labels: Labels, what: str) -> None:
    hidden = frozenset({0}) if has_background(masks.names) else frozenset()
    drawn = overlay(picture.pixels, labels, colours=masks.colours, look=Look(hidden=hidden, outline=1))
    present = [int(label) for label in np.unique(labels) if label < len(masks.names) and label not in hidden]
    said = ", ".join(masks.names[label] for label in present) or "nothing"
    st.image(encode(drawn, lossless=False), alt=f"{picture.name} with {what}: {said}", width="stretch")
    draw_legend({masks.names[label]: masks.colours[label] for label in present})


def _draw_mistakes(
    picture: Picture, names: tuple[str, ...], truth: Labels, found: Labels, label: int | None
) -> np.ndarray:
    kinds = error_map(truth, found, names=names, label=label)
    hits = kinds == RIGHT
    hits &= (truth != 0) if label is None and has_background(names) else truth == label if label is not None else False
    drawn = error_picture(picture.pixels, kinds, hits=hits)
    counts = kind_counts(kinds)
    told = [kind for kind in range(len(KINDS)) if counts[KINDS[kind]] or kind not in (CONFUSED, UNDECIDED, LEFT_OUT)]
    said = ", ".join(f"{KINDS[kind]} {counts[KINDS[kind]]:,}" for kind in told)
    st.image(encode(drawn, lossless=False), alt=f"{picture.name}, mistakes in pixels: {said}", width="stretch")
    # What is right is green on things alone: without any the picture has no green.
    coloured = [kind for kind in told if kind != RIGHT or hits.any()]
    draw_legend({f"{KINDS[kind]}: {counts[KINDS[kind]]:,}": KIND_COLOURS[kind] for kind in coloured})
    return drawn


def _downloads(picture: Picture, masks: Masks, truth: Labels, figures: PhotoFigures, drawn: np.ndarray) -> None:
    files: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "figures.csv": (lambda: figures_csv(figures), "text/csv"),
        "truth.png": (lambda: write_palette_png(truth, colours=masks.colours), "image/png"),
        "mistakes.png": (lambda: png(drawn), "image/png"),
        "picture.png": (lambda: png(picture.pixels), "image/png"),
    }
    with st.container(horizontal=True, gap="small"):
        for name, (make, kind) in files.items():
            st.download_button(
                name,
                make,
                file_name=name,
                mime=kind,
                key=f"{PREFIX}_{name.partition('.')[0]}",
                on_click="ignore",
                icon=":material/download:",
            )


def _explain() -> None:
    what_happens(
        "Each pixel's class is compared with the true one: pixels of a class that are right are true positives (TP), "
        "those wrongly given it false positives (FP), those missed false negatives (FN). Boundary F1 asks instead how "
        "much of the outlines lies within 0.75 % of the photo's diagonal of the others: P of those found, R of the "
        "true ones.",
        FORMULA,
    )


def _code(segmenter: Segmenter, threshold: float) -> None:
    same_in_code({"Python": truth_code(segmenter.code, threshold=threshold)}, key=PREFIX, file="truth")
    st.caption(f"It reads picture.png and truth.png from above. {plain(segmenter.title)} answers.")
