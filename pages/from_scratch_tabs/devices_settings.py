"""The controls of Several devices: the batch, who shares it, what lies behind the kernel and where that begins."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.training.data_parallel import CROP, NORMS, STARTS
from pages.ui.one_of import one_of

PREFIX = "scratch_devices"
DEVICES = (1, 2, 3, 4, 6, 8)
BATCHES = (8, 12, 16, 24)


@dataclass(frozen=True)
class Settings:
    """What the controls say."""

    crops: int
    devices: int
    norm: str
    start: str
    seed: int


def settings() -> Settings:
    """Draw the controls."""
    devices = st.select_slider("Devices", DEVICES, 2, key=f"{PREFIX}_devices", bind="query-params")
    crops = st.select_slider(
        "Crops in the batch",
        BATCHES,
        8,
        key=f"{PREFIX}_crops",
        bind="query-params",
        help=f"Pictures of {CROP} × {CROP} outputs, cut out of the photo at random places",
    )
    norm = one_of("Batch norm behind the kernel", NORMS, key=f"{PREFIX}_norm", default="none")
    say = "It is to become a Sobel filter, as in the tab Learn a kernel"
    start = one_of("The kernel is", STARTS, key=f"{PREFIX}_start", default="zeros", say=say)
    seed = st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params")
    return Settings(int(crops), int(devices), norm, start, int(seed))
