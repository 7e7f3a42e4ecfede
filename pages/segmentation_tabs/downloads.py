"""What was found, to take home: label maps at the size of the photo's file, and pictures as they are shown."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

import numpy as np
import streamlit as st

from cnn_core.masks import Masks
from cnn_core.segmentation.mask_exports import drawn_png, labels_npy, mask_png, polygons_json
from pages.ui.downloads import download, file_name
from pages.ui.mask_picture import Shown
from pages.ui.picture import Picture
from pages.ui.words import plain


def downloads(picture: Picture, masks: Masks, shown: Shown, pixels: Callable[[], np.ndarray]) -> None:
    """Buttons for the label map in three formats, the photo with its masks, and the cut-out."""
    width, height = picture.original_size
    name, least = file_name(picture.name), shown.least
    stem, size = PurePosixPath(name).stem, (height, width)
    cut = replace(shown.look, view="cutout")
    drawn = shown.look if shown.look.view != "cutout" else replace(shown.look, view="both")
    give = partial(download, key="segmentation_download")
    with st.container(horizontal=True, gap="small"):
        give("Mask (palette PNG)", lambda: mask_png(masks, size, least=least), f"{stem}_mask.png", "image/png")
        give(
            "Overlay (PNG)",
            lambda: drawn_png(pixels(), masks, drawn, least=least),
            f"{stem}_overlay.png",
            "image/png",
        )
        give("Cut-out (PNG)", lambda: drawn_png(pixels(), masks, cut, least=least), f"{stem}_cutout.png", "image/png")
        give(
            "COCO polygons (JSON)",
            lambda: polygons_json([(name, masks, size)], least=least),
            f"{stem}.json",
            "application/json",
        )
        give("NPY labels", lambda: labels_npy(masks, size, least=least), f"{stem}_labels.npy", "application/x-npy")
    st.caption(
        f"Mask, polygons and labels have the {width:,} × {height:,} pixels of {plain(name)}; 255 is a pixel that is "
        "not sure enough."
    )
