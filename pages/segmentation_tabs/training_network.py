"""What a segmenter's training builds and minimises, as widgets: a network from random weights, and the loss."""

from typing import Any

import streamlit as st

from cnn_core.losses.segmentation import COMBINATIONS, SEGMENTATION_LOSSES
from cnn_core.segmentation.training.config import REDUCTIONS, STRIDES, Network
from pages.segmentation_tabs.training_widgets import KEPT, KEY, slide, whole

BUILDERS = {"U-Net": "unet", "FCN": "fcn"}
# What each loss is called, and so in the link.
LOSSES = {
    name: name.replace("_", "-").replace("+", " + ").capitalize() for name in (*COMBINATIONS, *SEGMENTATION_LOSSES)
}


def draw_network() -> dict[str, Any]:
    """The network, where it begins with random weights; the fields of the configuration that say so."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        title = st.segmented_control(
            "Network", list(BUILDERS), default="U-Net", required=True, key=f"{KEY}_builder", **KEPT
        )
        builder = BUILDERS[str(title)]
        values: dict[str, Any] = {"builder": builder}
        if builder == "unet":
            values["depth"] = whole("Halvings", "depth", (1, 5), Network.depth, say="Levels down and up.")
        else:
            values["stride"] = st.selectbox(
                "Finest scores every",
                STRIDES,
                index=STRIDES.index(8),
                format_func=lambda one: f"{one} pixels",
                key=f"{KEY}_stride",
                help="FCN-32s has no skip, FCN-16s one, FCN-8s two.",
                **KEPT,
            )
        filters = Network.base_filters if builder == "unet" else 8
        say = "Of the first level; each further down has twice as many."
        values["base_filters"] = whole("Filters", f"filters_{builder}", (2, 64), filters, step=2, say=say)
        if builder == "unet":
            values["reduction"] = st.selectbox(
                "First convolution",
                REDUCTIONS[:2],
                format_func=lambda one: "Every pixel" if one == 1 else "Every second pixel",
                key=f"{KEY}_reduction",
                help="Every second pixel is enough for photos, and a quarter of the work.",
                **KEPT,
            )
            values["skips"] = st.toggle("Skips", True, key=f"{KEY}_skips", help="As in the tab Inside.", **KEPT)
    return values


def draw_loss(usual: dict[str, Any]) -> dict[str, Any]:
    """The loss and what it depends on; the fields of the configuration that say so.

    Args:
        usual: a configuration whose options are the ones at first.
    """
    names = {title: name for name, title in LOSSES.items()}
    title = st.selectbox(
        "Loss",
        list(names),
        key=f"{KEY}_loss",
        help="Cross-entropy judges pixel by pixel; Dice, Jaccard and Tversky judge how masks overlap, whatever "
        "their size; focal loss looks at the pixels that are still wrong. A sum often trains steadily and well.",
        **KEPT,
    )
    values: dict[str, Any] = {"loss": names[title]}
    with st.container(horizontal=True, gap="medium"):
        if "focal" in values["loss"]:
            values["focal_gamma"] = slide("Focus γ", "gamma", (0.0, 5.0, 0.5), float(usual["focal_gamma"]))
        if "tversky" in values["loss"]:
            say = "What is found too much weighs the rest. At 0.5 it is Dice."
            missed = slide("Weight of what is missed", "beta", (0.1, 0.9, 0.1), float(usual["tversky_beta"]), say=say)
            values |= {"tversky_beta": missed, "tversky_alpha": round(1 - missed, 2)}
    return values
