"""Claim: a network does not mind where a thing is. The photo, smaller, moved over a background."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from cnn_core.chart_svg import curves_svg, field_svg
from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.drawing import data_uri, png
from cnn_core.explain.baseline import FILLS
from cnn_core.stress.curve import probabilities_of
from cnn_core.stress.curve_files import shifts_csv
from cnn_core.stress.placing import SCALES, Shifts, Stage, along_a_row, over_a_grid, shifts_in_words
from cnn_core.stress.snippets import shift_code
from pages.predictions_tabs.asked import make_ready
from pages.predictions_tabs.stoppable import asked_once
from pages.ui.charts import CONFIG, curves
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.network_pick import network_choice
from pages.ui.picture import Picture, shared_picture
from pages.ui.words import percent, plain

KEY = "predictions_claims"
BACKGROUNDS = {words: fill for fill, words in FILLS.items()}
_CELLS = 7


def draw() -> None:
    """Where the photo is on the left; the line along its row, and the whole field, on the right."""
    picture = shared_picture()
    left, right = st.columns([1, 2.8], gap="medium")
    with left:
        network = network_choice()
        make_ready(network)
        scale = st.slider("Size of the photo", *SCALES, 0.6, 0.05, key=f"{KEY}_scale", bind="query-params")
        fill = BACKGROUNDS[str(st.selectbox("Background", list(BACKGROUNDS), key=f"{KEY}_fill", bind="query-params"))]
        across = st.slider("To the right, per cent of the way", 0, 100, 50, key=f"{KEY}_right", bind="query-params")
        down = st.slider("Down, per cent of the way", 0, 100, 50, key=f"{KEY}_down", bind="query-params")
    stage = Stage(network, picture.pixels, scale=scale, fill=fill)
    top, edge = (round(room * share / 100) for room, share in zip(stage.room, (down, across), strict=True))
    with right:
        given = network.key, picture.key, scale, fill
        row = asked_once(
            ("row", *given, top),
            lambda progress: along_a_row(network, stage, top=top, progress=progress),
            what="Places along the row",
            button=f"{KEY}_row",
        )
        if row is None:
            return
        shown = stage.at(top, edge)
        _draw_now(network, picture, shown, row, edge)
        st.markdown(plain(shifts_in_words(row, network.classes), 600))
        grid = asked_once(
            ("grid", *given),
            lambda progress: over_a_grid(network, stage, cells=_CELLS, progress=progress),
            what="Places of the field",
            button=f"{KEY}_grid",
        )
        if grid is not None:
            _draw_field(network, grid)
    what_happens(
        "The photo is made smaller and put on a background, whole at every place; the network is asked at each. "
        "A convolution F moves with its input, F(T x) = T F(x), and pooling over all places forgets where things were: "
        "strides, padding and dense layers are what is left to mind.",
        r"p^c\big(T_d\, x\big), \qquad d = 0, 1, 2, \dots \text{ pixels}",
    )
    with st.container(horizontal=True, gap="small"):
        download("Line (SVG)", lambda: _line_svg(network, row), "moved.svg", "image/svg+xml", key=f"{KEY}_shift_svg")
        if grid is not None:
            download("Field (SVG)", lambda: _field_svg(network, grid), "field.svg", "image/svg+xml", key=f"{KEY}_shift")
        download("Line (CSV)", lambda: shifts_csv(row, network.classes), "moved.csv", "text/csv", key=f"{KEY}_shift")
        download("Moved photo (PNG)", lambda: png(shown), "moved.png", "image/png", key=f"{KEY}_shift")
        photo = "picture.png, which the code reads"
        download(photo, lambda: png(picture.pixels), "picture.png", "image/png", key=f"{KEY}_shift")
    same_in_code(shift_code(network.code, scale=scale, fill=fill, top=top), key=f"{KEY}_shift", file="moved")


def _draw_now(network: LookedAt, picture: Picture, shown: NDArray[np.uint8], row: Shifts, edge: int) -> None:
    """The picture that the network is shown now, and the line along its row."""
    said = probabilities_of(network, [shown])[0]
    name = network.classes[row.predicted]
    left, right = st.columns([1, 2], gap="medium")
    with left, st.container(key=f"sharp_{KEY}_moved"):
        answer = f"{network.classes[int(said.argmax())]} {percent(float(said.max()))}"
        st.image(data_uri(shown), width="stretch", alt=f"{picture.name} on its background: {answer}")
        rest = "" if said.argmax() == row.predicted else f"; {plain(name)} {percent(float(said[row.predicted]))}"
        st.caption(f"**{plain(answer)}**{rest}")
    with right:
        figure = curves(
            [left for _, left in row.places],
            {name: row.line.tolist()},
            x_title="left edge, in pixels of the input",
            y_title=f"probability of {name}",
            y_format=".0%",
            highlighted=edge,
        )
        figure.update_traces(mode="lines+markers", marker={"size": 5})
        figure.update_layout(height=280)
        figure.update_xaxes(dtick=None)
        figure.update_yaxes(range=[0, 1.03])
        st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_row", alt=shifts_in_words(row, network.classes))


def _draw_field(network: LookedAt, grid: Shifts) -> None:
    """The probability at every place of the field."""
    tops, lefts, values = _field(grid)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[str(left) for left in lefts],
            y=[str(top) for top in tops],
            zmin=0,
            zmax=1,
            colorscale="Cividis",
            texttemplate="%{z:.0%}",
            colorbar={"tickformat": ".0%", "title": "p"},
            hovertemplate="left %{x}, top %{y}: %{z:.1%}<extra></extra>",
        )
    )
    figure.update_layout(height=330, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(title="left edge (pixels)", type="category", fixedrange=True)
    figure.update_yaxes(title="top edge (pixels)", type="category", autorange="reversed", fixedrange=True)
    name = network.classes[grid.predicted]
    st.markdown(f"**Probability of {plain(name)} with the photo at each place**")
    st.plotly_chart(figure, config=CONFIG, key=f"{KEY}_field", alt=shifts_in_words(grid, network.classes))


def _field(grid: Shifts) -> tuple[list[int], list[int], NDArray[np.float32]]:
    """Top and left edges, and the probability at each."""
    tops, lefts = (sorted({place[axis] for place in grid.places}) for axis in (0, 1))
    return tops, lefts, grid.line.reshape(len(tops), len(lefts))


def _line_svg(network: LookedAt, row: Shifts) -> bytes:
    name = network.classes[row.predicted]
    lefts = [left for _, left in row.places]
    return curves_svg(lefts, {name: row.line.tolist()}, x_title="left edge, in pixels of the input").encode()


def _field_svg(network: LookedAt, grid: Shifts) -> bytes:
    tops, lefts, values = _field(grid)
    title = f"Probability of {network.classes[grid.predicted]} with the photo at each place"
    return field_svg(values, rows=tops, columns=lefts, title=title).encode()
