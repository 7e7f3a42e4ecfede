"""What this is, a card for each page, and what this machine has."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.convolution import convolve
from cnn_core.drawing import encode, signed_heat, signed_limit, to_uint8
from cnn_core.images import fill, to_grey
from cnn_core.kernels import KERNELS
from cnn_core.pooling import pool
from cnn_core.runtime import describe_machine, library_versions
from pages.ui.picture import Picture, shared_picture

HEIGHT, WIDTH, CELL = 320, 512, 16

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Card:
    file: str
    title: str
    text: str
    alt: str


CARDS = (
    Card(
        "convolution.py",
        "Convolution",
        "A small grid of weights slides over the picture and answers where it sees an edge, a line, a texture. "
        "Step through every product and sum.",
        "Left half the picture, right half its vertical edges: orange where it gets brighter, blue where darker.",
    ),
    Card(
        "pooling.py",
        "Pooling",
        "Each window keeps only its largest value, or its mean. The picture shrinks, and what was found stays. "
        "See who wins, and what a shift changes.",
        "Left half the picture, right half the same as a mosaic of 16 × 16 pixel windows, each its largest value.",
    ),
)


def edges(photo: NDArray[np.float32]) -> Pixels:
    response = convolve(to_grey(photo), KERNELS["sobel_x"].build(), padding="reflect")
    return signed_heat(response, limit=signed_limit(response) / 3)


def mosaic(photo: NDArray[np.float32]) -> Pixels:
    return to_uint8(pool(photo, mode="max", size=CELL)).repeat(CELL, axis=0).repeat(CELL, axis=1)


PICTURES = {"convolution.py": edges, "pooling.py": mosaic}


@st.cache_data(max_entries=128, show_spinner=False)
def card_picture(file: str, key: str, _picture: Picture) -> bytes:
    """The photo on the left, what the page makes of it on the right."""
    photo = fill(_picture.image, height=HEIGHT, width=WIDTH)
    half = WIDTH // 2
    return encode(np.concatenate([to_uint8(photo)[:, :half], PICTURES[file](photo)[:, half:]], axis=1))


def draw_machine() -> None:
    machine = describe_machine()
    gpu = f"{machine.gpus[0].name}, {machine.gpus[0].memory_bytes / 1e9:.0f} GB" if machine.gpus else "no NVIDIA GPU"
    with st.container(horizontal=True, gap="medium"):
        st.markdown(f":material/memory: **{machine.cores}** processor cores", width="content")
        st.markdown(f":material/memory_alt: **{machine.memory_bytes / 1e9:.1f} GB** memory", width="content")
        st.markdown(f":material/developer_board: {gpu}", width="content")
    st.caption(" · ".join(f"{name} {version}" for name, version in library_versions().items()))


picture = shared_picture()
st.title("CNN Playground")
st.markdown(
    "See what a convolutional neural network does to a picture, step by step and with every number, "
    "on **your own photo**. Choose it in the sidebar: it comes along to every page."
)
for card, column in zip(CARDS, st.columns(2, gap="medium"), strict=True):
    with column.container(border=True):
        st.image(card_picture(card.file, picture.key, picture), alt=card.alt, width="stretch")
        st.subheader(card.title, anchor=False)
        st.markdown(card.text)
        st.page_link(card.file, label=f"Open {card.title}", icon=":material/arrow_forward:", icon_position="right")
st.subheader("This machine", anchor=False)
draw_machine()
