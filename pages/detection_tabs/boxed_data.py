"""The pictures with boxes in use: in the link as `?detection_data=`, but only for the browser that brought them."""

from pathlib import Path

import streamlit as st

from cnn_core.detection.boxed_data_set import kept_boxed_listing
from cnn_core.detection.boxed_listing import BoxedListing, load_boxed_listing
from cnn_core.errors import InputError
from cnn_core.runs.store import RunEntry
from pages.ui.data_in_use import DataInUse
from pages.ui.progress import ProgressBar
from pages.ui.runs_here import config_of_run

DATA = DataInUse("detection_data", "boxes", "detection_data_chosen")


def chosen_listing() -> tuple[Path, BoxedListing]:
    """The list of the data set in use, and the file that holds it; made at the first call, which takes a while.

    Raises:
        InputError: none is in use or it is gone; no pictures, or no annotations that can be read.
    """
    data_id = DATA.need()
    folder = DATA.checked_folder(data_id)
    taken = DATA.store.taken(data_id)
    bar = ProgressBar("Looking at the pictures")
    try:
        path = kept_boxed_listing(folder, [taken.files, taken.bytes], progress=bar.draw)
    finally:
        bar.clear()
    return path, _listing(path)


@st.cache_resource(max_entries=8, show_spinner="Reading the list of pictures …")
def _listing(path: Path) -> BoxedListing:
    return load_boxed_listing(path)


def listing_of_run(entry: RunEntry) -> BoxedListing | None:
    """The pictures that a run looked at; None where their data set was deleted."""
    try:
        return load_boxed_listing(Path(str((config_of_run(entry).get("data") or {}).get("listing"))))
    except InputError:
        st.info("The pictures of this run were deleted; its figures stay.", icon=":material/hide_image:")
        return None
