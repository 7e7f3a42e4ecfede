"""What is trained from scratch, as widgets; gives the run's config.json."""

from typing import Any

import streamlit as st

from cnn_core.architectures.architecture import Option
from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.network_reference import own_network
from cnn_core.own_network.link import encode_network
from cnn_core.own_network.presets import PRESETS as OWN_PRESETS
from cnn_core.training.cifar import cifar_is_here
from cnn_core.training.config import LIMITS, NETWORKS, OWN, RECIPE, SIDES, STARTER, ScratchConfig, own_input_size
from cnn_core.training.network import own_layers
from pages.from_scratch_tabs.words import NETWORK_TITLES, OPTIMIZERS, PRECISIONS, SCHEDULES
from pages.ui.words import plain

KEY = "scratch"
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
_START = OWN_PRESETS["vgg_pooled"]
USUAL = ScratchConfig()


def draw_network() -> dict[str, Any]:
    """Choose the network, its size and its options; the fields of the configuration that say so."""
    name = st.selectbox(
        "Network",
        NETWORKS,
        format_func=NETWORK_TITLES.__getitem__,
        key=f"{KEY}_network",
        help="Every network of the page Architectures that classifies, one that you built there, or the recipe.",
        **KEPT,
    )
    if name == OWN:
        return {"network": OWN, "own": _own()}
    values: dict[str, Any] = {"network": name}
    if name in ARCHITECTURES:
        st.caption(plain(ARCHITECTURES[name].sentence, 300))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        side = int(
            st.number_input(
                "Picture size",
                *SIDES,
                32,
                8,
                key=f"{KEY}_side",
                width=150,
                help="Rows and columns; every picture is stretched to it.",
                **KEPT,
            )
        )
        values["input_size"] = [side, side]
        if name == RECIPE:
            for field, label in (("batch_norm", "Batch norm"), ("dropout", "Dropout")):
                values[field] = st.toggle(label, value=True, key=f"{KEY}_{field}", **KEPT)
        elif name == STARTER:
            values["pretrained"] = st.toggle(
                "Its trained weights", value=True, key=f"{KEY}_pretrained", help="Else random ones.", **KEPT
            )
            values["frozen"] = st.toggle(
                "Frozen", key=f"{KEY}_frozen", help="Only the new layer on top learns.", **KEPT
            )
            values["dropout"] = st.toggle("Dropout", value=True, key=f"{KEY}_dropout", **KEPT)
        else:
            values["options"] = {option.name: _option(name, option) for option in ARCHITECTURES[name].options}
    return values


def _own() -> str:
    text = st.text_input(
        "Your network, as text",
        value=encode_network(_START.specs, _START.input_shape),
        key=f"{KEY}_own",
        max_chars=20_000,
        help="On Architectures, *Build your own* shows it under *The network as text*.",
        **KEPT,
    )
    # The way to a sound one comes first: what is wrong with the text ends here.
    st.page_link("architectures.py", label="Build one", icon=":material/account_tree:")
    rows, columns = own_input_size(text)
    # What no training could build is said here, and not when its turn has come; how many classes does not matter.
    own_layers(text, 2)
    st.caption(
        f"{own_network(text).title}, {rows} × {columns} pixels. Its last layer gets as many units as there are classes."
    )
    return text


def _option(network: str, option: Option) -> Any:
    key = f"{KEY}_{network}_{option.name}"
    if option.values is not None:
        start = option.values.index(option.default)
        return st.selectbox(option.title, option.values, index=start, key=key, width=220, **KEPT)
    if isinstance(option.default, bool):
        return st.toggle(option.title, option.default, key=key, **KEPT)
    cast = int if isinstance(option.default, int) else float
    low, high = cast(option.minimum or 0), cast(option.maximum or 1)
    step = 1 if cast is int else 0.05
    return st.number_input(option.title, low, high, option.default, step, key=key, width=220, **KEPT)


def draw_download(data: str) -> None:
    """Say that pictures are downloaded first, where they are not here yet."""
    if data == "cifar10" and not cifar_is_here():
        st.caption(":material/download: CIFAR-10 is not on this server: 170 MB are downloaded first, once.")


def draw_learning() -> dict[str, Any]:
    """How it learns; the fields of the configuration that say so."""
    values: dict[str, Any] = {}
    first, second, third = st.columns(3)
    with first:
        values["epochs"] = _whole("epochs", "Epochs", "How often every picture is seen, at most.")
    with second:
        values["batch_size"] = _whole("batch_size", "Batch", "Pictures per step.")
    with third:
        said = "The size of a step. Too large: the loss jumps, or stands still for good."
        values["learning_rate"] = _number("learning_rate", "Learning rate", 0.0005, "%.6g", said)
    left, right = st.columns(2)
    with left:
        values["optimizer"] = _choice("optimizer", "Optimizer", OPTIMIZERS, "Adam finds its way with little care.")
    with right:
        values["schedule"] = _choice("schedule", "Learning rate over time", SCHEDULES, "Smaller steps in the end.")
    with st.expander("Stopping, L2, precision, seed, devices", icon=":material/tune:"):
        left, right = st.columns(2)
        with left:
            said = "Stops after so many epochs without a smaller validation loss; the best weights are kept. 0: never."
            values["early_stopping"] = _whole("early_stopping", "Early stopping", said)
            said = "First weights, order, views and dropout follow from it. What is held out does not."
            values["seed"] = _whole("seed", "Seed", said)
        with right:
            said = "Weight of the squared kernels in the loss."
            values["l2"] = _number("l2", "L2", 0.0001, "%.4g", said)
            said = (
                "Mixed computes in 16 bits and keeps weights in 32: faster on a GPU and on a processor with units for "
                "bfloat16 (1.5 times, where it was tried), slower on others. Automatic: where a GPU gains by it."
            )
            values["precision"] = _choice("precision", "Precision", PRECISIONS, said)
        said = (
            "GPUs of this server that share each batch; the batch must be a multiple of their number. Without GPUs the "
            "processor is divided into so many virtual ones: the same result, not faster."
        )
        values["devices"] = _whole("devices", "Devices", said)
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        values["augmentation"] = _augmentation()
    return values


def _augmentation() -> dict[str, Any]:
    usual, values = USUAL.augmentation, dict[str, Any]()
    columns = st.columns(2)
    for place, (name, label, high, step) in enumerate(
        (
            ("rotation", "Rotation, degrees", 90.0, 5.0),
            ("shift", "Shift, share of the side", 0.5, 0.05),
            ("zoom", "Zoom, share", 0.9, 0.05),
        )
    ):
        start = float(getattr(usual, name))
        with columns[place % 2]:
            values[name] = st.slider(label, 0.0, high, start, step, key=f"{KEY}_{name}", **KEPT)
    with columns[1]:
        values["flip"] = st.toggle("Left and right exchanged", value=True, key=f"{KEY}_flip", **KEPT)
    return values


def _whole(name: str, label: str, what: str) -> int:
    low, high = (int(limit) for limit in LIMITS[name])
    start = int(getattr(USUAL, name))
    return int(st.number_input(label, low, high, start, 1, key=f"{KEY}_{name}", help=what, **KEPT))


def _number(name: str, label: str, step: float, form: str, what: str) -> float:
    start = float(getattr(USUAL, name))
    return float(st.number_input(label, *LIMITS[name], start, step, form, key=f"{KEY}_{name}", help=what, **KEPT))


def _choice(name: str, label: str, titles: dict[str, str], what: str) -> str:
    return str(
        st.selectbox(
            label,
            list(titles),
            format_func=titles.__getitem__,
            key=f"{KEY}_{name}",
            help=what,
            **KEPT,
        )
    )
