"""The shared picture with its masks: to point at, to change the look of, and to take home."""

import numpy as np
import streamlit as st

from cnn_core.masks import Masks
from cnn_core.segmentation.segmenter import Segmenter
from pages.segmentation_tabs.answer import masks_for
from pages.ui.box_picture import photo_source
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.mask_picture import mask_picture, shown_masks
from pages.ui.picture import Picture
from pages.ui.words import plain

KEY = "segmentation_picture"
LOOK = "segmentation_masks"
FORMULA = (
    r"\begin{gathered} p_k(x, y) = \frac{e^{z_k(x, y)}}{\sum_j e^{z_j(x, y)}} \\ "
    r"\text{label}(x, y) = \operatorname*{arg\,max}_k\; p_k(x, y) \end{gathered}"
)


def draw(picture: Picture, segmenter: Segmenter) -> None:
    """The photo with its masks, and what belongs to it."""
    masks = masks_for(segmenter, picture)
    _photo(picture, segmenter, masks)
    st.caption(f"**{plain(segmenter.title)}** answers. {segmenter.about}")
    what_happens(
        "For each pixel the network gives one number per class; softmax makes probabilities of them that add up "
        "to 1. The most probable class is the pixel's label, and its probability is the confidence.",
        FORMULA,
    )
    same_in_code({"Python": segmenter.code}, key="segmentation_masks")


@st.fragment
def _photo(picture: Picture, segmenter: Segmenter, masks: Masks) -> None:
    """The photo: a change of the look draws this alone anew."""
    shown = shown_masks(masks, prefix=LOOK, model=segmenter.name)
    mask_picture(
        photo_source(picture.key, picture.pixels),
        masks,
        key=KEY,
        prefix=LOOK,
        map_key=f"{segmenter.name} {picture.key}",
        alt=alt_text(picture.name, masks),
        shown=shown,
    )


def alt_text(name: str, masks: Masks) -> str:
    """What is to be seen, for those who do not see it: the photo's name and the share of each class."""
    areas = np.bincount(masks.labels.ravel(), minlength=len(masks.names)) / masks.labels.size
    order = [label for label in np.argsort(-areas, kind="stable").tolist() if areas[label] > 0][:8]
    return f"{name}: " + ", ".join(f"{masks.names[label]} {areas[label]:.0%}" for label in order)
