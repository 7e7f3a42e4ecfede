"""What a run trains, as widgets with good defaults; gives the run's config.json."""

from typing import Any

import streamlit as st

from cnn_core.backbones import BACKBONES, Backbone, weights_present
from cnn_core.transfer.config import default_config
from pages.fine_tune_tabs.numbers import KEPT, whole
from pages.fine_tune_tabs.options import LAST_LAYERS, draw_augmentation, draw_head, draw_learning, draw_tuning
from pages.fine_tune_tabs.words import METHODS
from pages.ui.link import set_controls

# Control -> where its value is in config.json; augmentation has the same names in both.
_PLACES = {
    "name": ("name",),
    "backbone": ("backbone",),
    "method": ("method",),
    "pooling": ("head", "pooling"),
    "dense": ("head", "dense"),
    "dropout": ("head", "dropout"),
    "l2": ("head", "l2"),
    "smoothing": ("head", "label_smoothing"),
    "optimizer": ("optimizer",),
    "rate": ("learning_rate",),
    "schedule": ("schedule",),
    "epochs": ("epochs",),
    "batch": ("batch_size",),
    "patience": ("early_stopping",),
    "tuning_epochs": ("fine_tuning", "epochs"),
    "tuning_rate": ("fine_tuning", "learning_rate"),
    "norm": ("fine_tuning", "batch_norm_inference"),
    "weights": ("class_weights",),
    "precision": ("precision",),
    "seed": ("seed",),
}
AUGMENTATIONS = ("rotation", "shift", "flip", "zoom", "brightness", "contrast", "cutout", "mixup", "views")


def controls_of(config: dict[str, Any]) -> dict[str, Any]:
    """The controls that would give this config.json, for presets and for training again from a run."""
    values: dict[str, Any] = {}
    for control, place in _PLACES.items():
        value: Any = config
        for step in place:
            value = value[step]
        values[f"fine_tune_{control}"] = value
    layers = config["fine_tuning"]["layers"]
    values["fine_tune_stage"] = layers if isinstance(layers, str) else LAST_LAYERS
    if isinstance(layers, int):
        values["fine_tune_layers"] = layers
    values[f"fine_tune_side_{config['backbone']}"] = config["input_size"][0]
    return values | {f"fine_tune_{name}": config["augmentation"][name] for name in AUGMENTATIONS}


def set_settings(config: dict[str, Any]) -> None:
    """In a callback: make the controls say what this config.json says."""
    set_controls(controls_of(config))


def draw_backbone() -> Backbone:
    """Choose the pretrained network."""
    name = st.selectbox(
        "Pretrained network",
        list(BACKBONES),
        # The link holds the title: whether the weights are here already is no part of it, but said below.
        format_func=lambda name: BACKBONES[name].title,
        key="fine_tune_backbone",
        help="A network that has learned to see on many pictures of other things. Only its end is trained on yours. "
        "The starter comes with CNN Playground; the others are downloaded once and know far more.",
        **KEPT,
    )
    backbone = BACKBONES[name]
    present = weights_present(name)
    size = f"{backbone.weights_bytes / 1e6:.0f} MB"
    if name == "starter":
        where = "comes with CNN Playground" if present else "is not shipped with this version: choose another one"
    else:
        where = f"{size}, on this machine" if present else f"{size}, downloaded when it is first used"
    st.caption(f"{backbone.family}. Weights: {where}; licence: {backbone.licence}.")
    if not present and name != "starter":
        st.info(
            f"The weights of {backbone.title} ({size}) will be downloaded first. Without a connection the run says so, "
            "and the starter needs none.",
            icon=":material/download:",
        )
    return backbone


def draw_settings(backbone: Backbone, *, name: str) -> dict[str, Any]:
    """Everything else; gives config.json without its data."""
    config = default_config("", backbone=backbone.name, name=name)
    left, right = st.columns(2)
    with left:
        side = st.selectbox(
            "Picture size",
            backbone.sizes,
            key=f"fine_tune_side_{backbone.name}",
            format_func=lambda value: f"{value} × {value}",
            help="Every picture is stretched to this size. Larger ones show more detail and take longer.",
            **KEPT,
        )
    config["input_size"] = [side, side]
    with right:
        config["epochs"] = whole("epochs", config["epochs"])
    config["method"] = st.segmented_control(
        "Method",
        list(METHODS),
        default="feature_extraction",
        required=True,
        format_func=METHODS.__getitem__,
        key="fine_tune_method",
        help="Feature extraction trains a new head on the frozen network: seconds to minutes. Fine-tuning also changes "
        "the network's last layers, slowly and gently; it needs more pictures. Both: first the one, then the other.",
        **KEPT,
    )
    with st.expander("Head and regularisation", icon=":material/account_tree:"):
        config["head"] = draw_head(config["head"])
    with st.expander("Learning rate, batches, stopping", icon=":material/tune:"):
        draw_learning(config)
    if config["method"] != "feature_extraction":
        with st.expander("What is fine-tuned", icon=":material/lock_open:", expanded=True):
            config["fine_tuning"] = draw_tuning(backbone, config["fine_tuning"])
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        config["augmentation"] = draw_augmentation(config["augmentation"])
    return config
