"""The picture that all pages work on: a sample, or the visitor's own photo."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.images import to_float
from cnn_core.samples import DEFAULT_SAMPLE, SAMPLES, SCENE, sample, sample_scene
from cnn_core.scenes import Scene
from pages.ui.own_photo import own_photo
from pages.ui.picture_names import picture_key

# What a link to another page says of a sample; `picture` says it of one's own photo.
LINKED = "photo"


@dataclass(frozen=True, eq=False)
class Picture:
    """The picture to work on.

    Attributes:
        name: its title or file name, safe to put into Markdown.
        pixels: (H, W, 3) uint8, read-only, at most 1024 on the longer side.
        original_size: (width, height) in its file.
        key: a short hash of the pixels, usable as a cache key.
        notes: what was done to it on opening, one sentence each.
        scene: what is in it, where it is a procedural scene.
        seconds: how long it took to open its file; 0 where there was none.
    """

    name: str
    pixels: NDArray[np.uint8]
    original_size: tuple[int, int]
    key: str
    notes: tuple[str, ...] = ()
    scene: Scene | None = None
    seconds: float = 0.0

    @property
    def image(self) -> NDArray[np.float32]:
        """(H, W, 3) float32 in [0, 1]."""
        return to_float(self.pixels)


def shared_picture() -> Picture:
    """The picture chosen in the sidebar; the sample where the visitor has not brought one."""
    own = own_photo()
    if own is None:
        return _sample_picture(sample_name(), _scene_number())
    key, photo = own
    return Picture(photo.name, photo.pixels, photo.original_size, key, photo.notes, seconds=photo.seconds)


def linked_picture() -> dict[str, str]:
    """What a link needs to say for a tab of its own to show this picture; in this tab the controls keep it anyway."""
    own = own_photo()
    if own is not None:
        return {"picture": own[0]}
    name = sample_name()
    return {LINKED: f"{name}:{_scene_number()}" if name == SCENE else name}


def sample_name() -> str:
    """The sample that is chosen, or was last."""
    name = st.session_state.get("picture_sample", st.session_state.get("picture_last_sample", DEFAULT_SAMPLE))
    return name if name in SAMPLES else DEFAULT_SAMPLE


def _scene_number() -> int:
    return int(st.session_state.get("picture_scene", st.session_state.get("picture_last_scene", 0)))


@lru_cache(maxsize=64)
def _sample_picture(name: str, number: int) -> Picture:
    scene = sample_scene(number) if name == SCENE else None
    pixels = scene.pixels if scene else sample(name)
    height, width = pixels.shape[:2]
    picture = Picture(SAMPLES[name].title, pixels, (width, height), picture_key(pixels), (f"{SAMPLES[name].credit}.",))
    return replace(picture, name=f"Scene {number}", scene=scene) if scene else picture
