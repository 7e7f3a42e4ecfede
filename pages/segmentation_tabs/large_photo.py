"""A large photo with all its pixels: a file of this session, seen whole or in tiles, and masked at full size."""

import hashlib
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import WORKING_SIDE, open_photo, to_float
from cnn_core.masks import Masks
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.tiles import in_tiles
from pages.segmentation_tabs.answer import TILES
from pages.segmentation_tabs.one_photo import draw_masks
from pages.ui.own_photo import MAX_UPLOAD_MEGABYTES
from pages.ui.picture import Picture
from pages.ui.picture_names import clean_name
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go, opened

PHOTO = "segmentation_large"
MOST_ANSWERS = 2
_EVERY_PIXEL = 1_000_000
# A large photo takes some hundred megabytes while it is worked on: one visitor's at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, eq=False)
class LargePhoto:
    """The file that was brought, in a folder that goes with the session, and the photo reduced.

    Attributes:
        size: (width, height) in its file.
        reduced: as it is shown.
    """

    name: str
    folder: tempfile.TemporaryDirectory
    digest: str
    size: tuple[int, int]
    reduced: np.ndarray

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8, decoded anew: 12 megapixels are 36 MB, which no session holds on to."""
        path = Path(self.folder.name) / "photo"
        return open_photo(path, name=self.name, working_side=_EVERY_PIXEL).pixels


def draw(picture: Picture, segmenter: Segmenter, way: str) -> None:
    """Intake, then the photo with its masks."""
    _intake()
    photo: LargePhoto | None = st.session_state.get(PHOTO)
    if photo is None:
        st.info(
            "Bring a photo of any size: it is not reduced, and its mask has all its pixels. In tiles, 12 megapixels "
            "take half a minute. It stays in this session only.",
            icon=":material/photo_size_select_large:",
        )
        return
    asked, masks = _answer(segmenter, photo, tiles=way == TILES)
    draw_masks(Picture(photo.name, photo.reduced, photo.size, photo.digest), asked, masks, photo.pixels)


def size_of(picture: Picture) -> tuple[int, int] | None:
    """(height, width) of the photo that was brought; None where there is none yet."""
    photo: LargePhoto | None = st.session_state.get(PHOTO)
    return (photo.size[1], photo.size[0]) if photo else None


def _intake() -> None:
    turn = st.session_state.setdefault(f"{PHOTO}_turn", 0)
    brought = st.file_uploader(
        "A large photo",
        type=[*EXTENSIONS, "heic", "heif"],
        key=f"{PHOTO}_upload_{turn}",
        max_upload_size=MAX_UPLOAD_MEGABYTES,
        label_visibility="collapsed",
    )
    if brought is None:
        return
    name = clean_name(brought.name)
    try:
        with opened(brought) as content:
            # A run that was stopped half-way meets the file again after it has been let go of.
            if content is None:
                return
            data = content.read()
        photo = open_photo(data, name=name, working_side=WORKING_SIDE)
    finally:
        let_go(brought)
        st.session_state[f"{PHOTO}_turn"] = turn + 1
    folder = tempfile.TemporaryDirectory(prefix="cnn-playground-")
    (Path(folder.name) / "photo").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()[:16]
    st.session_state[PHOTO] = LargePhoto(name, folder, digest, photo.original_size, photo.pixels)
    st.rerun()


def _answer(segmenter: Segmenter, photo: LargePhoto, *, tiles: bool) -> tuple[Segmenter, Masks]:
    """Who was asked, and what it says of the photo; the last two answers are kept for all visitors."""
    bar = ProgressBar("Asking the network, tile by tile")
    asked = in_tiles(segmenter, progress=bar.draw) if tiles else segmenter
    kept, key = _answers(), (asked.name, photo.digest)
    with _ONE_AT_A_TIME:
        if key not in kept:
            with st.spinner("Asking the network …"):
                pixels = photo.pixels()
                kept[key] = asked.look(pixels if tiles else to_float(pixels))
            bar.clear()
        kept.move_to_end(key)
        while len(kept) > MOST_ANSWERS:
            kept.popitem(last=False)
        return asked, kept[key]


@st.cache_resource
def _answers() -> OrderedDict[tuple[str, str], Masks]:
    return OrderedDict()
