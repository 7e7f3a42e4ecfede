"""Photos of a run's data for the result: small, encoded once; one that is gone says so in its place."""

from pathlib import Path

import streamlit as st

from cnn_core.drawing import encode
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.folders.sheets import thumbnail
from cnn_core.results.reasons import reasons
from cnn_core.results.trained import FILE, trained_network
from pages.ui.words import plain

SIDE = 320
HEAT_LEGEND = (
    "Grad-CAM shows the photo in grey and lays colours over it, yellow to brown: the darker the colour, the more the "
    "place speaks for the class. All pictures of a photo have one scale."
)


def draw_photo(listing: Listing | None, file: str, *, alt: str) -> bool:
    """Show a photo; False where it is gone."""
    try:
        if listing is None:
            raise InputError("The list of pictures is gone", "Bring them again")
        st.image(_encoded(str(listing.root), file, listing), alt=alt, width="stretch")
    except InputError:
        st.caption(f":material/broken_image: {plain(file)} is no longer there")
        return False
    return True


@st.cache_data(max_entries=512, show_spinner=False)
def _encoded(root: str, file: str, _listing: Listing) -> bytes:
    return encode(thumbnail(_listing, file, side=SIDE), lossless=False)


def heat_pictures(run: Path, listing: Listing, file: str, labels: tuple[str, ...]) -> tuple[bytes, ...]:
    """For each class the photo with what speaks for it; imports Keras at the first call.

    Raises:
        InputError: the run has no network, or the photo is gone.
    """
    path = run / FILE
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _heats(str(run), changed, file, labels, listing)


@st.cache_data(max_entries=256, show_spinner=False)
def _heats(run: str, changed: int, file: str, labels: tuple[str, ...], _listing: Listing) -> tuple[bytes, ...]:
    found = reasons(trained_network(Path(run)), thumbnail(_listing, file, side=SIDE), labels, side=SIDE)
    return tuple(encode(reason.picture, lossless=False) for reason in found)
