"""Tab From tensor to box: what one cell of the raw output says, and which of the many boxes are left."""

import streamlit as st

from pages.detection_tabs import one_cell, suppression
from pages.detection_tabs.answer import candidates_of, detector_choice
from pages.ui.picture import shared_picture

PARTS = {"One cell": one_cell, "Overlapping boxes": suppression}


def draw() -> None:
    picture = shared_picture()
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        with st.container(width=280):
            detector = detector_choice(picture)
        part = st.segmented_control(
            "Part",
            list(PARTS),
            default="One cell",
            required=True,
            key="detection_tensor_part",
            bind="query-params",
        )
    PARTS[part].draw(picture, detector, candidates_of(detector, picture))
