"""Tab Boxes: what the detector finds in the shared picture, in several photos, or in a film."""

import streamlit as st

from pages.detection_tabs import film, gallery, one_photo
from pages.detection_tabs.answer import detector_choice, found_controls
from pages.detection_tabs.look import look_controls
from pages.detection_tabs.presets import PRESETS
from pages.ui.lesson import try_this
from pages.ui.mendable import mendable
from pages.ui.picture import shared_picture

MATERIALS = {
    "picture": (":material/image: The picture", one_photo),
    "photos": (":material/photo_library: Several photos", gallery),
    "film": (":material/movie: GIF or video", film),
}


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
            default="picture",
            required=True,
            format_func=lambda name: MATERIALS[name][0],
            key="detection_material",
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
        MATERIALS[material][1].draw(picture, detector, settings, look)
