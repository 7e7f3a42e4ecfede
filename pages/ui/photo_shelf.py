"""Several photos of the visitor's, kept small in this session: intake, answers, and which one is open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from cnn_core.drawing import encode
from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import open_photo
from pages.ui.picture import Picture
from pages.ui.picture_names import clean_name, picture_key
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go
from pages.ui.words import plain

MOST = 24
MEGABYTES = 40

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kept:
    """A photo of the shelf: a small file in memory.

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

    def picture(self, key: str) -> Picture:
        """It as a picture to work on."""
        return Picture(self.name, self.pixels(), self.original_size, key)


def session_dict(key: str) -> dict[Any, Any]:
    """A dictionary of this session."""
    return st.session_state.setdefault(key, {})


def photo_shelf(prefix: str) -> dict[str, Kept]:
    """Draw intake and what could not be taken in; gives the photos by their keys.

    Args:
        prefix: what the keys of the session begin with; those of widgets too.
    """
    photos: dict[str, Kept] = session_dict(prefix)
    turn = st.session_state.setdefault(f"{prefix}_turn", 0)
    if len(photos) < MOST:
        files = st.file_uploader(
            f"Your photos, up to {MOST}",
            type=[*EXTENSIONS, "heic", "heif"],
            accept_multiple_files=True,
            key=f"{prefix}_upload_{turn}",
            max_upload_size=MEGABYTES,
            label_visibility="collapsed" if photos else "visible",
        )
        if files:
            _take(files, photos, prefix)
            st.session_state[f"{prefix}_turn"] = turn + 1
            st.rerun()
    if photos:
        st.button("Remove all photos", key=f"{prefix}_clear", icon=":material/delete:", on_click=_clear, args=(prefix,))
    for text in st.session_state.get(f"{prefix}_told", []):
        st.warning(text, icon=":material/broken_image:")
    return photos


def opened_photo(prefix: str) -> tuple[str, Kept] | None:
    """The photo that is open, with its key; None while all are shown."""
    photos: dict[str, Kept] = session_dict(prefix)
    for key in photos:
        if st.session_state.pop(f"{prefix}_opened_{key}", None):
            st.session_state[f"{prefix}_opened"] = key
    opened = st.session_state.get(f"{prefix}_opened")
    return (opened, photos[opened]) if opened in photos else None


def open_photo_of(prefix: str, key: str | None) -> None:
    """In a callback: open a photo of the shelf, or go back to all of them."""
    st.session_state[f"{prefix}_opened"] = key


def answers(prefix: str, photos: dict[str, Kept], name: str, look: Callable[[Kept], Answer]) -> dict[str, Answer]:
    """What a network says of each photo: those that it has not seen are asked now; a click in between loses nothing.

    Args:
        prefix: of the shelf.
        photos: on it.
        name: of the network.
        look: asks it.

    Raises:
        InputError: the network cannot read a photo.
    """
    seen: dict[tuple[str, str], Answer] = session_dict(f"{prefix}_seen")
    missing = [key for key in photos if (key, name) not in seen]
    if missing:
        for stale in [pair for pair in seen if pair[0] not in photos or pair[1] != name]:
            del seen[stale]
        bar = ProgressBar("Asking the network")
        for number, key in enumerate(missing, start=1):
            seen[key, name] = look(photos[key])
            bar.draw(number, len(missing))
        bar.clear()
    return {key: seen[key, name] for key in photos}


def _take(files: Sequence[Any], photos: dict[str, Kept], prefix: str) -> None:
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
    st.session_state[f"{prefix}_told"] = told
    bar.clear()


def _clear(prefix: str) -> None:
    for part in ("", "_seen", "_opened", "_told"):
        st.session_state.pop(f"{prefix}{part}", None)
