"""The learning-rate finder: the loss while the rate rises batch by batch, and the rate that it suggests."""

from functools import partial
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.transfer.config import FINE_TUNING
from cnn_core.transfer.lr_finder import RESULT, Sweep
from pages.fine_tune_tabs.ahead import draw_work
from pages.ui.charts import COLOURS, CONFIG
from pages.ui.link import set_controls

_FOUND = "fine_tune_sweep"


def draw_rate_finder(config: dict[str, Any]) -> None:
    """A button, then the curve with its suggestion."""
    tunes = config["method"] == FINE_TUNING
    # Open with its outcome, for which the page is drawn anew.
    found = st.session_state.get(_FOUND)
    with st.expander("Which learning rate? Find out", icon=":material/troubleshoot:", expanded=found is not None):
        st.markdown(
            "The rate rises from batch to batch. Where the loss falls, it is of use; where it turns, it is too large. "
            "A tenth of that is a good start."
        )
        draw_work(
            "learning_rates", "Find a learning rate", config, icon=":material/troubleshoot:", take=partial(_take, tunes)
        )
        if found:
            _show(*found)


def _take(tunes: bool, run: Path) -> None:
    said = read_json(run / RESULT)
    if isinstance(said, dict) and said.get("rates"):
        st.session_state[_FOUND] = (Sweep(**said), tunes)


def _show(found: Sweep, tunes: bool) -> None:
    figure = go.Figure()
    figure.add_scatter(
        x=list(found.rates),
        y=list(found.losses),
        mode="markers",
        name="of a batch",
        marker={"color": COLOURS[2], "size": 5},
    )
    figure.add_scatter(
        x=list(found.rates),
        y=list(found.smoothed),
        mode="lines",
        name="smoothed",
        line={"color": COLOURS[1], "width": 3},
    )
    figure.add_vline(x=found.suggestion, line={"color": COLOURS[0], "width": 2, "dash": "dot"})
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0}
    figure.update_layout(height=280, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend=legend)
    figure.update_xaxes(type="log", title="learning rate", fixedrange=True, exponentformat="power", dtick=1)
    figure.update_yaxes(title="loss", fixedrange=True)
    st.plotly_chart(
        figure,
        config=CONFIG,
        key="fine_tune_sweep_chart",
        alt=f"Loss by learning rate; {found.suggestion:.1e} is suggested",
    )
    rate = float(f"{found.suggestion:.1e}")
    control, low = ("fine_tune_tuning_rate", 1e-8) if tunes else ("fine_tune_rate", 1e-6)
    st.button(
        f"Use {rate:g}",
        key="fine_tune_use_rate",
        icon=":material/check:",
        on_click=set_controls,
        args=({control: min(max(rate, low), 0.1)},),
    )
