"""The photos with masks in use: in the link as `?segmentation_data=`, but only for the browser that brought them."""

from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.runs.store import RunEntry
from cnn_core.segmentation.masked_data_set import kept_masked_listing
from cnn_core.segmentation.masked_listing import MaskedListing, load_masked_listing
from pages.ui.data_in_use import DataInUse
from pages.ui.progress import ProgressBar
from pages.ui.runs_here import config_of_run

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


def listing_of_run(entry: RunEntry) -> MaskedListing | None:
    """The photos that a run looked at; None where their data set was deleted."""
    try:
        return load_masked_listing(Path(str((config_of_run(entry).get("data") or {}).get("listing"))))
    except InputError:
        st.info("The photos of this run were deleted; its figures stay.", icon=":material/hide_image:")
        return None
