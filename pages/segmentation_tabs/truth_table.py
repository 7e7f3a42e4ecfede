"""The figures of one photo: four sums, the formula with its numbers, and a table by class."""

import math

import numpy as np
import streamlit as st

from cnn_core.segmentation.truth import PhotoFigures
from pages.ui.tables import text_table
from pages.ui.words import plain


def draw_figures(compared: PhotoFigures) -> None:
    """Mean IoU, mean Dice, pixel accuracy and boundary F1, and the table behind them."""
    figures = compared.figures
    told = {
        "Mean IoU": (figures.mean_iou, "Over the classes that occur in either mask, background included"),
        "Mean Dice": (figures.mean_dice, "The same for Dice, which is F1 of the pixels"),
        "Pixel accuracy": (figures.pixel_accuracy, "Part of the pixels that have their true class"),
        "Boundary F1": (
            compared.mean_boundary,
            f"Mean over the classes; outlines count as the same within {compared.tolerance:.1f} pixels",
        ),
    }
    with st.container(horizontal=True, gap="large"):
        for title, (value, meaning) in told.items():
            st.metric(title, number(value), width="content", help=meaning)
    rows = []
    for label in compared.present:
        one = compared.figures.by_class[label]
        hits, false, missed = compared.counts(label)
        rows.append(
            {
                "Class": plain(one.name, 30),
                "TP": f"{hits:,}",
                "FP": f"{false:,}",
                "FN": f"{missed:,}",
                "IoU": number(one.iou),
                "Dice": number(one.dice),
                "Precision": number(one.precision),
                "Recall": number(one.recall),
                "Boundary F1": number(float(compared.boundary[label])),
            }
        )
    text_table(rows)


def draw_formula(compared: PhotoFigures, label: int | None) -> None:
    """IoU and Dice of a class with its numbers of pixels; of the one with most pixels where none is chosen."""
    if not compared.present:
        return
    shown = most_marked(compared) if label is None else label
    hits, false, missed = compared.counts(shown)
    one = compared.figures.by_class[shown]
    st.markdown(f"**{plain(one.name, 30)}**, in pixels")
    true, wrong = _count(hits), f"{_count(false)} + {_count(missed)}"
    st.latex(
        r"\begin{aligned}"
        rf"\text{{IoU}} &= \frac{{{true}}}{{{true} + {wrong}}}"
        rf" = \mathbf{{{number(one.iou)}}} \\[8pt]"
        rf"\text{{Dice}} &= \frac{{2 \cdot {true}}}{{2 \cdot {true} + {wrong}}}"
        rf" = \mathbf{{{number(one.dice)}}}"
        r"\end{aligned}"
    )


def most_marked(compared: PhotoFigures) -> int:
    """The class with most true pixels, the first class aside where others occur."""
    pixels = np.array([row.pixels for row in compared.figures.by_class])
    candidates = [label for label in compared.present if label] or list(compared.present)
    return max(candidates, key=lambda label: pixels[label])


def number(value: float) -> str:
    """A figure with three decimals, or a dash.

    Example:
        >>> number(0.91249), number(math.nan)
        ('0.912', '–')
    """
    return "–" if math.isnan(value) else f"{value:.3f}"


def _count(value: int) -> str:
    return f"{value:,}".replace(",", r"\,")
