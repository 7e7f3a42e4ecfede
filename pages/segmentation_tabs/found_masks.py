"""Tab Masks: which class each pixel of the shared picture is, of several photos, or of a large one."""

import streamlit as st

from pages.segmentation_tabs import gallery, large_photo, one_photo
from pages.segmentation_tabs.answer import segmenter_choice, way_choice
from pages.segmentation_tabs.presets import PICTURE, PRESETS
from pages.ui.lesson import try_this
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture

MATERIALS = {PICTURE: one_photo, "Several photos": gallery, "A large photo": large_photo}


def draw() -> None:
    """Model and material above, the photo with its masks below."""
    try_this(PRESETS, page="segmentation")
    picture = shared_picture()
    left, right = st.columns([1, 1.5], gap="medium")
    with left:
        segmenter = segmenter_choice(picture)
        material = st.segmented_control(
            "Segment",
            list(MATERIALS),
            default=PICTURE,
            required=True,
            key="segmentation_material",
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
    with right:
        way = way_choice(segmenter, MATERIALS[material].size_of(picture))
    with mendable():
        MATERIALS[material].draw(picture, segmenter, way)
