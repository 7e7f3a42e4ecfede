"""Photos brought to the tab Try it: decoded once and kept small, within bounds for the whole server."""

from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import open_photo
from pages.ui.upload_disk import let_go
from pages.ui.upload_store import UploadStore, this_browser
from pages.ui.words import plain

MOST = 24
_MEGABYTES = 40
_KEY = "fine_tune_photos"
_SECONDS = 2 * 3600.0


def brought_photos() -> dict[str, npt.NDArray[np.uint8]]:
    """Draw the uploader; what was brought, (H, W, 3) by name, and empty where nothing was."""
    turn = st.session_state.setdefault(f"{_KEY}_turn", 0)
    key = f"{_KEY}_{turn}"
    st.file_uploader(
        f"Photos of your own, up to {MOST}; else the picture in the sidebar is used",
        type=list(EXTENSIONS),
        accept_multiple_files=True,
        key=key,
        max_upload_size=_MEGABYTES,
        on_change=_take,
        args=(key,),
    )
    for refused in st.session_state.get(f"{_KEY}_refused", ()):
        st.error(plain(refused, 300), icon=":material/broken_image:")
    photos: dict[str, npt.NDArray[np.uint8]] = {}
    for file_id in st.session_state.get(f"{_KEY}_ids", ()):
        if (photo := _store().get(this_browser(), file_id)) is not None:
            name = photo.name if photo.name not in photos else f"{photo.name} ({len(photos) + 1})"
            photos[name] = photo.pixels
    if photos:
        st.button("Use the picture in the sidebar", key=f"{_KEY}_forget", icon=":material/close:", on_click=_forget)
    return photos


def _take(key: str) -> None:
    """Open each file, keep the small photo, and let go of the file; the uploader is empty again."""
    files: list[Any] = st.session_state.get(key) or []
    st.session_state[f"{_KEY}_turn"] += 1
    ids, refused = [], []
    if len(files) > MOST:
        refused.append(f"Only the first {MOST} of {len(files)} photos were taken.")
    for number, file in enumerate(files):
        try:
            # What was let go of already, by a run that was stopped half-way, has no bytes.
            if number < MOST and hasattr(file, "getvalue"):
                photo = open_photo(file.getvalue(), name=file.name)
                photo.pixels.flags.writeable = False
                _store().put(this_browser(), file.file_id, photo)
                ids.append(file.file_id)
        except InputError as error:
            refused.append(str(error))
        finally:
            let_go(file)
    if ids or refused:
        st.session_state[f"{_KEY}_ids"], st.session_state[f"{_KEY}_refused"] = ids, refused


def _forget() -> None:
    st.session_state[f"{_KEY}_ids"], st.session_state[f"{_KEY}_refused"] = [], []


@st.cache_resource(show_spinner=False)
def _store() -> UploadStore:
    return UploadStore(max_per_browser=MOST, max_age=_SECONDS)
