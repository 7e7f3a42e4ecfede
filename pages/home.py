"""What this is, a card for each page, and what this machine has."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.card_pictures import card_picture
from cnn_core.drawing import encode
from cnn_core.runtime import describe_machine, library_versions
from pages.ui.picture import Picture, shared_picture


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
    Card(
        "architectures.py",
        "Architectures",
        "LeNet to EfficientNet, and a network of your own: every layer with its shape, its cost and what it sees of "
        "the picture, before a single weight exists.",
        "Left half the picture, right half the same with five nested boxes: what the stages of VGG-16 see.",
    ),
    Card(
        "predictions.py",
        "Predictions",
        "What is in your photo? Networks answer side by side and together; why they say so, what fools them, and what "
        "a wrong preprocessing does to a right photo.",
        "Left half the picture, right half the same darkened under five bars of falling length.",
    ),
    Card(
        "feature_maps.py",
        "Feature maps",
        "What every layer of a network makes of your photo: its maps, its filters, which channel comes from which, "
        "and the pixels that one unit depends on.",
        "Left half the picture, right half twenty small maps of it: orange where a pattern is found, blue against it.",
    ),
    Card(
        "attention.py",
        "Attention",
        "Channels and places weighed by how much they matter: squeeze-and-excitation, CBAM and self-attention on the "
        "maps of your photo, with their cost.",
        "Left half the picture, right half the same, dark but where edges and details are.",
    ),
    Card(
        "losses.py",
        "Losses",
        "Cross-entropy, focal loss, Dice and their kin: their curves, what they say of a mask that you move, and one "
        "network trained with two of them side by side.",
        "Left half the picture, right half the slope of a loss: orange where it asks for less, blue where for more.",
    ),
    Card(
        "detection.py",
        "Detection",
        "A network proposes thousands of boxes, and few are left: watch them go as you move the threshold, on your "
        "photo, on many, or on a video.",
        "Left half the picture, right half the same under a grid whose cells propose boxes of all sizes.",
    ),
    Card(
        "segmentation.py",
        "Segmentation",
        "A class for every pixel, with how sure the network is of it: masks over your photo, cut-outs, and what the "
        "skips of a U-Net are for.",
        "Left half the picture, right half the same with a colour over each of its regions.",
    ),
    Card(
        "fine_tune.py",
        "Fine-tune",
        "A folder of your own pictures becomes a trained network: checked for copies and broken files, watched live, "
        "with the mistakes it makes, and to take home.",
        "Left half the picture, right half many small views of it, turned, shifted and lit.",
    ),
    Card(
        "from_scratch.py",
        "From scratch",
        "Random weights learn from pictures alone: watch them from inside, compare two recipes, find out what is wrong "
        "with a training, and hunt a hidden kernel.",
        "Left half the picture, right half four strips of it under a kernel that learns to find vertical edges.",
    ),
)
PER_ROW = 2


@st.cache_data(max_entries=128, show_spinner=False)
def encoded_card(file: str, key: str, _picture: Picture) -> bytes:
    """A card's picture, encoded once for each photo."""
    return encode(card_picture(file.removesuffix(".py"), _picture.image))


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
for first in range(0, len(CARDS), PER_ROW):
    for card, column in zip(CARDS[first : first + PER_ROW], st.columns(PER_ROW, gap="medium"), strict=False):
        with column.container(border=True):
            st.image(encoded_card(card.file, picture.key, picture), alt=card.alt, width="stretch")
            st.subheader(card.title, anchor=False)
            st.markdown(card.text)
            st.page_link(card.file, label=f"Open {card.title}", icon=":material/arrow_forward:", icon_position="right")
st.subheader("This machine", anchor=False)
draw_machine()
