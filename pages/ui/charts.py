"""The look of the charts: few lines, colours safe for colour-blind readers, and a mark for each line as well."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

# Okabe and Ito (2008); the order in which they are used. Streamlit's theme does not reach `go.Scatter`.
COLOURS = ("#D55E00", "#0072B2", "#7F7F7F", "#CC79A7", "#009E73", "#E69F00", "#56B4E9")
SYMBOLS = ("circle", "square", "x", "diamond", "triangle-up", "star", "cross")
DASHES = ("solid", "solid", "dot", "dash", "dash", "solid", "dot")

# The mode bar would only add tab stops.
CONFIG = {"displayModeBar": False}


def curves(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    *,
    x_title: str,
    y_title: str,
    y_format: str = "",
    highlighted: float | None = None,
) -> go.Figure:
    """One line for each name over common x values, with a legend above.

    Args:
        x: positions.
        lines: name -> one value for each position.
        x_title, y_title: of the axes.
        y_format: d3 format of the values, such as ".1%".
        highlighted: an x value to mark with a vertical line.
    """
    figure = go.Figure()
    for number, (name, values) in enumerate(lines.items()):
        colour, symbol, dash = (options[number % len(options)] for options in (COLOURS, SYMBOLS, DASHES))
        figure.add_scatter(
            x=list(x),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 9, "symbol": symbol, "color": colour},
            hovertemplate=f"%{{y:{y_format}}}" if y_format else None,
        )
    if highlighted is not None:
        figure.add_vline(x=highlighted, line={"color": "#8893A2", "width": 1.5, "dash": "dot"})
    figure.update_layout(
        height=420,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    figure.update_xaxes(title=x_title, dtick=1 if len(x) <= 24 else None, fixedrange=True)
    figure.update_yaxes(title=y_title, tickformat=y_format, rangemode="tozero", fixedrange=True)
    return figure
