"""Tab Masks: which class each pixel of the shared picture is, or of several photos."""

import streamlit as st

from pages.segmentation_tabs import one_photo
from pages.segmentation_tabs.answer import segmenter_choice
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture


def draw() -> None:
    """The model above, the photo with its masks below."""
    picture = shared_picture()
    left, _ = st.columns([1, 1.4], gap="medium")
    with left:
        segmenter = segmenter_choice(picture)
    with mendable():
        one_photo.draw(picture, segmenter)
