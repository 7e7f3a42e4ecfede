"""Lines of losses over one another: each loss has the same colour and dash in every tab."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnn_core.losses.binary import TITLES
from pages.ui.charts import COLOURS, DASHES

COLOUR_OF = dict(zip(TITLES, COLOURS, strict=False))
DASH_OF = dict(zip(TITLES, DASHES, strict=False))


def line_chart(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    x_title: str,
    y_title: str,
    marked: float | None = None,
    log_x: bool = False,
    height: int = 320,
) -> go.Figure:
    """One line for each loss over common x values.

    Args:
        x: positions.
        lines: name of a loss -> one value for each position.
        x_title, y_title: of the axes.
        marked: an x value to mark with a vertical line.
        log_x: whether x is logarithmic.
        height: in pixels.
    """
    figure = go.Figure()
    for name, values in lines.items():
        figure.add_scatter(
            x=list(x),
            y=list(values),
            name=TITLES[name],
            mode="lines",
            line={"color": COLOUR_OF[name], "width": 2.5, "dash": DASH_OF[name]},
            hovertemplate="%{y:.4~g}",
        )
    if marked is not None:
        figure.add_vline(x=marked, line={"color": "#8893A2", "width": 1.5, "dash": "dot"})
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    figure.update_xaxes(title=x_title, fixedrange=True, type="log" if log_x else "linear", hoverformat=".3~g")
    figure.update_yaxes(title=y_title, fixedrange=True)
    return figure
