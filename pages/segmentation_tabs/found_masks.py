"""Tab Masks: which class each pixel of the shared picture is."""

import streamlit as st

from cnn_core.drawing import encode
from cnn_core.masks import has_background
from cnn_core.segmentation.overlay import Look, overlay
from pages.segmentation_tabs.answer import masks_for, segmenter_choice
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.picture import shared_picture

FORMULA = (
    r"\begin{gathered} p_k(x, y) = \frac{e^{z_k(x, y)}}{\sum_j e^{z_j(x, y)}} \\ "
    r"\text{label}(x, y) = \operatorname*{arg\,max}_k\; p_k(x, y) \end{gathered}"
)


def draw() -> None:
    """Controls on the left, the photo with its masks on the right."""
    left, right = st.columns([1, 3.2], gap="medium")
    with left:
        picture = shared_picture()
        segmenter = segmenter_choice(picture)
        opacity = st.slider(
            "Opacity", 0.0, 1.0, 0.5, 0.05, key="segmentation_opacity", bind="query-params", persist_state="session"
        )
    with right:
        masks = masks_for(segmenter, picture)
        hidden = frozenset({0}) if has_background(masks.names) else frozenset()
        drawn = overlay(picture.pixels, masks.labels, colours=masks.colours, look=Look(opacity=opacity, hidden=hidden))
        st.image(encode(drawn, lossless=False), alt=f"{picture.name} with its masks", width="content")
        st.caption(f"**{segmenter.title}** answers. {segmenter.about}")
        what_happens(
            "For each pixel the network gives one number per class; softmax makes probabilities of them that add up "
            "to 1. The most probable class is the pixel's label, and its probability is the confidence.",
            FORMULA,
        )
        same_in_code({"Python": segmenter.code}, key="segmentation_masks")
