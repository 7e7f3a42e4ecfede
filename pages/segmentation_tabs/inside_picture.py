"""The picture that is looked at from inside: a drawn scene, whose truth is known, or the shared one."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.scenes import CLASSES, scene
from pages.ui.picture import Picture, shared_picture
from pages.ui.picture_names import picture_key

PICTURE, SCENE = "seg_inside_picture", "seg_inside_scene"
SOURCES = {"scene": "A drawn scene", "mine": "The picture in the sidebar"}
# The starters have not learned from scenes of this seed.
SEED, SCENES = 2, 1000
# Three shapes that the whole network gets right.
FIRST_SCENE = 23


def drawn_or_shared() -> Picture:
    """Draw the choice; gives the picture."""
    source = st.segmented_control(
        "Picture",
        list(SOURCES),
        default="scene",
        required=True,
        format_func=SOURCES.__getitem__,
        key=PICTURE,
        bind="query-params",
        width="content",
    )
    if source == "mine":
        return shared_picture()
    number = st.number_input(
        "Number of the scene",
        0,
        SCENES - 1,
        FIRST_SCENE,
        key=SCENE,
        bind="query-params",
        persist_state="session",
        width=180,
    )
    return scene_picture(int(number))


@lru_cache(maxsize=64)
def scene_picture(number: int) -> Picture:
    """A scene that no starter has learned from, 128 x 128 pixels, as their training's are."""
    drawn = scene(SEED, index=number)
    drawn.pixels.flags.writeable = False
    return Picture(f"Scene {number}", drawn.pixels, (128, 128), picture_key(drawn.pixels), scene=drawn)


def truth_of(picture: Picture, classes: tuple[str, ...]) -> npt.NDArray[np.uint8] | None:
    """The true label of each pixel, where the picture is a scene and the network knows its shapes."""
    if picture.scene is None or classes[1:] != CLASSES:
        return None
    return picture.scene.label_map.astype(np.uint8)
