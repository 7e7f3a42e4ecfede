"""The files of Learn a kernel."""

from functools import partial

import streamlit as st

from cnn_core.csv_table import csv_table
from cnn_core.drawing import npy, png
from cnn_core.kernel_learning import Path
from pages.from_scratch_tabs.kernel_settings import PREFIX
from pages.ui.downloads import download
from pages.ui.picture import Picture


def draw_downloads(path: Path, moment: int, picture: Picture) -> None:
    """Kernels, curve and photo.

    Args:
        path: the descent.
        moment: the one whose kernel is given.
        picture: what the code reads.
    """
    give = partial(download, key=f"{PREFIX}_download")
    curve = list(zip(path.steps.tolist(), path.losses.tolist(), strict=True))
    with st.container(horizontal=True, gap="small"):
        give("Kernels of all steps (NPY)", lambda: npy(path.kernels), "kernels.npy", "application/x-npy")
        give("Learned kernel (CSV)", lambda: csv_table([], path.kernels[moment].tolist()), "kernel.csv", "text/csv")
        give("Curve (CSV)", lambda: csv_table(["step", "loss"], curve), "descent.csv", "text/csv")
        give("Picture (PNG), which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")
