"""Tab Cost: parameters and multiply-adds of the attention blocks as the map grows."""

from functools import partial

import streamlit as st

from cnn_core.attention.cost import BLOCKS, block_cost, crossing, growth
from cnn_core.attention.snippets import cost_code
from cnn_core.csv_table import csv_table
from pages.ui.charts import CONFIG, curves
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.tables import text_table

PREFIX = "attention_cost"
SIDES = (4, 7, 10, 14, 20, 28, 40, 56, 80, 112)
FORMULA = (
    r"\begin{gathered} n = h w \\ \text{self-attention: } \underbrace{4\,n\,C d}_{\text{projections}} + "
    r"\underbrace{2\,n^2 d}_{\text{comparisons}} \\ \text{squeeze and excitation: } 2\,C\,\tfrac{C}{r} \\ "
    r"\text{CBAM: } 4\,C\,\tfrac{C}{r} + 2\,n k^2 \\ \text{the guide: } 3\,n\,C d \end{gathered}"
)


def _preset(side: int, channels: int, units: int) -> dict[str, object]:
    return {f"{PREFIX}_side": side, f"{PREFIX}_channels": channels, f"{PREFIX}_units": units, f"{PREFIX}_ratio": 16}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "Late in a network": (
        "7 × 7 places, 512 channels: 49 places compare themselves for next to nothing; the projections cost the most.",
        _preset(7, 512, 64),
    ),
    "Early in a network": (
        "112 × 112 places, 64 channels: 157 million shares, 630 MB of them, and more multiply-adds than all of "
        "ResNet-50, which has 4 billion.",
        _preset(112, 64, 64),
    ),
    "Squeeze and excitation is nearly free": (
        "Its multiply-adds do not depend on the map: the photo has become one number a channel.",
        _preset(56, 256, 64),
    ),
}


def draw() -> None:
    """Controls above, then the curve, the figures of this size, and how they come about."""
    what_happens(
        "Squeeze and excitation and CBAM work on summaries and cost little. Self-attention compares all places with "
        "one another: twice the side means four times the places and 16 times the comparisons.",
        FORMULA,
    )
    try_this(PRESETS, page=PREFIX)
    with st.container(horizontal=True, gap="medium"):
        side = st.select_slider("Places a side", SIDES, 14, key=f"{PREFIX}_side", bind="query-params", width=280)
        channels = _number("Channels C", "channels", 256, 4096)
        units = _number("d, of query and key", "units", 64, 1024)
        ratio = _number("Channels per hidden unit r", "ratio", 16, 256)
    side = int(side)
    lines = growth(SIDES, channels=channels, units=units, ratio=ratio)
    figure = curves(
        SIDES,
        {BLOCKS[block]: [float(value) for value in values] for block, values in lines.items()},
        x_title="places a side",
        y_title="multiply-adds (MACs)",
        y_format=".3s",
        highlighted=side,
    )
    figure.update_xaxes(type="log", tickvals=list(SIDES), dtick=None)
    figure.update_yaxes(type="log", rangemode="normal")
    costs = {block: block_cost(block, (side, side), channels=channels, units=units, ratio=ratio) for block in BLOCKS}
    said = "; ".join(f"{BLOCKS[block]} {cost.macs:,}" for block, cost in costs.items())
    st.plotly_chart(
        figure, config=CONFIG, key=f"{PREFIX}_chart", alt=f"Multiply-adds by places a side; at {side}: {said}"
    )
    text_table(
        [
            {
                f"{side} × {side} × {channels}": f"**{BLOCKS[block]}**",
                "parameters": f"{cost.parameters:,}",
                "MACs": f"{cost.macs:,}",
                "FLOPs = 2 × MACs": f"{2 * cost.macs:,}",
                "weights it gives": f"{cost.weights:,}" if cost.weights else "–",
            }
            for block, cost in costs.items()
        ]
    )
    places = side * side
    st.caption(
        f"From {crossing(channels):,} places on, twice the channels, comparing costs more than the projections; here "
        f"are {places:,}. The shares of self-attention are {places:,}² numbers, {places**2 * 4 / 1e6:,.1f} MB as "
        "float32, for each head and each photo of a batch. Biases, softmax and sigmoid are not counted."
    )
    with st.container(border=True, gap="xsmall"):
        for block, cost in costs.items():
            st.markdown(f"**{BLOCKS[block]}**")
            st.latex(
                rf"\begin{{aligned}} \text{{parameters}} &= {cost.parameter_sum} = {_spaced(cost.parameters)} \\ "
                rf"\text{{MACs}} &= {cost.mac_sum} = {_spaced(cost.macs)} \end{{aligned}}"
            )
    rows = list(zip(SIDES, *lines.values(), strict=True))
    table = partial(csv_table, ["side", *lines], rows)
    download("CSV of the curves", table, "attention_cost.csv", "text/csv", key=f"{PREFIX}_download")
    same_in_code(cost_code(side, channels=channels, ratio=ratio, units=units), key=PREFIX, file="attention_cost")


def _number(label: str, name: str, value: int, most: int) -> int:
    return int(st.number_input(label, 1, most, value, key=f"{PREFIX}_{name}", bind="query-params", width=180))


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "{,}")
