"""What goes on inside a run: answers for held-out pictures, weights and gradients by layer, epoch by epoch."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import streamlit as st

from cnn_core.drawing import data_uri
from cnn_core.runs.epochs import epochs_in, line_of
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunEntry
from cnn_core.training.inside import Epoch, Histogram, Samples, load_epoch, load_samples
from pages.ui.charts import COLOURS, CONFIG, curves
from pages.ui.epoch_slider import epoch_slider
from pages.ui.words import percent, plain

KEY = "scratch_inside"
_HEIGHT = 240
_SIDE = 112
TRACES = {
    "learning_rate": ("learning rate", ".1e"),
    "gradient_norm": ("norm of the gradient", ""),
    "dead_relu": ("dead ReLUs, mean share", ".0%"),
}


def draw_monitoring(entry: RunEntry, events: Sequence[dict[str, Any]]) -> None:
    """Folded until it is opened: what is folded costs nothing while the run goes on."""
    epochs = epochs_in(events)
    with st.expander(
        "Inside the network", icon=":material/search_insights:", key=KEY, on_change="rerun", bind="query-params"
    ) as part:
        if not part.open:
            return
        samples, first = load_samples(entry.folder), load_epoch(entry.folder, 0)
        if samples is None or first is None:
            st.caption("There is something to see once the network has been built.")
            return
        if epochs:
            _traces(epochs)
        number = epoch_slider(
            entry.run_id,
            [0, *(int(event["epoch"]) for event in epochs)],
            key=KEY,
            label="After epoch",
            what="0: before the first epoch, with random weights.",
            live=read_status(entry.folder).live,
        )
        epoch = load_epoch(entry.folder, number)
        if epoch is None:
            st.caption("Of this epoch nothing was kept.")
            return
        _answers(entry.folder, samples, epoch)
        _layers(epoch, first)


def _traces(epochs: Sequence[Mapping[str, Any]]) -> None:
    numbers = [event["epoch"] for event in epochs]
    for place, (name, (title, form)) in zip(st.columns(3), TRACES.items(), strict=True):
        values = line_of(epochs, name)
        if all(math.isnan(value) for value in values):
            continue
        figure = curves(numbers, {title: values}, x_title="epoch", y_title=title, y_format=form)
        figure.update_layout(height=_HEIGHT, uirevision="kept", showlegend=False)
        with place:
            alt = f"{title} by epoch; in the end {values[-1]:.3g}"
            st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_{name}", alt=alt)


def _answers(run: Path, samples: Samples, epoch: Epoch) -> None:
    """Held-out pictures with the class that the network finds most probable."""
    sources = _sources(str(run))
    said = epoch.probabilities.argmax(axis=1)
    right = int((said == samples.truth).sum())
    st.markdown(f"**What it says** about {len(said)} held-out pictures: {right} right")
    with st.container(horizontal=True, gap="small", key=f"sharp_{KEY}"):
        for place, source in enumerate(sources):
            truth, answer = (samples.classes[k] for k in (int(samples.truth[place]), int(said[place])))
            sure = percent(float(epoch.probabilities[place].max()), 0)
            mark = ":green[:material/check:]" if truth == answer else ":orange[:material/close:]"
            is_really = "" if truth == answer else f"  \nis {plain(truth, 24)}"
            with st.container(width=_SIDE, gap="xsmall"):
                st.image(source, width=_SIDE, alt=f"A picture of class {truth}, called {answer}")
                st.caption(f"{mark} {plain(answer, 24)} {sure}{is_really}")


@st.cache_data(max_entries=16, show_spinner=False)
def _sources(run: str) -> list[str]:
    samples = load_samples(Path(run))
    assert samples is not None
    return [enlarged_source(one, _SIDE) for one in samples.pixels]


def enlarged_source(pixels: npt.NDArray[np.uint8], side: int) -> str:
    """A small picture as a `data:` address, enlarged before it is encoded, so that its pixels stay pixels."""
    times = max(1, round(side / pixels.shape[0]))
    return data_uri(pixels.repeat(times, axis=0).repeat(times, axis=1), lossless=True)


def _layers(epoch: Epoch, first: Epoch) -> None:
    """The gradient of each weight, then one weight's values and gradients in detail."""
    names = list(epoch.weights)
    norms = [epoch.gradient_norms[name] for name in names]
    figure = go.Figure(go.Bar(x=names, y=norms, marker_color=COLOURS[1], hovertemplate="%{x}: %{y:.3g}<extra></extra>"))
    figure.update_layout(height=_HEIGHT + 60, margin={"l": 8, "r": 8, "t": 8, "b": 8}, uirevision="kept")
    figure.update_yaxes(title="norm of the gradient", type="log", fixedrange=True, exponentformat="power")
    figure.update_xaxes(fixedrange=True, showticklabels=len(names) <= 24, tickangle=-40)
    largest = names[int(np.nanargmax([_finite(norm) for norm in norms]))] if names else ""
    st.markdown("**Gradients by weight**, from the input to the answer; note the logarithmic scale")
    st.plotly_chart(
        figure, config=CONFIG, key=f"{KEY}_norms", alt=f"Norm of the gradient of each weight; largest in {largest}"
    )
    if dead := {name: share for name, share in epoch.dead.items() if share}:
        said = ", ".join(f"{plain(name, 40)} {percent(share, 0)}" for name, share in dead.items())
        st.caption(f"Dead ReLUs, outputs that were 0 for all pictures looked at: {said}.")
    name = st.selectbox("Weight", names, key=f"{KEY}_weight", bind="query-params")
    left, right = st.columns(2)
    with left:
        before = {"before the first epoch": first.weights[name]} if epoch.number and name in first.weights else {}
        after = {f"after epoch {epoch.number}" if epoch.number else "at first": epoch.weights[name]}
        _histogram(before | after, f"values of {name}", "weights")
    with right:
        _histogram({"gradient": epoch.gradients[name]}, f"gradient of {name}", "gradients")


def _histogram(lines: dict[str, Histogram], title: str, kind: str) -> None:
    figure = go.Figure()
    for number, (name, found) in enumerate(lines.items()):
        middle = (found.edges[1:] + found.edges[:-1]) / 2
        # Bins of two histograms differ in width: what is comparable is the share per unit of length.
        density = found.counts / max(1, found.counts.sum()) / np.diff(found.edges.astype(np.float64))
        colour = COLOURS[(2, 1)[number] if len(lines) == 2 else 1]
        figure.add_scatter(
            x=middle.tolist(),
            y=density.tolist(),
            name=name,
            mode="lines",
            line={"color": colour, "shape": "hvh", "width": 2, "dash": "dot" if colour == COLOURS[2] else "solid"},
            fill="tozeroy" if colour == COLOURS[1] else None,
        )
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        uirevision="kept",
    )
    figure.update_xaxes(title=title, fixedrange=True)
    figure.update_yaxes(title="density", fixedrange=True, rangemode="tozero")
    last = list(lines.values())[-1]
    alt = f"Histogram: {title}, from {last.edges[0]:.3g} to {last.edges[-1]:.3g}"
    st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_{kind}", alt=alt)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else -1.0
