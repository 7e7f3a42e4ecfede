"""A training by epoch: loss, and what is measured on the validation pictures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cnn_core.runs.epochs import epochs_in, line_of
from pages.ui.charts import CONFIG, curves

_HEIGHT = 300
LOSS = {"training": "loss", "validation": "val_loss"}


def draw_training_curves(
    events: Sequence[Mapping[str, Any]], charts: Mapping[str, Mapping[str, str]], *, key: str
) -> None:
    """Charts beside one another, as far as the run has come.

    Args:
        events: of the run.
        charts: title -> name of a line -> what an epoch's event calls it; all but the first lie between 0 and 1.
        key: with which the charts' keys begin.
    """
    epochs = epochs_in(events)
    if not epochs:
        return
    for number, (place, (title, names)) in enumerate(zip(st.columns(len(charts)), charts.items(), strict=True)):
        lines = {label: line_of(epochs, name) for label, name in names.items()}
        shown = {label: values for label, values in lines.items() if any(not math.isnan(value) for value in values)}
        if not shown:
            continue
        figure = curves([epoch["epoch"] for epoch in epochs], shown, x_title="epoch", y_title=title)
        figure.update_layout(height=_HEIGHT, uirevision="kept")
        if number:
            figure.update_yaxes(range=[0, 1.02])
        last = ", ".join(f"{label} {values[-1]:.3g}" for label, values in shown.items())
        with place:
            st.plotly_chart(figure, config=CONFIG, key=f"{key}_{number}", alt=f"{title} by epoch; in the end {last}")
