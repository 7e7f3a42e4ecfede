"""What the network will see: each picture with augmented views of it."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from cnn_core.augmentation import augmentation_of
from cnn_core.augmentation_sheet import view_sheet
from cnn_core.drawing import encode
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import read_picture
from cnn_core.folders.sheets import chosen_files

_PICTURES = 3
_VIEWS = 5
# Small pictures are enlarged before they are encoded, so that their pixels stay pixels.
_SIDE = 128


def draw_views(listing: Listing, config: dict[str, Any]) -> None:
    """A few pictures with augmented views of each; a click draws other views."""
    seed = st.session_state.setdefault("fine_tune_views_seed", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**What the network will see**: each picture, then views of it", width="stretch")
        st.button("Other views", key="fine_tune_other_views", icon=":material/refresh:", on_click=_next_seed)
    files = tuple(
        file for label in listing.classes[:_PICTURES] for file in chosen_files(listing, label, count=1, part="train")
    )
    if not files:
        return
    options = asdict(augmentation_of(config["augmentation"]))
    sheet = _sheet(str(listing.root), files, tuple(config["input_size"]), tuple(options.items()), seed, listing)
    st.image(sheet, width="stretch", alt="Pictures of the data, each with augmented views of it in a row")


def _next_seed() -> None:
    st.session_state["fine_tune_views_seed"] = st.session_state.get("fine_tune_views_seed", 0) + 1


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(
    root: str,
    files: tuple[str, ...],
    size: tuple[int, int],
    options: tuple[tuple[str, Any], ...],
    seed: int,
    _listing: Listing,
) -> bytes:
    pictures = [read_picture(_listing, file, size=size) for file in files]
    sheet = view_sheet(pictures, augmentation_of(dict(options)), views=_VIEWS, seed=seed)
    times = max(1, round(_SIDE / size[0]))
    return encode(sheet.repeat(times, axis=0).repeat(times, axis=1), lossless=False)
