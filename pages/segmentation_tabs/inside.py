"""Tab Inside U-Net and FCN: skips switched off, feature maps of every level, three FCNs side by side."""

from typing import Any

import streamlit as st

from pages.segmentation_tabs import fcn_strides, skips
from pages.segmentation_tabs.inside_picture import FIRST_SCENE, PICTURE, SCENE, drawn_or_shared
from pages.ui.lesson import try_this

KEY = "seg_inside"
VIEW = f"{KEY}_view"
SKIPS, STRIDES = "Skips on and off", "FCN-32s, 16s, 8s"
VIEWS = {SKIPS: skips, STRIDES: fcn_strides}
# As `skips.network_title` has it; a test says so.
SHAPES = "Shapes (starter)"
LEVELS = ("level1", "level2", "level3")


SCENE_SHOWN: dict[str, Any] = {PICTURE: "scene", SCENE: FIRST_SCENE}


def _switched_off(*names: str) -> dict[str, Any]:
    on = {skips.switch_key(name): name not in names for name in LEVELS}
    return {VIEW: SKIPS, skips.NETWORK: SHAPES, **SCENE_SHOWN, **on}


PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Borders hang on one skip": (
        "Without level 2 the shapes are still found and named, but near their borders a sixth of the pixels changes "
        "class. Switch level 1, the finest, off instead: next to nothing changes.",
        _switched_off("level2"),
    ),
    "No skip at all": (
        "All that is left has gone through the bottleneck, an eighth of the rows and columns: blobs.",
        _switched_off(*LEVELS),
    ),
    "FCN, step by step": (
        "One first network, gone on from with no skip, one and two: scores every 32, 16 and 8 pixels.",
        {VIEW: STRIDES, **SCENE_SHOWN},
    ),
}


def draw() -> None:
    """The presets, the picture, and one of two views."""
    try_this(PRESETS, page=KEY)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        view = st.segmented_control(
            "Look at", list(VIEWS), default=SKIPS, required=True, key=VIEW, bind="query-params", width="content"
        )
        picture = drawn_or_shared()
    VIEWS[str(view)].draw(picture)
