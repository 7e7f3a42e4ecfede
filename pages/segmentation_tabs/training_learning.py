"""How a segmenter learns, as widgets: rate, batch and views, and how the views are changed."""

from typing import Any

import streamlit as st

from cnn_core.segmentation.training.new_run import MOST_VIEWS, usual_views
from pages.segmentation_tabs.training_widgets import KEPT, KEY, slide, whole

_PATIENCE = "Ends after so many epochs without a better validation IoU; 0: never. The best weights are kept either way."


def draw_learning(usual: dict[str, Any], pictures: int) -> dict[str, Any]:
    """Rate, batch, seed, views, early stopping; the fields of the configuration that say so.

    Args:
        usual: a configuration whose options are the ones at first.
        pictures: photos to train on.
    """
    values: dict[str, Any] = {}
    left, right = st.columns(2)
    with left:
        rate = st.number_input(
            "Learning rate",
            1e-6,
            0.1,
            float(usual["learning_rate"]),
            0.0005,
            "%.5f",
            key=f"{KEY}_rate",
            help="At its highest, after a tenth of the steps; then it falls as a cosine to zero.",
            **KEPT,
        )
        values["learning_rate"] = float(rate)
        values["batch_size"] = whole("Batch", "batch", (1, 256), usual["batch_size"], say="Views a step.")
        values["seed"] = whole("Seed", "seed", (0, 2**31 - 1), 0, say="The same seed, the same run.")
    with right:
        say = "In an epoch. Each is augmented anew."
        values["views"] = whole("Views of each photo", "views", (1, MOST_VIEWS), usual_views(pictures), say=say)
        patience = whole("Early stopping", "patience", (0, 500), usual["early_stopping"], say=_PATIENCE)
        values["early_stopping"] = patience
    return values


def draw_augmentation(usual: dict[str, Any]) -> dict[str, Any]:
    """How much of the photo a view is, and how it is changed; the fields of the configuration that say so.

    Args:
        usual: a configuration whose options are the ones at first.
    """
    how = dict(usual["augmentation"])
    left, right = st.columns(2)
    with left:
        say = (
            "Of rows and columns. Half of them is a quarter of the work, and enough where things are small, such as "
            "cells. The finished network sees whole photos all the same."
        )
        crop = slide("Part of the photo in a view", "crop", (0.25, 1.0, 0.05), 1.0, say=say)
        zoom = slide("Size, up to", "zoom", (1.0, 3.0, 0.05), 1.25, form="× %.2f")
        how["zoom"] = [round(1 / zoom, 4), zoom]
        how["turn"] = float(st.slider("Turned, up to", 0, 180, int(how["turn"]), 5, "%d°", key=f"{KEY}_turn", **KEPT))
    with right:
        how["colour"] = slide("Colour and light", "colour", (0.0, 1.5, 0.1), float(how["colour"]))
        say = "An elastic deformation, for tissue and other soft things (Ronneberger et al. 2015)."
        how["bend"] = slide("Bent by", "bend", (0.0, 20.0, 1.0), float(how["bend"]), form="%.0f px", say=say)
        how["mirror"] = st.toggle("Mirror left and right", True, key=f"{KEY}_mirror", help="Not for letters.", **KEPT)
        say = "For what has no upright: cells, aerial photos."
        how["turns"] = st.toggle("Quarter turns", False, key=f"{KEY}_turns", help=say, **KEPT)
    return {"crop": crop, "augmentation": how}
