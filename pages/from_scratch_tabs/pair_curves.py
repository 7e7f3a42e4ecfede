"""The curves of a pair: both sides over one another, and one side alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cnn_core.training.pair_history import lines_of, mean_line
from pages.ui.charts import COLOURS, CONFIG, curves

_HEIGHT = 300
CHARTS = {
    "loss in training": "loss",
    "loss, held out": "val_loss",
    "accuracy, held out": "val_accuracy",
}
_BOTH = {
    "loss": {"training": "loss", "held out": "val_loss"},
    "accuracy": {"training": "accuracy", "held out": "val_accuracy"},
}


def draw_over_one_another(events: Sequence[Mapping[str, Any]], labels: Mapping[str, str], *, key: str) -> None:
    """A chart for each measure: a line for each side, the mean over its seeds, and a thin one for each seed.

    Args:
        events: of the run.
        labels: what the sides are called.
        key: with which the charts' keys begin.
    """
    found = {measure: lines_of(events, measure) for measure in CHARTS.values()}
    if not any(found["loss"].values()):
        return
    for number, (place, (title, measure)) in enumerate(zip(st.columns(len(CHARTS)), CHARTS.items(), strict=True)):
        lines = found[measure]
        means = {labels[side]: mean_line(lines[side]) for side in labels}
        epochs = list(range(1, 1 + max(map(len, means.values()))))
        figure = curves(epochs, means, x_title="epoch", y_title=title)
        for side, colour in zip(labels, COLOURS, strict=False):
            if len(lines[side]) > 1:
                for values in lines[side].values():
                    thin = {"color": colour, "width": 1}
                    figure.add_scatter(
                        x=epochs, y=values, mode="lines", line=thin, opacity=0.45, showlegend=False, hoverinfo="skip"
                    )
        figure.update_layout(height=_HEIGHT, uirevision="kept", showlegend=True)
        figure.update_xaxes(dtick=_whole(epochs))
        if number == len(CHARTS) - 1:
            figure.update_yaxes(range=[0, 1.02])
        last = ", ".join(f"{name} {values[-1]:.3g}" for name, values in means.items() if values)
        with place:
            st.plotly_chart(figure, config=CONFIG, key=f"{key}_{measure}", alt=f"{title} by epoch; in the end {last}")


def draw_side(events: Sequence[Mapping[str, Any]], side: str, *, title: str, key: str) -> None:
    """Loss and accuracy of one side, training and held out.

    Args:
        events: of the run.
        side: "first" or "second".
        title: what the side is called.
        key: with which the charts' keys begin.
    """
    measures = {name: mean_line(lines_of(events, name)[side]) for names in _BOTH.values() for name in names.values()}
    epochs = list(range(1, 1 + len(measures["loss"])))
    st.markdown(f"**{title}**")
    if not epochs:
        st.caption("Not begun yet.")
        return
    for name, lines in _BOTH.items():
        shown = {label: measures[measure] for label, measure in lines.items()}
        figure = curves(epochs, shown, x_title="epoch", y_title=name)
        figure.update_layout(height=_HEIGHT - 40, uirevision="kept")
        figure.update_xaxes(dtick=_whole(epochs))
        if name == "accuracy":
            figure.update_yaxes(range=[0, 1.02])
        last = ", ".join(f"{label} {values[-1]:.3g}" for label, values in shown.items())
        alt = f"{title}: {name} by epoch; in the end {last}"
        st.plotly_chart(figure, config=CONFIG, key=f"{key}_{side}_{name}", alt=alt)


def _whole(epochs: Sequence[int]) -> int:
    """How far apart marks on the axis are: eight or fewer, and none between two epochs."""
    return 1 + (len(epochs) - 1) // 8
