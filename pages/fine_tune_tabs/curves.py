"""Loss and accuracy by epoch, of one run or of several."""

from collections.abc import Mapping

import plotly.graph_objects as go
import streamlit as st

from cnn_core.transfer.history import History
from pages.ui.charts import CONFIG, curves

_HEIGHT = 320
# Epochs with a number each, and with a mark each.
_EACH_NAMED = 10
_MOST_MARKED = 40


def draw_curves(history: History, *, key: str) -> None:
    """Two charts: loss and accuracy, of training and validation."""
    if not len(history):
        return
    for place, measure, form in zip(st.columns(2), ("loss", "accuracy"), ("", ".0%"), strict=True):
        lines = {"training": history.curves[measure], "validation": history.curves[f"val_{measure}"]}
        shown = {name: values for name, values in lines.items() if any(value is not None for value in values)}
        figure = _figure(shown, measure, form, highlighted=history.tuned_from)
        with place:
            st.plotly_chart(figure, config=CONFIG, key=f"{key}_{measure}", alt=_alt(measure, shown))
    if history.tuned_from:
        st.caption(f"From the dotted line on, epoch {history.tuned_from}, the last layers are fine-tuned too.")


def compare_curves(histories: Mapping[str, History], *, key: str) -> None:
    """Two charts: validation loss and accuracy of several runs."""
    for place, measure, form in zip(st.columns(2), ("loss", "accuracy"), ("", ".0%"), strict=True):
        lines = {name: history.curves[f"val_{measure}"] for name, history in histories.items()}
        with place:
            st.plotly_chart(
                _figure(lines, f"validation {measure}", form),
                config=CONFIG,
                key=f"{key}_{measure}",
                alt=_alt(f"validation {measure}", lines),
            )


def _figure(
    lines: Mapping[str, tuple[float | None, ...]], title: str, form: str, *, highlighted: int | None = None
) -> go.Figure:
    longest = max((len(values) for values in lines.values()), default=0)
    padded = {name: (*values, *[None] * (longest - len(values))) for name, values in lines.items()}
    figure = curves(
        range(1, longest + 1),
        padded,  # type: ignore[arg-type]  # Plotly leaves a gap where there is no value
        x_title="epoch",
        y_title=title,
        y_format=form,
        highlighted=None if highlighted is None else highlighted - 0.5,
    )
    figure.update_layout(height=_HEIGHT, uirevision="kept")
    figure.update_xaxes(dtick=1 if longest <= _EACH_NAMED else None, tickangle=0)
    if longest > _MOST_MARKED:
        # So many marks merge into bands.
        figure.update_traces(mode="lines")
    if form:
        # Beyond 100 % there is nothing.
        figure.update_yaxes(range=[0, 1.02])
    return figure


def _alt(measure: str, lines: Mapping[str, tuple[float | None, ...]]) -> str:
    last = ", ".join(
        f"{name} {next((value for value in reversed(values) if value is not None), float('nan')):.3g}"
        for name, values in lines.items()
    )
    return f"{measure} by epoch; in the end {last}"
