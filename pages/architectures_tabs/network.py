"""Tab Networks: one network of the catalog, its settings on the left, everything about it on the right."""

from functools import partial

import streamlit as st

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.summary import DTYPES
from pages.architectures_tabs.cached import code_of, summary_of, text_of
from pages.architectures_tabs.runs import file_controls, latency_text, measure_controls
from pages.architectures_tabs.settings import settings_controls
from pages.architectures_tabs.summary_view import show_summary
from pages.architectures_tabs.train_link import train_link
from pages.ui.lesson import has_room, try_this, what_happens
from pages.ui.mendable import mendable

DEFAULT = "resnet18"
TASKS = {"classification": "", "detection": " (detection)", "segmentation": " (segmentation)", "block": " (block)"}


def _preset(network: str, layer: str, picture: str) -> dict[str, object]:
    return {
        "architectures_network": network,
        "architectures_one_layer": layer,
        "architectures_one_picture": picture,
    }


PRESETS = {
    "Where VGG keeps its parameters": (
        "One dense layer holds 103 of the 138 million: every value of a 7 × 7 × 512 map meets 4,096 units.",
        _preset("vgg16", "fc1", "Where the cost is"),
    ),
    "Shortcuts of ResNet": (
        "Each block's input is added to its output: click conv2_block1 to unfold it and follow the curved line.",
        _preset("resnet50", "conv2_block1_add", "Graph"),
    ),
    "How far LeNet sees": (
        "A value of the last convolution depends on 14 × 14 of the 32 × 32 pixels; the dense layers see all.",
        _preset("lenet5", "block2_conv", "Receptive field"),
    ),
}


def draw() -> None:
    """Settings on the left, summary on the right."""
    try_this(PRESETS, page="architectures_one")
    left, right = st.columns([1, 3], gap="medium")
    with left:
        name = st.selectbox(
            "Network",
            list(ARCHITECTURES),
            index=list(ARCHITECTURES).index(DEFAULT),
            format_func=lambda key: ARCHITECTURES[key].title + TASKS[ARCHITECTURES[key].task],
            key="architectures_network",
            bind="query-params",
        )
        entry = ARCHITECTURES[name]
        st.caption(f"{entry.sentence} [{entry.paper}]({entry.url}).")
        with st.expander("Settings", expanded=has_room(), key="architectures_settings"):
            reference = settings_controls(name)
        with st.expander("Memory is counted for"):
            batch = st.number_input("Batch size", 1, 4096, 1, key="architectures_batch", bind="query-params")
            dtype = st.selectbox("Data type", list(DTYPES), key="architectures_dtype", bind="query-params")
    with right, mendable():
        summary = summary_of(reference, batch_size=int(batch), dtype=dtype)
        show_summary(
            summary,
            key="architectures_one",
            code=partial(code_of, reference),
            text=partial(text_of, reference),
        )
        train_link(reference)
        measure_controls({name: reference}, key="architectures_one")
        st.caption(f"Latency here: {latency_text(reference)}.")
        file_controls(reference, key="architectures_one")
        what_happens(
            "Shapes and counts come from building the network with Keras without allocating a single weight. A "
            "convolution's parameters do not depend on the picture's size; its multiply-adds do.",
            r"\begin{gathered} \text{parameters} = k_h k_w C_\text{in} C_\text{out} + C_\text{out} \\ "
            r"\text{multiply-adds} = H_\text{out} W_\text{out}\, k_h k_w C_\text{in} C_\text{out} \end{gathered}",
        )
