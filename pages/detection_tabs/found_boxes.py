"""Tab Boxes: the photo with what the detector found in it."""

import streamlit as st

from pages.detection_tabs.answer import answer
from pages.ui.box_picture import box_picture, marks_of, photo_source


def draw() -> None:
    """Controls on the left, the photo with its boxes on the right."""
    left, right = st.columns([1, 3], gap="medium")
    with left:
        given = answer()
    with right:
        box_picture(
            photo_source(given.picture.key, given.picture.pixels),
            marks_of(given.boxes),
            key="detection_picture",
            alt=f"{given.picture.name} with {len(given.boxes)} boxes",
        )
