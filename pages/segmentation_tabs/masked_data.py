"""The photos with masks in use: in the link as `?segmentation_data=`, but only for the browser that brought them."""

from pathlib import Path

import streamlit as st

from cnn_core.segmentation.masked_data_set import kept_masked_listing
from cnn_core.segmentation.masked_listing import MaskedListing, load_masked_listing
from pages.ui.data_in_use import DataInUse
from pages.ui.progress import ProgressBar

DATA = DataInUse("segmentation_data", "masks", "segmentation_data_chosen")


def chosen_listing() -> tuple[Path, MaskedListing]:
    """The list of the data set in use, and the file that holds it; made at the first call, which takes a while.

    Raises:
        InputError: none is in use or it is gone; no photos, or no masks that can be read.
    """
    data_id = DATA.need()
    folder = DATA.checked_folder(data_id)
    taken = DATA.store.taken(data_id)
    bar = ProgressBar("Looking at photos and masks")
    try:
        path = kept_masked_listing(folder, [taken.files, taken.bytes], progress=bar.draw)
    finally:
        bar.clear()
    return path, _listing(path)


@st.cache_resource(max_entries=8, show_spinner="Reading the list of photos …")
def _listing(path: Path) -> MaskedListing:
    return load_masked_listing(path)
