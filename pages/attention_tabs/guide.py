"""Tab The guide's block: what introductions show as self-attention, beside the real one, on the same maps."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.attention.pictures import heat_on
from cnn_core.attention.place_maps import PlaceMaps, comparable
from cnn_core.attention.product import influence, product_attention, product_weights, self_attention
from cnn_core.attention.snippets import guide_code
from cnn_core.drawing import npy, png, significant
from pages.attention_tabs.maps_source import chosen_maps, controls
from pages.attention_tabs.place_pictures import COLUMN, ROW, chosen_place, heat_scale, place_pair
from pages.attention_tabs.source_files import source_files
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table
from pages.ui.words import percent

PREFIX = "attention_guide"
FORMULA = (
    r"\begin{gathered} \text{the guide: } y_i = \mathrm{softmax}_c(q_i \odot k_i) \odot v_i \\ "
    r"\text{self-attention: } y_i = \sum_j \mathrm{softmax}_j\!\big(\tfrac{q_i \cdot k_j}{\sqrt{d}}\big)\, v_j "
    r"\end{gathered}"
)
GUIDE = """def attention_block(x):
    query = layers.Conv2D(64, (1, 1))(x)
    key = layers.Conv2D(64, (1, 1))(x)
    value = layers.Conv2D(64, (1, 1))(x)

    attention = layers.Multiply()([query, key])
    attention = layers.Activation('softmax')(attention)

    output = layers.Multiply()([attention, value])
    return output
"""
REAL = """def self_attention(x):
    rows, columns, channels = x.shape[1:]
    query, key, value = (
        layers.Reshape((rows * columns, 64))(layers.Conv2D(64, 1)(x))
        for _ in range(3)
    )
    query = layers.Rescaling(64**-0.5)(query)
    output = layers.Attention()([query, value, key])
    output = layers.Reshape((rows, columns, 64))(output)
    return layers.Add()([x, layers.Conv2D(channels, 1)(output)])
"""
PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "A corner": (
        "The guide's block changes in that corner alone. Self-attention changes everywhere, most where it looks alike.",
        {ROW: 0, COLUMN: 0},
    ),
    "Few places": (
        "With 8 places a side each has a larger share of what the others take.",
        {"attention_maps": "hand", "attention_side": 8, ROW: 3, COLUMN: 4},
    ),
}
ROWS = (
    ("compares", "a place with itself, channel by channel", "each place with every other"),
    ("softmax over", "the channels of one place", "all places"),
    ("an output sees", "one place: a 1 × 1 convolution's field", "the whole map"),
    ("scaled by √d", "no", "yes"),
    ("sums", "nothing: a product", "values of all places by their shares"),
    ("cost with n places", "grows with n", "grows with n²"),
)


def draw() -> None:
    """One place of the maps becomes 0; both kinds show where their output changes."""
    what_happens(
        "The guide, an introduction to CNNs, multiplies query and key of the same place and takes a softmax over its "
        "channels: no place hears of any other. Here the outlined place is blacked out, and the heat says where the "
        "output changes.",
        FORMULA,
    )
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.5], gap="medium")
    with left, controls():
        chosen = chosen_maps()
        place = chosen_place(chosen.size)
    with right:
        guide, real = _moved(chosen.key, place, chosen.maps)
        # The changed place itself changes most; the others are what is to be seen.
        others = real.copy()
        others[place] = 0
        place_pair(
            chosen,
            heat_on(chosen.photo, guide),
            heat_on(chosen.photo, others),
            key=f"{PREFIX}_pictures",
            titles=("The guide's block", "Self-attention"),
            alts=(
                "Where the output of the guide's block changes, as heat over the photo: in the outlined place alone",
                "Where the output of self-attention changes, as heat over the photo: in every place",
            ),
            scale=heat_scale(
                "0",
                significant(float(others.max())),
                "length of the change; the outlined place is left out: " + significant(float(real[place])),
            ),
            place=place,
        )
        st.caption(":material/ads_click: Click a place in either picture to black it out instead.")
        with st.container(horizontal=True, gap="medium"):
            for title, moved in (("The guide's block", guide), ("Self-attention", real)):
                count = int(np.count_nonzero(moved > 1e-6))
                st.metric(f"{title}: places that change", f"{count} of {moved.size}", border=True)
        _own_channels(chosen.maps, place)
    text_table([{"": row[0], "the guide's attention_block": row[1], "self-attention": row[2]} for row in ROWS])
    give = partial(download, key=f"{PREFIX}_download")
    with st.container(horizontal=True, gap="small"):
        give("Heat (PNG)", lambda: png(heat_on(chosen.photo, others)), "influence.png", "image/png")
        give("Changes (NPY)", lambda: npy(np.stack([guide, real])), "influence.npy", "application/x-npy")
    ours, theirs = st.columns(2, gap="medium")
    with ours, st.container(border=True, height="stretch"):
        st.markdown("**:material/cancel: The guide's**")
        st.code(GUIDE, language="python", wrap_lines=True)
    with theirs, st.container(border=True, height="stretch"):
        st.markdown("**:material/check_circle: Dot-product self-attention**")
        st.code(REAL, language="python", wrap_lines=True)
    st.caption(
        "Vaswani et al. 2017, Attention Is All You Need; Wang, Girshick, Gupta and He 2018, Non-local Neural "
        "Networks. For the pictures query, key and value are the maps themselves in both, standardised and of the "
        "same length in every place."
    )
    same_in_code(guide_code(chosen.source, side=chosen.side, place=place), key=PREFIX, file="attention_blocks")
    source_files(chosen, key=PREFIX)


@st.cache_data(max_entries=64, show_spinner=False)
def _moved(key: str, place: tuple[int, int], _maps: PlaceMaps) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    maps = comparable(_maps.values)
    return influence(product_attention, maps, place), influence(self_attention, maps, place)


def _own_channels(maps: PlaceMaps, place: tuple[int, int]) -> None:
    """The shares that the guide's block gives at the place: of its own channels."""
    here = comparable(maps.values)[place]
    shares = product_weights(here, here)
    first = np.argsort(-shares, kind="stable")[:4]
    said = ", ".join(f"{maps.names[channel]} {percent(float(shares[channel]))}" for channel in first)
    st.caption(f"The guide's shares in the outlined place are of its own channels: {said}. They add up to 1.")
