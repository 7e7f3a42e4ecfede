"""What a segmenter's training is, as widgets with good defaults; gives the run's config.json."""

from typing import Any

import streamlit as st

from cnn_core.losses.segmentation import COMBINATIONS, SEGMENTATION_LOSSES
from cnn_core.segmentation.masked_listing import MaskedListing
from cnn_core.segmentation.training.config import (
    NEW,
    REDUCTIONS,
    STRIDES,
    Network,
    default_config,
    network_of,
    size_step,
    starts,
)
from cnn_core.segmentation.training.new_run import MOST_VIEWS, fitting_start, input_size_for, usual_views
from cnn_core.starter_models import starter_card
from pages.segmentation_tabs.answer import segmenter_of

KEY = "seg_train"
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
FITTING, RANDOM = "Automatic", "Random weights"
BUILDERS = {"U-Net": "unet", "FCN": "fcn"}
# What each loss is called, and so in the link.
LOSSES = {
    name: name.replace("_", "-").replace("+", " + ").capitalize() for name in (*COMBINATIONS, *SEGMENTATION_LOSSES)
}
MIRRORS = {"The photo": 1, "The photo and its mirror image": 2, "The photo mirrored both ways, four times": 4}
_INPUTS = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512)
_PATIENCE = "Ends after so many epochs without a better validation IoU; 0: never. The best weights are kept either way."


def draw_settings(listing: MaskedListing, *, title: str) -> dict[str, Any]:
    """The options; gives config.json without its data."""
    start = _start(listing)
    name = st.text_input(
        "Name of the run", placeholder=title, max_chars=200, key=f"{KEY}_name", persist_state="session"
    )
    config = default_config("", start=start, name=name or title)
    if start == NEW:
        config["network"] = _network()
    left, right = st.columns(2)
    with left:
        usual = 128 if start == NEW else max(starter_card(start).input.photo_size)
        side = st.selectbox(
            "Longer side of the input",
            _INPUTS,
            index=_INPUTS.index(min(_INPUTS, key=lambda one: abs(one - usual))),
            key=f"{KEY}_side",
            format_func=lambda one: f"{one} pixels",
            help="Every photo is stretched to this size. Larger ones show finer borders and take longer.",
            **KEPT,
        )
    with right:
        config["epochs"] = int(st.number_input("Epochs", 1, 500, config["epochs"], 1, key=f"{KEY}_epochs", **KEPT))
    step = size_step(start, network_of(config["network"]))
    rows, columns = input_size_for(listing, side=side, step=step)
    config["input_size"] = [rows, columns]
    st.caption(f":material/straighten: The input has {columns} × {rows} pixels, multiples of {step}.")
    _loss(config)
    config["mirrors"] = MIRRORS[
        st.selectbox(
            "The finished network looks at",
            list(MIRRORS),
            key=f"{KEY}_mirrors",
            help="It averages its answers about the photo and its mirror images. That needs no training, makes masks "
            "somewhat better, and takes as many times as long.",
            **KEPT,
        )
    ]
    with st.expander("Learning", icon=":material/tune:"):
        _learning(config, len(listing.of({"train"})))
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        _augmentation(config)
    return config


def start_title(name: str) -> str:
    """What a beginning is called, and so in the link."""
    return RANDOM if name == NEW else segmenter_of(name).title


def _start(listing: MaskedListing) -> str:
    names = {start_title(name): name for name in starts()}
    chosen = st.selectbox(
        "Begin with",
        [FITTING, *names],
        key=f"{KEY}_start_from",
        help="A starter has learned to see; its end gets your classes. Automatic takes the U-Net that knows most of "
        "them, and random weights where none knows any.",
        **KEPT,
    )
    if chosen != FITTING:
        return names[chosen]
    start = fitting_start(listing.names)
    if start == NEW:
        st.caption("No starter knows one of your classes: the network begins with random weights.")
    else:
        known = [name for name in listing.names if name in starter_card(start).classes]
        st.caption(f"{start_title(start)} knows {len(known)} of your {len(listing.names)} classes.")
    return start


def _network() -> dict[str, Any]:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        builder = BUILDERS[
            str(
                st.segmented_control(
                    "Network", list(BUILDERS), default="U-Net", required=True, key=f"{KEY}_builder", **KEPT
                )
            )
        ]
        values: dict[str, Any] = {"builder": builder}
        if builder == "unet":
            values["depth"] = int(
                st.number_input(
                    "Halvings", 1, 5, Network.depth, 1, key=f"{KEY}_depth", help="Levels down and up.", **KEPT
                )
            )
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
        values["base_filters"] = int(
            st.number_input(
                "Filters",
                2,
                64,
                Network.base_filters if builder == "unet" else 8,
                2,
                key=f"{KEY}_filters_{builder}",
                help="Of the first level; each further down has twice as many.",
                **KEPT,
            )
        )
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


def _loss(config: dict[str, Any]) -> None:
    names = {title: name for name, title in LOSSES.items()}
    config["loss"] = names[
        st.selectbox(
            "Loss",
            list(names),
            key=f"{KEY}_loss",
            help="Cross-entropy judges pixel by pixel; Dice, Jaccard and Tversky judge how masks overlap, whatever "
            "their size; focal loss looks at the pixels that are still wrong. A sum often trains steadily and well.",
            **KEPT,
        )
    ]
    with st.container(horizontal=True, gap="medium"):
        if "focal" in config["loss"]:
            config["focal_gamma"] = st.slider(
                "Focus γ", 0.0, 5.0, float(config["focal_gamma"]), 0.5, key=f"{KEY}_gamma", **KEPT
            )
        if "tversky" in config["loss"]:
            config["tversky_beta"] = st.slider(
                "Weight of what is missed",
                0.1,
                0.9,
                float(config["tversky_beta"]),
                0.1,
                key=f"{KEY}_beta",
                help="What is found too much weighs the rest. At 0.5 it is Dice.",
                **KEPT,
            )
            config["tversky_alpha"] = round(1 - config["tversky_beta"], 2)


def _learning(config: dict[str, Any], pictures: int) -> None:
    left, right = st.columns(2)
    with left:
        config["learning_rate"] = float(
            st.number_input(
                "Learning rate",
                1e-6,
                0.1,
                float(config["learning_rate"]),
                0.0005,
                "%.5f",
                key=f"{KEY}_rate",
                help="At its highest, after a tenth of the steps; then it falls as a cosine to zero.",
                **KEPT,
            )
        )
        config["batch_size"] = int(
            st.number_input("Batch", 1, 256, config["batch_size"], 1, key=f"{KEY}_batch", help="Views a step.", **KEPT)
        )
        config["seed"] = int(
            st.number_input("Seed", 0, 2**31 - 1, 0, 1, key=f"{KEY}_seed", help="The same seed, the same run.", **KEPT)
        )
    with right:
        config["views"] = int(
            st.number_input(
                "Views of each photo",
                1,
                MOST_VIEWS,
                usual_views(pictures),
                1,
                key=f"{KEY}_views",
                help="In an epoch. Each is augmented anew.",
                **KEPT,
            )
        )
        config["early_stopping"] = int(
            st.number_input(
                "Early stopping", 0, 500, config["early_stopping"], 1, key=f"{KEY}_patience", help=_PATIENCE, **KEPT
            )
        )


def _augmentation(config: dict[str, Any]) -> None:
    how = config["augmentation"]
    left, right = st.columns(2)
    with left:
        config["crop"] = st.slider(
            "Part of the photo in a view",
            0.25,
            1.0,
            1.0,
            0.05,
            key=f"{KEY}_crop",
            help="Of rows and columns. Half of them is a quarter of the work, and enough where things are small, such "
            "as cells. The finished network sees whole photos all the same.",
            **KEPT,
        )
        zoom = st.slider("Size, up to", 1.0, 3.0, 1.25, 0.05, "× %.2f", key=f"{KEY}_zoom", **KEPT)
        how["zoom"] = [round(1 / zoom, 4), float(zoom)]
        how["turn"] = float(st.slider("Turned, up to", 0, 180, int(how["turn"]), 5, "%d°", key=f"{KEY}_turn", **KEPT))
    with right:
        how["colour"] = st.slider("Colour and light", 0.0, 1.5, float(how["colour"]), 0.1, key=f"{KEY}_colour", **KEPT)
        how["bend"] = st.slider(
            "Bent by",
            0.0,
            20.0,
            float(how["bend"]),
            1.0,
            "%.0f px",
            key=f"{KEY}_bend",
            help="An elastic deformation, for tissue and other soft things (Ronneberger et al. 2015).",
            **KEPT,
        )
        how["mirror"] = st.toggle("Mirror left and right", True, key=f"{KEY}_mirror", help="Not for letters.", **KEPT)
        how["turns"] = st.toggle(
            "Quarter turns", False, key=f"{KEY}_turns", help="For what has no upright: cells, aerial photos.", **KEPT
        )
