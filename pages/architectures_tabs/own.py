"""Tab Build your own: a list of layers to add, move, edit and remove; shapes and counts follow at once."""

from functools import partial
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.network_pictures.kinds import shape_text
from cnn_core.network_reference import own_network
from cnn_core.own_network.layers import KINDS, LayerSpec, layer
from cnn_core.own_network.link import decode_network, encode_network
from cnn_core.own_network.options import MAX_CHANNELS, MAX_SIDE, LayerOption
from cnn_core.own_network.presets import PRESETS
from cnn_core.own_network.shapes import LayerStatus, check_network
from pages.architectures_tabs.cached import code_of, summary_of, text_of
from pages.architectures_tabs.own_edits import change_layer, change_shape, insert_layer, move_or_remove, new_network
from pages.architectures_tabs.summary_view import show_summary
from pages.architectures_tabs.train_link import train_link
from pages.ui.lesson import try_this, what_happens
from pages.ui.mendable import mendable

TEXT = "architectures_own"
FLATTENING = ("flatten", "global_pooling", "dense")
FLAT_KINDS = ("dense", "dropout", "activation", "batch_norm")
START = PRESETS["vgg_pooled"]
EXAMPLES = {preset.title: (preset.why, new_network(preset.specs, preset.input_shape)) for preset in PRESETS.values()}


def draw() -> None:
    """The list on the left, the summary of what it makes on the right."""
    try_this(EXAMPLES, page="architectures_own")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        typed = st.container()
        with st.expander("The network as text, as it stands in the link"):
            text = st.text_input(
                "Paste a network here",
                value=encode_network(START.specs, START.input_shape),
                key=TEXT,
                bind="query-params",
                max_chars=20_000,
            )
        try:
            specs, input_shape = decode_network(text)
        except InputError as error:
            st.error(str(error), icon=":material/error:")
            specs, input_shape = START.specs, START.input_shape
            text = encode_network(specs, input_shape)
        statuses = check_network(specs, input_shape=input_shape)
        with typed:
            _shape_controls(input_shape)
            for spec, status in zip(specs, statuses, strict=True):
                _layer(spec, status, count=len(specs))
            _add(specs)
    with right, mendable():
        problem = next((status for status in statuses if status.problem), None)
        if problem is not None:
            st.error(
                f"Layer {problem.number} ({problem.title}): {problem.problem}. {problem.remedy}.",
                icon=":material/error:",
            )
            st.caption("Below is the network up to that layer. What comes after it was not reached; nothing is lost.")
            specs = specs[: problem.number - 1]
            text = encode_network(specs, input_shape)
        if not specs:
            st.info("Add a layer to begin with.", icon=":material/add:")
        else:
            network = own_network(text)
            show_summary(summary_of(network), key=TEXT, code=partial(code_of, network), text=partial(text_of, network))
            train_link(network)
        what_happens(
            "Each layer takes the shape that the one before it gives. A window needs as many cells as it spans; a "
            "dense "
            "layer takes a flat list of values, so Flatten or global pooling comes first.",
            r"n_\text{out} = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1",
        )


def _shape_controls(shape: tuple[int, int, int]) -> None:
    limits = (MAX_SIDE, MAX_SIDE, MAX_CHANNELS)
    for column, title, value, most in zip(st.columns(3), ("Rows", "Columns", "Channels"), shape, limits, strict=True):
        key = f"{TEXT}_{title.lower()}"
        st.session_state[key] = value
        column.number_input(title, 1, most, key=key, on_change=change_shape, args=(TEXT,))


def _layer(spec: LayerSpec, status: LayerStatus, *, count: int) -> None:
    number = status.number
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", gap="xsmall", key=f"{TEXT}_row_{number}"
    ):
        with st.container(gap=None):
            icon = ":red[:material/error:] " if status.problem else ""
            st.markdown(f"{icon}**{number}. {status.title}** {_words(spec)}")
            st.caption(_outcome(status))
        with st.popover("", icon=":material/tune:", disabled=not spec.options, help="Settings"):
            for option in KINDS[spec.kind].options:
                _option(number, option, spec.options[option.name])
        _move(number, "arrow_upward", number - 1, disabled=number == 1, what="Move up")
        _move(number, "arrow_downward", number + 1, disabled=number == count, what="Move down")
        _move(number, "delete", None, disabled=False, what="Remove")


def _words(spec: LayerSpec) -> str:
    known = {option.name: option for option in KINDS[spec.kind].options}
    told = [_word(known[name], value) for name, value in spec.options.items()]
    return " · ".join(word for word in told if word)


def _word(option: LayerOption, value: Any) -> str:
    if isinstance(value, bool):
        return option.title.lower() if value and not option.default else f"no {option.title.lower()}" * (not value)
    if isinstance(value, str):
        return value if value != "linear" else ""
    return f"{value} {option.title.lower()}" if value != option.default or option.name in {"filters", "units"} else ""


def _outcome(status: LayerStatus) -> str:
    if status.problem:
        return f"{status.problem}. {status.remedy}."
    if status.output_shape is None:
        return "Not reached."
    counted = f" · {status.parameters:,} parameters" if status.parameters else ""
    return f"{shape_text(status.output_shape)}{counted}" + (f" · {status.note}" if status.note else "")


def _move(number: int, icon: str, to: int | None, *, disabled: bool, what: str) -> None:
    st.button(
        "",
        icon=f":material/{icon}:",
        key=f"{TEXT}_{icon}_{number}",
        on_click=move_or_remove,
        args=(TEXT, number, to),
        disabled=disabled,
        type="tertiary",
        help=f"{what}: layer {number}",
    )


def _option(number: int, option: LayerOption, value: Any) -> None:
    key = f"{TEXT}_{number}_{option.name}"
    st.session_state[key] = value
    told: dict[str, Any] = {"key": key, "on_change": change_layer, "args": (TEXT, number, option.name)}
    if option.choices is not None:
        st.selectbox(option.title, option.choices, **told)
    elif isinstance(option.default, bool):
        st.toggle(option.title, **told)
    else:
        cast: Any = type(option.default)
        low, high = cast(option.minimum or 0), cast(option.maximum or 1)
        st.number_input(option.title, low, high, step=1 if cast is int else 0.05, **told)


def _add(specs: tuple[LayerSpec, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = st.selectbox(
            "New layer", list(KINDS), format_func=lambda name: KINDS[name].title, key=f"{TEXT}_kind", width=200
        )
        # A layer for feature maps belongs in front of what makes a flat list of values of them.
        flat = next((n for n, spec in enumerate(specs) if spec.kind in FLATTENING), len(specs))
        place = len(specs) if kind in FLAT_KINDS else flat
        key = f"{TEXT}_after_{len(specs)}_{place}"
        after = st.number_input("after layer", 0, len(specs), place, key=key, width=130)
        st.button(
            "Add", icon=":material/add:", key=f"{TEXT}_add", on_click=insert_layer, args=(TEXT, int(after), layer(kind))
        )
    st.caption(KINDS[kind].sentence)
