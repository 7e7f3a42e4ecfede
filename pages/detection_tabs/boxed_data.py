"""The pictures with boxes in use: in the link as `?detection_data=`, but only for the browser that brought them."""

from pathlib import Path

import streamlit as st

from cnn_core.detection.boxed_data_set import kept_boxed_listing
from cnn_core.detection.boxed_listing import BoxedListing, load_boxed_listing
from cnn_core.errors import InputError
from cnn_core.folders.data_set import read_about
from cnn_core.folders.intake import allowed_folders, allowed_path
from cnn_core.runs.store import RunEntry
from pages.ui.progress import ProgressBar
from pages.ui.runs_here import config_of_run
from pages.ui.workplace import data_store, owner

LINK = "detection_data"
KIND = "boxes"
_CHOSEN = "detection_data_chosen"


def chosen_data() -> str | None:
    """The id of the data set in use; None where none is, or it is not this browser's."""
    data_id = str(st.session_state.get(_CHOSEN) or st.query_params.get(LINK) or "")
    if not data_id or data_id not in own_data():
        return None
    if st.query_params.get(LINK) != data_id:
        st.query_params[LINK] = data_id
    st.session_state[_CHOSEN] = data_id
    return data_id


def own_data() -> list[str]:
    """Ids of this browser's data sets, the one used longest ago first."""
    return data_store(KIND).owned(owner())


def choose_data(data_id: str | None) -> None:
    """Use another data set, or none, from the next run of the page on."""
    st.session_state[_CHOSEN] = data_id
    if data_id is None:
        st.query_params.pop(LINK, None)
    else:
        st.query_params[LINK] = data_id


def data_title(data_id: str) -> str:
    """What a data set is called."""
    return read_about(data_store(KIND).folder(data_id)).title


def listing_path(data_id: str) -> Path:
    """The file with its list; made at the first call, which takes a while for many pictures.

    Raises:
        InputError: no pictures, no annotations that can be read, or the data set is gone.
    """
    folder = data_store(KIND).folder(data_id)
    root = read_about(folder).root
    if root:
        # What the operator allowed may have changed since.
        allowed_path(root, allowed_folders())
    taken = data_store(KIND).taken(data_id)
    bar = ProgressBar("Looking at the pictures")
    try:
        return kept_boxed_listing(folder, [taken.files, taken.bytes], progress=bar.draw)
    finally:
        bar.clear()


def chosen_listing() -> tuple[Path, BoxedListing]:
    """The list of the data set in use, and the file that holds it.

    Raises:
        InputError: none is in use; as `listing_path`.
    """
    data_id = chosen_data()
    if data_id is None:
        raise InputError("There are no pictures yet", "Choose some above")
    path = listing_path(data_id)
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
