"""What a run trains, as widgets with good defaults; gives the run's config.json."""

from typing import Any

import streamlit as st

from cnn_core.backbones import BACKBONES, Backbone, weights_present
from cnn_core.transfer.config import default_config
from pages.fine_tune_tabs.words import METHODS
from pages.ui.link import set_controls

LAST_LAYERS = "the last layers"
# The widgets of a tab that is not open are not drawn: their values are kept, and in the link.
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}

OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD with momentum"}
SCHEDULES = {
    "constant": "constant",
    "cosine": "cosine with warm-up",
    "plateau": "halved where the loss no longer falls",
}
PRECISIONS = {"auto": "automatic", "float32": "float32", "mixed": "mixed"}

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
        format_func=_titled,
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


def _titled(name: str) -> str:
    ready = "" if weights_present(name) else " (download)" if name != "starter" else " (not here)"
    return BACKBONES[name].title + ready


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
        config["epochs"] = int(_whole("Epochs", "epochs", 1, 500, config["epochs"], "How often every picture is seen."))
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
        config["head"] = _head(config["head"])
    with st.expander("Learning rate, batches, stopping", icon=":material/tune:"):
        _learning(config)
    if config["method"] != "feature_extraction":
        with st.expander("What is fine-tuned", icon=":material/lock_open:", expanded=True):
            config["fine_tuning"] = _tuning(backbone, config["fine_tuning"])
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        config["augmentation"] = _augmentation(config["augmentation"])
    return config


def _head(head: dict[str, Any]) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        pooling = st.selectbox(
            "Global pooling",
            ("average", "max"),
            key="fine_tune_pooling",
            help="How the last feature maps become one number each: their mean, or their largest value.",
            **KEPT,
        )
        dropout = _number(
            "Dropout",
            "dropout",
            0.0,
            0.95,
            head["dropout"],
            0.05,
            "Drops this share at random: against learning by heart.",
        )
        l2 = _number("L2", "l2", 0.0, 1.0, head["l2"], 0.0001, "Keeps weights small. 0.0001 is a usual value.", "%.5f")
    with right:
        dense = _whole(
            "Hidden units", "dense", 0, 8192, head["dense"], "A layer with ReLU before the answer; 0 leaves it out."
        )
        smoothing = _number(
            "Label smoothing",
            "smoothing",
            0.0,
            0.9,
            head["label_smoothing"],
            0.05,
            "Asks for 95 % instead of 100 %: less overconfident.",
        )
    return {"pooling": pooling, "dense": dense, "dropout": dropout, "l2": l2, "label_smoothing": smoothing}


def _learning(config: dict[str, Any]) -> None:
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
        config["learning_rate"] = _number(
            "Learning rate",
            "rate",
            1e-6,
            1.0,
            config["learning_rate"],
            0.0005,
            "The size of a step. Too large: the loss jumps.",
            "%.6f",
        )
        config["batch_size"] = _whole("Batch", "batch", 1, 1024, config["batch_size"], "Pictures per step.")
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
        config["early_stopping"] = _whole(
            "Early stopping",
            "patience",
            0,
            500,
            config["early_stopping"],
            "Stops after so many epochs without a better validation loss, and goes back to the best one. 0: never.",
        )
        config["seed"] = _whole("Seed", "seed", 0, 2**31 - 1, config["seed"], "The same seed gives the same run.")
        config["precision"] = st.selectbox(
            "Precision",
            list(PRECISIONS),
            format_func=PRECISIONS.__getitem__,
            key="fine_tune_precision",
            help="Automatic is mixed precision on a GPU that gains from it.",
            **KEPT,
        )


def _tuning(backbone: Backbone, tuning: dict[str, Any]) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        stages = (LAST_LAYERS, *reversed(backbone.stages))
        if st.session_state.get("fine_tune_stage") not in (None, *stages):
            st.session_state["fine_tune_stage"] = LAST_LAYERS
        stage = st.selectbox(
            "Train from",
            stages,
            key="fine_tune_stage",
            help="A stage of the network and everything behind it, or a number of layers.",
            **KEPT,
        )
        layers: int | str = stage
        if stage == LAST_LAYERS:
            layers = _whole("Layers", "layers", 1, 1000, tuning["layers"], "So many layers before the head.")
    with right:
        rate = _number(
            "Its learning rate",
            "tuning_rate",
            1e-8,
            0.1,
            tuning["learning_rate"],
            1e-5,
            "Small: good weights are changed.",
            "%.7f",
        )
        epochs = _whole("Its epochs", "tuning_epochs", 1, 500, tuning["epochs"], "How often every picture is seen.")
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


def _augmentation(start: dict[str, Any]) -> dict[str, Any]:
    rows = st.columns(2)
    chosen = dict(start)
    sliders = [
        ("rotation", "Rotation, degrees", 0.0, 180.0, 5.0, "To either side."),
        ("shift", "Shift", 0.0, 0.5, 0.05, "Share of height and width, to either side."),
        ("zoom", "Zoom", 0.0, 0.9, 0.05, "Larger or smaller by up to this share."),
        ("brightness", "Brightness", 0.0, 1.0, 0.05, "Share of white added or taken away."),
        ("contrast", "Contrast", 0.0, 1.0, 0.05, "Stronger or weaker by up to this share."),
        ("cutout", "Cutout", 0.0, 0.9, 0.05, "Side of a grey square, as a share of the picture."),
        ("mixup", "MixUp alpha", 0.0, 2.0, 0.1, "Mixes two pictures and their labels; 0.2 is usual."),
    ]
    for number, (name, label, low, high, step, help_text) in enumerate(sliders):
        with rows[number % 2]:
            chosen[name] = st.slider(
                label, low, high, float(start[name]), step, key=f"fine_tune_{name}", help=help_text, **KEPT
            )
    with rows[1]:
        chosen["views"] = _whole(
            "Views of each picture",
            "views",
            1,
            32,
            start["views"],
            "Before a frozen network: features of so many views are computed once.",
        )
    chosen["flip"] = st.toggle(
        "Mirror left and right", value=True, key="fine_tune_flip", help="Not for letters.", **KEPT
    )
    return chosen


def _number(
    label: str, name: str, low: float, high: float, value: float, step: float, help_text: str, form: str | None = None
) -> float:
    return float(
        st.number_input(label, low, high, float(value), step, form, key=f"fine_tune_{name}", help=help_text, **KEPT)
    )


def _whole(label: str, name: str, low: int, high: int, value: int, help_text: str) -> int:
    return int(st.number_input(label, low, high, int(value), 1, key=f"fine_tune_{name}", help=help_text, **KEPT))
