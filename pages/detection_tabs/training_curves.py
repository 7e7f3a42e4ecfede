"""A detector's training by epoch: loss, and mean average precision on the validation pictures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.charts import CONFIG, curves

_HEIGHT = 300
_CHARTS = {
    "loss": {"training": "loss", "validation": "val_loss"},
    "mAP on the validation pictures": {"IoU 0.5": "val_map50", "IoU 0.5 to 0.95": "val_map"},
}


def draw_training_curves(events: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Two charts, as far as the run has come."""
    epochs = [event for event in events if event.get("kind") == "epoch"]
    if not epochs:
        return
    for number, (place, (title, names)) in enumerate(zip(st.columns(2), _CHARTS.items(), strict=True)):
        lines = {label: [_number(epoch.get(name)) for epoch in epochs] for label, name in names.items()}
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


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
