"""The feature maps that attention is put on: of the photo by rules, or of a layer of a network."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.place_maps import SIDES, PlaceMaps, hand_maps
from cnn_core.attention.snippets import HAND
from pages.ui.picture import Picture, shared_picture

SOURCE, SIDE = "attention_maps", "attention_side"
_FEWEST = 8


@dataclass(frozen=True, eq=False)
class Chosen:
    """Maps to look at.

    Attributes:
        maps: by place.
        photo: (H, W, 3) uint8, the part of the photo that the maps cover.
        key: what tells them from others.
        source: as `cnn_core.attention.snippets` names it.
        side: places along the photo's longer side, where rules give the maps.
        title: what they are.
        picture: the whole photo.
    """

    maps: PlaceMaps
    photo: NDArray[np.uint8]
    key: str
    source: str
    side: int
    title: str
    picture: Picture

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of places."""
        return self.maps.size


def chosen_maps() -> Chosen:
    """Draw the choice of maps and give them.

    Raises:
        InputError: what the network or its layer refuses.
    """
    picture = shared_picture()
    side = st.select_slider(
        "Places along the longer side",
        SIDES,
        24,
        key=SIDE,
        bind="query-params",
        persist_state="session",
        help="Self-attention compares each place with every other: twice as many a side are 16 times the work. "
        f"More than {SIDES[-1]} are not offered.",
    )
    maps = _by_rules(picture.key, int(side), picture)
    rows, columns = maps.size
    st.caption(
        f"{rows} × {columns} places, {len(maps.names)} channels: {', '.join(maps.names)}. Each is a rule that "
        "anybody can read, averaged over a place, and at least 0 as behind ReLU."
    )
    return Chosen(maps, picture.pixels, f"{HAND} {side} {picture.key}", HAND, int(side), "Colours and edges", picture)


@st.cache_data(max_entries=64, show_spinner=False)
def _by_rules(key: str, side: int, _picture: Picture) -> PlaceMaps:
    return hand_maps(_picture.image, side=side)
