"""The options of a training that are folded at first: head, learning, fine-tuning, augmentation."""

from typing import Any

import streamlit as st

from cnn_core.backbones import Backbone
from pages.fine_tune_tabs.numbers import KEPT, SLIDERS, number, slider, whole

LAST_LAYERS = "the last layers"
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum"}
SCHEDULES = {
    "constant": "constant",
    "cosine": "cosine with warm-up",
    "plateau": "halved where the loss no longer falls",
}
PRECISIONS = {"auto": "automatic", "float32": "float32", "mixed": "mixed"}


def draw_head(head: dict[str, Any]) -> dict[str, Any]:
    """What comes behind the base, and how it is kept from learning by heart."""
    left, right = st.columns(2)
    with left:
        pooling = st.selectbox(
            "Global pooling",
            ("average", "max"),
            key="fine_tune_pooling",
            help="How the last feature maps become one number each: their mean, or their largest value.",
            **KEPT,
        )
        dropout = number("dropout", head["dropout"])
        l2 = number("l2", head["l2"])
    with right:
        dense = whole("dense", head["dense"])
        smoothing = number("smoothing", head["label_smoothing"])
    return {"pooling": pooling, "dense": dense, "dropout": dropout, "l2": l2, "label_smoothing": smoothing}


def draw_learning(config: dict[str, Any]) -> None:
    """How each step is taken, and when training ends; written into the config."""
    left, right = st.columns(2)
    with left:
        config["optimizer"] = st.selectbox(
            "Optimizer",
            list(OPTIMIZERS),
            format_func=OPTIMIZERS.__getitem__,
            key="fine_tune_optimizer",
            help="Adam finds its way with little care; SGD wants a larger learning rate.",
            **KEPT,
        )
        config["learning_rate"] = number("rate", config["learning_rate"])
        config["batch_size"] = whole("batch", config["batch_size"])
        config["class_weights"] = st.toggle(
            "Class weights",
            value=True,
            key="fine_tune_weights",
            help="Pictures of rare classes count more, so that all classes count alike.",
            **KEPT,
        )
    with right:
        config["schedule"] = st.selectbox(
            "Schedule of the learning rate",
            list(SCHEDULES),
            format_func=SCHEDULES.__getitem__,
            key="fine_tune_schedule",
            help="Smaller steps towards the end.",
            **KEPT,
        )
        config["early_stopping"] = whole("patience", config["early_stopping"])
        config["seed"] = whole("seed", config["seed"])
        config["precision"] = st.selectbox(
            "Precision",
            list(PRECISIONS),
            format_func=PRECISIONS.__getitem__,
            key="fine_tune_precision",
            help="Automatic is mixed precision on a GPU that gains from it.",
            **KEPT,
        )


def draw_tuning(backbone: Backbone, tuning: dict[str, Any]) -> dict[str, Any]:
    """Which layers of the base learn, for how long and how fast."""
    left, right = st.columns(2)
    with left:
        stages = (LAST_LAYERS, *reversed(backbone.stages))
        # Another network has other stages.
        if st.session_state.get("fine_tune_stage") not in (None, *stages):
            st.session_state["fine_tune_stage"] = LAST_LAYERS
        stage = st.selectbox(
            "Train from",
            stages,
            key="fine_tune_stage",
            help="A stage of the network and everything behind it, or a number of layers.",
            **KEPT,
        )
        layers: int | str = whole("layers", tuning["layers"]) if stage == LAST_LAYERS else stage
    with right:
        rate = number("tuning_rate", tuning["learning_rate"])
        epochs = whole("tuning_epochs", tuning["epochs"])
    norm = st.toggle(
        "Batch norm keeps its statistics",
        value=True,
        key="fine_tune_norm",
        help="A batch-norm layer that is trained replaces the statistics of a million pictures by those of your few. "
        "In Keras, training=False given when the network was built is overridden by fit: so trainable=False is set on "
        "every batch-norm layer.",
        **KEPT,
    )
    return {"layers": layers, "epochs": epochs, "learning_rate": rate, "batch_norm_inference": norm}


def draw_augmentation(start: dict[str, Any]) -> dict[str, Any]:
    """How far each view of a picture may differ from it."""
    columns = st.columns(2)
    chosen = dict(start)
    for place, name in enumerate(SLIDERS):
        with columns[place % 2]:
            chosen[name] = slider(name, start[name])
    with columns[1]:
        chosen["views"] = whole("views", start["views"])
    chosen["flip"] = st.toggle(
        "Mirror left and right", value=True, key="fine_tune_flip", help="Not for letters.", **KEPT
    )
    return chosen
