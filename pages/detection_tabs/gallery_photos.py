"""The photos of the gallery: brought together, opened once each, kept small in the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.drawing import encode
from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import open_photo
from pages.ui.picture import clean_name, picture_key
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go
from pages.ui.words import plain

MOST = 24
MEGABYTES = 40
PHOTOS, TOLD = "detection_photos", "detection_photos_told"


@dataclass(frozen=True)
class Kept:
    """A photo of the gallery: a small file in memory.

    Attributes:
        name: its file's.
        file: it reduced and encoded again.
        original_size: (width, height) in its file.
    """

    name: str
    file: bytes
    original_size: tuple[int, int]

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8."""
        return open_photo(self.file, name=self.name).pixels


def take_photos(photos: dict[str, Kept]) -> None:
    """Draw the upload while there is room, and add what it brings."""
    turn = st.session_state.setdefault(f"{PHOTOS}_turn", 0)
    if len(photos) < MOST:
        files = st.file_uploader(
            f"Your photos, up to {MOST}",
            type=[*EXTENSIONS, "heic", "heif"],
            accept_multiple_files=True,
            key=f"{PHOTOS}_upload_{turn}",
            max_upload_size=MEGABYTES,
            label_visibility="collapsed" if photos else "visible",
        )
        if files:
            _take(files, photos)
            st.session_state[f"{PHOTOS}_turn"] = turn + 1
            st.rerun()


def _take(files: Sequence[Any], photos: dict[str, Kept]) -> None:
    """Open each file once, keep a small copy, and let go of it; what cannot be opened is said."""
    told = []
    bar = ProgressBar("Opening")
    for number, file in enumerate(files, start=1):
        if len(photos) >= MOST:
            told.append(f"Only {MOST} photos are kept; {len(files) - number + 1} were left out.")
            break
        # A run that was stopped half-way meets files again that have been let go of.
        if not hasattr(file, "getvalue"):
            continue
        try:
            photo = open_photo(file.getvalue(), name=clean_name(file.name))
        except InputError as error:
            told.append(plain(str(error), 300))
            continue
        finally:
            let_go(file)
        photos[picture_key(photo.pixels)] = Kept(photo.name, encode(photo.pixels, lossless=False), photo.original_size)
        bar.draw(number, len(files))
    st.session_state[TOLD] = told
    bar.clear()
