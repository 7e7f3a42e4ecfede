"""Whether the network is right as often as it says: reliability diagram and expected calibration error."""

import plotly.graph_objects as go
import streamlit as st

from cnn_core.results.calibration import Calibration, calibration
from cnn_core.results.predictions import Predictions
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.words import percent


def draw_calibration(predictions: Predictions) -> None:
    """The diagram, the figures and what they mean."""
    found = calibration(predictions)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            _diagram(found),
            config=CONFIG,
            key="fine_tune_reliability",
            alt="Accuracy against confidence in ten bins; on the diagonal the network is right as often as it says",
        )
    with right:
        st.metric("Expected calibration error (ECE)", percent(found.error))
        word = "too sure of itself" if found.surplus > 0 else "less sure than it could be"
        st.markdown(
            f"On average it is **{word}** by {100 * abs(found.surplus):.1f} points. The largest gap of a bin is "
            f"{100 * found.largest_gap:.1f} points, the Brier score {found.brier:.3f}."
        )
        st.latex(r"\text{ECE} = \sum_b \frac{n_b}{n}\,\lvert \text{acc}_b - \text{conf}_b \rvert")


def _diagram(found: Calibration) -> go.Figure:
    bins = [part for part in found.bins if part.accuracy is not None]
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="as often as it says", line={"color": "#8893A2", "dash": "dot"}
    )
    values = [part.accuracy.value for part in bins if part.accuracy]
    figure.add_scatter(
        x=[part.confidence for part in bins],
        y=values,
        mode="markers+lines",
        name="measured, with 95 % intervals",
        marker={"size": 10, "color": COLOURS[1]},
        line={"color": COLOURS[1]},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [part.accuracy.high - part.accuracy.value for part in bins if part.accuracy],
            "arrayminus": [part.accuracy.value - part.accuracy.low for part in bins if part.accuracy],
        },
        customdata=[part.count for part in bins],
        hovertemplate="says %{x:.0%}, right %{y:.0%}<br>%{customdata} pictures<extra></extra>",
    )
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    figure.update_xaxes(title="confidence", range=[0, 1.02], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(title="accuracy", range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return figure
