"""Tab Boxes: what the detector finds in the shared picture, in several photos, or in a film."""

import streamlit as st

from pages.detection_tabs import film, gallery, one_photo
from pages.detection_tabs.answer import detector_choice, found_controls
from pages.detection_tabs.look import look_controls
from pages.detection_tabs.presets import PICTURE, PRESETS
from pages.ui.lesson import try_this
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture

MATERIALS = {PICTURE: one_photo, "Several photos": gallery, "GIF or video": film}


def draw() -> None:
    """Controls on the left, what was found on the right."""
    try_this(PRESETS, page="detection")
    left, right = st.columns([1, 3.2], gap="medium")
    with left:
        picture = shared_picture()
        detector = detector_choice(picture)
        settings = found_controls(detector)
        look = look_controls()
    with right, mendable():
        material = st.segmented_control(
            "Look for objects in",
            list(MATERIALS),
            default=PICTURE,
            required=True,
            key="detection_material",
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
        MATERIALS[material].draw(picture, detector, settings, look)
