"""Tab IoU and AP: how much two boxes overlap, and what average precision makes of all boxes of a photo."""

import streamlit as st

from pages.detection_tabs import precision, two_boxes

PARTS = {"Two boxes": two_boxes, "Truth and AP": precision}


def draw() -> None:
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Two boxes",
        required=True,
        key="detection_overlap_part",
        bind="query-params",
        label_visibility="collapsed",
    )
    PARTS[part].draw()
