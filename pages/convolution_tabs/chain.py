"""Tab Chain: up to four layers in a row, and the receptive field growing on the picture."""

import numpy as np
import streamlit as st

from cnn_core.chain import LONGEST, ChainLayer, ChainStep, part_within, run_chain
from cnn_core.convolution_snippets import chain_snippets
from cnn_core.display import show_plainly
from cnn_core.drawing import outline, significant
from cnn_core.images import to_grey
from cnn_core.kernels import KERNELS
from cnn_core.nonlinearities import NONLINEARITIES
from pages.ui.lesson import has_room, same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.picture import Picture, shared_picture
from pages.ui.pictures import Shown, draw_row, shown
from pages.ui.pictures import draw as draw_picture
from pages.ui.tables import text_table

OUTPUTS = "convolution_chain_output"
POOLINGS = {"none": "None", "max": "Max", "average": "Mean"}
START = (
    ("gaussian", "none", "none"),
    ("sobel_x", "relu", "max"),
    ("gaussian", "relu", "max"),
    ("outline", "relu", "none"),
)
# One colour per layer, in the order of depth; Okabe and Ito.
COLOURS = ("#0072B2", "#009E73", "#E69F00", "#D55E00")


def _preset(layers: list[tuple[str, int, str, str]]) -> dict[str, object]:
    values: dict[str, object] = {"convolution_layers": len(layers)}
    for number, (kernel, stride, activation, pooling) in enumerate(layers, start=1):
        values |= {
            f"convolution_layer{number}_kernel": kernel,
            f"convolution_layer{number}_stride": stride,
            f"convolution_layer{number}_activation": activation,
            f"convolution_layer{number}_pooling": pooling,
        }
    return values


PRESETS = {
    "Four 3 × 3 in a row": (
        "Without pooling or stride every 3 × 3 layer adds two pixels: 3, 5, 7, 9.",
        _preset([("box_blur", 1, "none", "none")] * 4),
    ),
    "Pool after each": (
        "With a 2 × 2 pooling after each 3 × 3 the field grows faster and faster: 4, 10, 22, 46.",
        _preset([("sobel_x", 1, "relu", "max")] + [("box_blur", 1, "relu", "max")] * 3),
    ),
    "Edges of edges": (
        "Sobel x, then Sobel y: how vertical edges change from top to bottom. Corners and crossings remain.",
        _preset([("gaussian", 1, "none", "none"), ("sobel_x", 1, "none", "none"), ("sobel_y", 1, "none", "none")]),
    ),
}


def draw() -> None:
    """Layers on the left, what each gives on the right."""
    picture = shared_picture()
    try_this(PRESETS, page="convolution_chain")
    left, right = st.columns([1, 2.2], gap="medium")
    with left:
        count = st.slider("Layers", 1, LONGEST, 3, key="convolution_layers", bind="query-params")
        x = st.slider("Place, left to right (%)", 0, 100, 50, key="convolution_x", bind="query-params")
        y = st.slider("Place, top to bottom (%)", 0, 100, 50, key="convolution_y", bind="query-params")
        layers = [_layer_controls(number) for number in range(1, count + 1)]
    with right, mendable():
        steps = run_chain(to_grey(picture.image), layers)
        boxes = [step.seen_from(x / 100, y / 100) for step in steps]
        _fields(picture, boxes)
        _table(steps)
        draw_row([_output(number, step) for number, step in enumerate(steps, start=1)], columns=2, key=OUTPUTS)
        what_happens(
            "Each layer works on the output of the one before. What one value depends on in the picture, its "
            "receptive field, grows with every window, and by larger steps after a stride or a pooling.",
            r"r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = j_{l-1}\, s_l",
        )
        same_in_code(chain_snippets(layers, size=picture.pixels.shape[:2]), key="convolution_chain")


def _layer_controls(number: int) -> ChainLayer:
    kernel, activation, pooling = START[number - 1]
    with st.expander(f"Layer {number}", icon=":material/layers:", expanded=has_room(), key=f"convolution_part{number}"):
        first, second = st.columns([3, 2])
        chosen = first.selectbox(
            "Kernel",
            list(KERNELS),
            index=list(KERNELS).index(kernel),
            format_func=lambda name: KERNELS[name].title,
            key=f"convolution_layer{number}_kernel",
            bind="query-params",
        )
        stride = second.number_input("Stride", 1, 4, 1, key=f"convolution_layer{number}_stride", bind="query-params")
        function = first.selectbox(
            "Activation",
            list(NONLINEARITIES),
            index=list(NONLINEARITIES).index(activation),
            format_func=lambda name: NONLINEARITIES[name].title,
            key=f"convolution_layer{number}_activation",
            bind="query-params",
        )
        reduce = second.selectbox(
            "Pool 2 × 2",
            list(POOLINGS),
            index=list(POOLINGS).index(pooling),
            format_func=POOLINGS.__getitem__,
            key=f"convolution_layer{number}_pooling",
            bind="query-params",
        )
    return ChainLayer(KERNELS[chosen].build(), stride=int(stride), activation=function, pooling=reduce)


def _fields(picture: Picture, boxes: list[tuple[int, int, int, int]]) -> None:
    drawn = picture.pixels
    for box, colour in reversed(list(zip(boxes, COLOURS, strict=False))):
        drawn = outline(drawn, box, colour=colour, width=2)
    whole, part = st.columns([3, 2])
    with whole:
        fields = shown(
            "Input and receptive fields", drawn, alt=f"{picture.name} with a box for each layer's receptive field"
        )
        draw_picture(fields, key="convolution_chain_fields")
    with part:
        seen = part_within(picture.pixels, boxes[-1])
        picture_of_field = shown(
            "What the last value sees", seen, alt="The receptive field of the last layer, enlarged"
        )
        draw_picture(picture_of_field, key="convolution_chain_seen")


def _output(number: int, step: ChainStep) -> Shown:
    picture = show_plainly(step.output)
    note = f". {picture.low} to {picture.high}: {picture.note}"
    return shown(f"After layer {number}", picture.picture, alt=f"Output of layer {number}", note=note, exact=True)


def _table(steps: list[ChainStep]) -> None:
    text_table(
        [
            {
                "Layer": number,
                "Output": f"{step.output.shape[0]} × {step.output.shape[1]}",
                "Receptive field": f"{step.rows.size} × {step.columns.size} pixels",
                "Pixels between neighbours": f"{step.rows.stride}",
                "Largest magnitude": significant(float(np.abs(step.output).max())),
            }
            for number, step in enumerate(steps, start=1)
        ]
    )
