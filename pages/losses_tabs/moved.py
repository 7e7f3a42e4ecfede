"""Tab A mask you move: a prediction is shifted, grown, blurred and made unsure, and every loss answers."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnn_core.drawing import signed_heat, signed_limit, significant, to_uint8
from cnn_core.losses.binary import TITLES, LossOptions, loss_of
from cnn_core.losses.formulas import DICE, JACCARD, SUMS, TVERSKY, mask_steps
from cnn_core.losses.moved_mask import MASKS, Change, losses_along_shift, predicted_mask, true_mask
from cnn_core.losses.snippets import mask_code
from pages.losses_tabs.controls import chosen_losses, curves_download, loss_options
from pages.losses_tabs.line_chart import COLOUR_OF, line_chart
from pages.ui.charts import CONFIG
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.pictures import draw_row, shown

PREFIX = "losses_moved"


def _preset(mask: str, **controls: object) -> dict[str, object]:
    usual = {"across": 0, "down": 0, "grow": 0.0, "blur": 0.0, "sure": 0.95}
    return {f"{PREFIX}_mask": mask} | {f"{PREFIX}_{name}": value for name, value in (usual | controls).items()}


PRESETS: dict[str, tuple[str, dict[str, object]]] = {
    "Right, and quite sure": (
        "Every pixel is right, and no loss is 0: p is 0.95, not 1. Raise it and watch them fall.",
        _preset("disc"),
    ),
    "A small thing, missed": (
        "The disc has 1 % of the pixels: cross-entropy hardly minds that it lies beside the truth, Dice is near 1.",
        _preset("small", across=10, sure=0.99),
    ),
    "Too small or too large": (
        "Shrink it instead: Tversky with β = 0.7 minds what is missed more than what is too much.",
        _preset("disc", grow=4.0),
    ),
    "Nothing in common": (
        "The masks no longer touch: Dice, Jaccard and Tversky are near 1, and hardly change as it moves further away.",
        _preset("disc", across=32, sure=0.99),
    ),
}


def draw() -> None:
    what_happens(
        "The true mask stays, the prediction is moved away from it. Cross-entropy and focal loss judge each pixel by "
        "itself and take the mean; Dice, Jaccard and Tversky count how much of the two masks is in common.",
        rf"\begin{{gathered}} {DICE} \\[8pt] {JACCARD} \\[8pt] {TVERSKY} \\[8pt] {SUMS} \end{{gathered}}",
    )
    try_this(PRESETS, page=PREFIX)
    pictures, controls = st.columns([2.6, 1], gap="medium")
    with controls:
        mask, change = _controls()
    names = chosen_losses(f"{PREFIX}_losses")
    options = loss_options(PREFIX, names)
    truth = true_mask(mask)
    found = predicted_mask(truth, change)
    with pictures:
        _draw_pictures(truth, found, options)
    values = {name: loss_of(name, truth, found, options).value for name in names}
    bars, lines = st.columns(2, gap="medium")
    with bars:
        _draw_bars(values)
    pixels, along = _along(mask, change, names, options)
    with lines:
        st.markdown("**Loss along the shift**")
        figure = line_chart(
            pixels, along, x_title="prediction moved to the right by, pixels", y_title="loss", marked=change.across
        )
        figure.update_yaxes(rangemode="tozero")
        st.plotly_chart(
            figure, config=CONFIG, key=f"{PREFIX}_along", alt="Each loss as the prediction is moved sideways"
        )
    curves_download({"across": pixels}, along, key=PREFIX)
    for first in range(0, len(names), 2):
        for cell, name in zip(st.columns(2, gap="medium"), names[first : first + 2], strict=False):
            with cell, st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**{TITLES[name]}**")
                st.latex(mask_steps(name, truth, found, options))
    same_in_code(mask_code(mask, change, names, options), key=PREFIX, file="mask_losses")


def _controls() -> tuple[str, Change]:
    mask = st.selectbox(
        "True mask", list(MASKS), format_func=MASKS.__getitem__, key=f"{PREFIX}_mask", bind="query-params"
    )
    st.markdown("**The prediction**")
    both: dict[str, Any] = {"bind": "query-params"}
    across = st.slider("Moved to the right, pixels", -32, 32, 6, key=f"{PREFIX}_across", **both)
    down = st.slider("Moved down, pixels", -32, 32, 0, key=f"{PREFIX}_down", **both)
    grow = st.slider("Grown (below 0: shrunk), pixels", -12.0, 12.0, 0.0, 0.5, key=f"{PREFIX}_grow", **both)
    blur = st.slider("Soft edge, pixels wide", 0.0, 16.0, 2.0, 0.5, key=f"{PREFIX}_blur", **both)
    sure = st.slider(
        "How sure it is",
        0.5,
        1.0,
        0.95,
        0.01,
        key=f"{PREFIX}_sure",
        help="The probability that it gives to what it holds for the mask, and to the rest being none.",
        **both,
    )
    return mask, Change(across, down, grow, blur, sure)


def _draw_pictures(truth: np.ndarray, found: np.ndarray, options: LossOptions) -> None:
    with st.container(horizontal=True, gap="medium"):
        name = st.selectbox(
            "Slope of",
            list(TITLES),
            format_func=TITLES.__getitem__,
            key=f"{PREFIX}_slope",
            bind="query-params",
            width=220,
        )
        by = st.segmented_control(
            "by",
            ["z", "p"],
            default="z",
            required=True,
            format_func={"p": "probability p", "z": "logit z"}.__getitem__,
            key=f"{PREFIX}_by",
            bind="query-params",
        )
    result = loss_of(name, truth, found, options)
    slope = result.logit_gradient if by == "z" else result.gradient
    limit = signed_limit(slope)
    pictures = [
        shown("True mask", to_uint8(truth), alt="True mask, white where t is 1", note=f", {truth.mean():.1%} white"),
        shown("Prediction", to_uint8(found), alt="Predicted probabilities, white is 1"),
        shown(
            "Slope",
            signed_heat(slope, limit=limit),
            alt=f"Slope of {TITLES[name]} by {by}: orange where training lowers p, blue where it raises p",
            note=f", up to ± {significant(limit)}",
        ),
    ]
    # Side by side on a phone too.
    with st.container(key=f"strip_{PREFIX}"):
        draw_row(pictures, columns=3, key=f"{PREFIX}_picture")
    st.caption("White is p = 1, black is 0. In the slope, orange is where training lowers p, blue where it raises p.")


def _draw_bars(values: dict[str, float]) -> None:
    st.markdown("**Loss**")
    names = list(values)[::-1]
    figure = go.Figure(
        go.Bar(
            x=[values[name] for name in names],
            y=[TITLES[name] for name in names],
            orientation="h",
            marker={"color": [COLOUR_OF[name] for name in names]},
            text=[significant(values[name]) for name in names],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y} %{x:.4~g}<extra></extra>",
        )
    )
    figure.update_layout(height=320, margin={"l": 8, "r": 48, "t": 8, "b": 8})
    figure.update_xaxes(range=[0, max(1.0, 1.1 * max(values.values()))], fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    said = ", ".join(f"{TITLES[name]} {significant(value)}" for name, value in values.items())
    st.plotly_chart(figure, config=CONFIG, key=f"{PREFIX}_bars", alt=f"Losses: {said}")


@st.cache_data(max_entries=64, show_spinner=False)
def _along(
    mask: str, change: Change, names: tuple[str, ...], options: LossOptions
) -> tuple[list[int], dict[str, list[float]]]:
    return losses_along_shift(true_mask(mask), change, names, options)
