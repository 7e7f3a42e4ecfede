"""The precision-recall curve of one class: its points, the falling curve that a rule averages, and the threshold."""

import plotly.graph_objects as go
import streamlit as st

from cnn_core.detection.truth import RULES, at_threshold, envelope, rule_precision, sampled
from cnn_core.precision_recall import PrecisionRecall
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.words import plain

_AREA = "rgba(0, 114, 178, 0.2)"


def draw_chart(curve: PrecisionRecall, rule: str, threshold: float, *, key: str, name: str) -> None:
    """Draw the curve by one of the rules, with the detections down to a threshold marked."""
    st.plotly_chart(
        precision_figure(curve, rule, threshold),
        config=CONFIG,
        key=key,
        alt=f"Precision against recall of {name}, {len(curve.scores)} detections, {curve.truths} true boxes",
    )
    place = at_threshold(curve, threshold)
    where = (
        f"At the score {threshold:g} (star): recall {place[0]:.2f}, precision {place[1]:.2f}."
        if place
        else f"No {plain(name)} reaches the score {threshold:g}."
    )
    recalls = RULES[rule][1]
    how = "the tinted area" if recalls is None else f"the mean height of the {len(recalls)} diamonds"
    average = rule_precision(curve, rule)
    st.markdown(f"**AP of {plain(name)} = {average:.3f}**, {how}.")
    st.caption(where)


def precision_figure(curve: PrecisionRecall, rule: str, threshold: float) -> go.Figure:
    """The figure alone: points, falling curve, the rule's recalls, and the threshold's point."""
    figure = go.Figure()
    steps = envelope(curve)
    if len(steps):
        figure.add_scatter(
            x=[0.0, *curve.recall, float(curve.recall[-1])],
            y=[float(steps[0]), *steps, 0.0],
            name="falling curve",
            mode="lines",
            # Between two recalls the precision is that of the next point.
            line={"color": COLOURS[1], "width": 2, "shape": "vh"},
            fill="tozeroy",
            fillcolor=_AREA,
            hoverinfo="skip",
        )
    recalls = RULES[rule][1]
    if recalls is not None:
        figure.add_scatter(
            x=recalls.tolist(),
            y=sampled(curve, recalls).tolist(),
            name=f"{len(recalls)} recalls",
            mode="markers",
            marker={"size": 5 if len(recalls) > 20 else 9, "symbol": "diamond", "color": COLOURS[1]},
            hovertemplate="recall %{x:.2f}: %{y:.3f}<extra></extra>",
        )
    figure.add_scatter(
        x=curve.recall.tolist(),
        y=curve.precision.tolist(),
        name="each detection",
        mode="lines+markers",
        line={"color": COLOURS[2], "width": 1, "dash": "dot"},
        marker={
            "size": 9,
            "symbol": ["circle" if hit else "x" for hit in curve.hits],
            "color": [COLOURS[4] if hit else COLOURS[0] for hit in curve.hits],
        },
        customdata=curve.scores.tolist(),
        hovertemplate="score %{customdata:.3f}<br>recall %{x:.2f}, precision %{y:.2f}<extra></extra>",
    )
    place = at_threshold(curve, threshold)
    if place:
        figure.add_scatter(
            x=[place[0]],
            y=[place[1]],
            name="at the threshold",
            mode="markers",
            marker={"size": 17, "symbol": "star", "color": COLOURS[5], "line": {"color": "#000", "width": 1.5}},
            hoverinfo="skip",
        )
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    figure.update_xaxes(title="recall", range=[-0.02, 1.03], fixedrange=True)
    figure.update_yaxes(title="precision", range=[0, 1.05], fixedrange=True)
    return figure
