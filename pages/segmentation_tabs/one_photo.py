"""A photo with its masks: to point at, to change the look of, and to take home."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.drawing import png
from cnn_core.masks import Masks
from cnn_core.segmentation.mask_code import masks_code
from cnn_core.segmentation.segmenter import Segmenter
from pages.segmentation_tabs.answer import masks_for, seen
from pages.segmentation_tabs.downloads import downloads
from pages.ui.box_picture import photo_source
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.mask_picture import mask_picture, shown_masks
from pages.ui.picture import Picture
from pages.ui.time_parts import draw_time
from pages.ui.words import plain

KEY = "segmentation_picture"
LOOK = "segmentation_masks"
_LABEL = r"\text{label}(x, y) = \operatorname*{arg\,max}_k\; p_k(x, y)"
_CONFIDENT = "The most probable class is the pixel's label, and its probability is the confidence."
# By what the network gives for each pixel: what happens, and the formula.
MEANT = {
    "logits": (
        "For each pixel the network gives one number per class; softmax makes probabilities of them that add up to 1. "
        + _CONFIDENT,
        r"\begin{gathered} p_k(x, y) = \frac{e^{z_k(x, y)}}{\sum_j e^{z_j(x, y)}} \\ " + _LABEL + r" \end{gathered}",
    ),
    "probabilities": (
        f"For each pixel the network gives a probability per class; they add up to 1. {_CONFIDENT}",
        _LABEL,
    ),
    "scores": (
        "For each pixel the network gives a score from 0 to 1 per class, each by itself; divided by their sum they add "
        f"up to 1. {_CONFIDENT}",
        r"\begin{gathered} p_k(x, y) = \frac{s_k(x, y)}{\sum_j s_j(x, y)} \\ " + _LABEL + r" \end{gathered}",
    ),
    "one": (
        "For each pixel the network gives one number; as a probability (a logit goes through the sigmoid) it is that "
        f"of the second class, and the rest is the first one's. {_CONFIDENT}",
        r"p_1 = \frac{1}{1 + e^{-z}}, \qquad p_0 = 1 - p_1",
    ),
    "labels": (
        "For each pixel the network gives the number of a class and nothing about how sure it is. The confidence is 1 "
        "inside; it is less only where the map was enlarged between two classes.",
        r"\text{label}(x, y) \in \{0, \dots, K - 1\}",
    ),
}

Pixels = Callable[[], np.ndarray]


def size_of(picture: Picture) -> tuple[int, int] | None:
    """(height, width) of what is looked at."""
    return picture.pixels.shape[0], picture.pixels.shape[1]


def draw(picture: Picture, segmenter: Segmenter, way: str) -> None:
    """The shared picture with its masks, and what belongs to it."""
    asked = seen(segmenter, way)
    draw_masks(picture, asked, masks_for(asked, picture), lambda: picture.pixels)


def draw_masks(picture: Picture, segmenter: Segmenter, masks: Masks, pixels: Pixels) -> None:
    """A photo with its masks, and what belongs to it.

    Args:
        picture: as it is shown.
        segmenter: who was asked.
        masks: what it said, at any size.
        pixels: gives the photo with all the pixels that there are, for downloads.
    """
    size = (picture.pixels.shape[0], picture.pixels.shape[1])
    _photo(picture, segmenter, masks if masks.size == size else replace(masks, size=size), pixels)
    decode = {"decode": picture.seconds} if picture.seconds else {}
    encoded = photo_source(picture.key, picture.pixels).seconds
    draw_time({**decode, **masks.seconds, "drawing": encoded}, "from file to masks")
    st.caption(f"**{plain(segmenter.title)}** answers. {segmenter.about}")
    what_happens(*MEANT[masks.meaning])


@st.fragment
def _photo(picture: Picture, segmenter: Segmenter, masks: Masks, pixels: Pixels) -> None:
    """The photo, its downloads and its code: a change of the look draws these alone anew."""
    shown = shown_masks(masks, prefix=LOOK, model=segmenter.name)
    mask_picture(
        photo_source(picture.key, picture.pixels),
        masks,
        key=KEY,
        prefix=LOOK,
        map_key=f"{segmenter.name} {picture.key}",
        alt=alt_text(picture.name, masks),
        shown=shown,
        size=(picture.original_size[1], picture.original_size[0]),
    )
    downloads(picture, masks, shown, pixels)
    same_in_code({"Python": masks_code(segmenter, shown.look, least=shown.least)}, key="segmentation_masks")
    st.download_button(
        "picture.png, which the code reads",
        lambda: png(pixels()),
        file_name="picture.png",
        mime="image/png",
        key="segmentation_source",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def alt_text(name: str, masks: Masks) -> str:
    """What is to be seen, for those who do not see it: the photo's name and the share of each class."""
    areas = np.bincount(masks.labels.ravel(), minlength=len(masks.names)) / masks.labels.size
    order = [label for label in np.argsort(-areas, kind="stable").tolist() if areas[label] > 0][:8]
    return f"{name}: " + ", ".join(f"{masks.names[label]} {100 * areas[label]:.0f} %" for label in order)
