"""Where a place looks: as heat over the photo, in numbers, and head by head."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.dot_product import Heads, effective_places, most_elsewhere
from cnn_core.attention.pictures import heat_on
from cnn_core.drawing import significant
from pages.attention_tabs.maps_source import Chosen
from pages.attention_tabs.place_pictures import heat_scale, place_pair
from pages.attention_tabs.self_attention_settings import PREFIX
from pages.ui.pictures import draw_row, shown
from pages.ui.words import percent


def draw_look(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32]) -> None:
    """The place outlined in the photo, and beside it the places that it takes from.

    Args:
        chosen: the maps.
        place: row and column of the place that looks.
        weights: (h, w), its shares, averaged over the heads.
    """
    place_pair(
        chosen,
        chosen.photo,
        heat(chosen, place, weights),
        key=f"{PREFIX}_pictures",
        titles=("The place that looks", "Where it looks"),
        alts=(
            f"{chosen.picture.name} with the place in row {place[0]}, column {place[1]} outlined",
            f"The share of each place in what row {place[0]}, column {place[1]} takes, as heat over the photo",
        ),
        scale=heat_scale(
            "0",
            percent(most_elsewhere(weights, place)),
            f"share of a place; the outlined one's own is {percent(float(weights[place]))}; all add up to 1",
        ),
        place=place,
    )
    st.caption(":material/ads_click: Click a place in either picture to look from there.")


def heat(chosen: Chosen, place: tuple[int, int], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The shares over the photo; the place's own, often larger by far, would leave the others pale."""
    return heat_on(chosen.photo, np.minimum(weights, most_elsewhere(weights, place)))


def draw_numbers(weights: NDArray[np.float32], place: tuple[int, int], heads: Heads) -> None:
    """Over how many places the shares are spread, and the largest of them."""
    best = np.unravel_index(int(weights.argmax()), weights.shape)
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Spread over",
            f"{significant(effective_places(weights))} places",
            help="The exponential of the entropy: as many places with equal shares would be as spread. "
            f"There are {weights.size}.",
            border=True,
        )
        st.metric("Takes from itself", percent(float(weights[place])), border=True)
        st.metric(f"Most, in row {best[0]}, column {best[1]}", percent(float(weights.max())), border=True)
        st.metric("d", str(heads.length), help="Numbers in a query and a key of one head", border=True)


def draw_heads(chosen: Chosen, shares: NDArray[np.float32]) -> None:
    """A picture for each head.

    Args:
        chosen: the maps.
        shares: (heads, h, w).
    """
    st.markdown("**Where each head looks**")
    pictures = []
    count = len(chosen.maps.names) // len(shares)
    for number, share in enumerate(shares):
        names = chosen.maps.names[number * count : (number + 1) * count]
        words = ", ".join(names) if len(names) <= 4 else f"{names[0]} to {names[-1]}"
        pictures.append(
            shown(
                f"Head {number + 1}",
                heat_on(chosen.photo, share),
                alt=f"Where head {number + 1} looks, as heat over the photo",
                caption=f"{words}. Most: {percent(float(share.max()))}",
            )
        )
    draw_row(pictures, columns=min(4, max(2, len(shares))), key=f"{PREFIX}_heads")
