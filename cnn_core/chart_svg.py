"""Charts of probabilities to take home as SVG: curves, bars, and the probability at each place of a field."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import OKABE_ITO
from cnn_core.network_pictures.drawing import LIGHT, contrasting, document, element, number, shortened, text

# A line is told from the others without colour too.
_COLOURS = (OKABE_ITO[5], OKABE_ITO[4], "#7F7F7F", OKABE_ITO[6])
_DASHES = (None, "8 4", "2 4", "10 3 2 3")
_WIDTH, _HEIGHT = 720.0, 380.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 60.0, 20.0, 20.0, 52.0
_LEGEND = 20.0
_TICKS = 7
_CELL = 60.0
_BAR, _LABELS, _FULL = 28.0, 190.0, 420.0
# From 0 to 1, Cividis (Nuñez, Anderton and Renslow 2018): even in lightness for every common colour deficiency.
_CIVIDIS = ((0, 34, 78), (53, 69, 108), (102, 105, 112), (148, 142, 119), (200, 184, 102), (254, 232, 56))


def curves_svg(x: Sequence[float], lines: Mapping[str, Sequence[float]], *, x_title: str) -> str:
    """Probabilities over common x values, with a legend above.

    Args:
        x: positions, in rising order, at least one.
        lines: name -> a probability for each position.
        x_title: of the horizontal axis.

    Returns:
        The text of an SVG file, with a light background.

    Example:
        >>> curves_svg([0, 50], {"Starter: cat": [0.9, 0.2]}, x_title="noise").count("<circle")
        2
    """
    top = _TOP + _LEGEND * len(lines)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM + _LEGEND * len(lines)
    low, span = float(x[0]), float(x[-1] - x[0]) or 1.0
    parts = []
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = bottom - share * (bottom - top)
        parts += [
            element("line", x1=_LEFT, y1=y, x2=right, y2=y, stroke=LIGHT.line, stroke_opacity=0.35),
            text(f"{100 * share:.0f} %", _LEFT - 8, y + 4, text_anchor="end"),
        ]
    for value in _ticks(low, low + span):
        place = _LEFT + (value - low) / span * (right - _LEFT)
        parts.append(text(f"{value:.4g}", place, bottom + 20, text_anchor="middle"))
    parts.append(text(x_title, (_LEFT + right) / 2, bottom + 42, text_anchor="middle"))
    for row, (name, values) in enumerate(lines.items()):
        colour, dash = _COLOURS[row % len(_COLOURS)], _DASHES[row % len(_DASHES)]
        style = {"stroke": colour, "stroke_width": 2.5, "stroke_dasharray": dash}
        line = _TOP + _LEGEND * row
        parts += [
            element("line", x1=_LEFT, y1=line, x2=_LEFT + 30, y2=line, **style),
            text(shortened(name, right - _LEFT - 40, 12), _LEFT + 38, line + 4),
        ]
        points = [
            (_LEFT + (float(at) - low) / span * (right - _LEFT), bottom - float(value) * (bottom - top))
            for at, value in zip(x, values, strict=True)
        ]
        joined = " ".join(f"{number(a)},{number(b)}" for a, b in points)
        parts.append(element("polyline", points=joined, fill="none", **style))
        parts += [element("circle", cx=a, cy=b, r=3.0, fill=colour) for a, b in points]
    return _file(parts, _WIDTH, bottom + _BOTTOM, "Probability", f"Over {x_title}: {', '.join(lines)}")


def field_svg(values: npt.ArrayLike, *, rows: Sequence[object], columns: Sequence[object], title: str) -> str:
    """A probability in each cell, in numbers and in colour: blue for 0, yellow for 1.

    Args:
        values: (n, m) in [0, 1].
        rows, columns: what stands beside and below the cells.
        title: above them.

    Example:
        >>> field_svg([[0.0, 1.0]], rows=[0], columns=[0, 8], title="cat").count("<rect")
        3
    """
    grid = np.asarray(values, np.float64)
    wide, high = grid.shape[1] * _CELL, grid.shape[0] * _CELL
    width = max(_LEFT + wide + _RIGHT, 360.0)
    parts = [text(shortened(title, width - 24, 13), 12.0, 24.0, size=13.0)]
    top = _TOP + _LEGEND
    for row, name in enumerate(rows):
        parts.append(text(str(name), _LEFT - 8, top + (row + 0.5) * _CELL + 4, text_anchor="end"))
        for column, share in enumerate(grid[row].tolist()):
            colour = _cividis(share)
            left, upper = _LEFT + column * _CELL, top + row * _CELL
            parts += [
                element("rect", x=left, y=upper, width=_CELL, height=_CELL, fill=colour),
                text(
                    f"{100 * share:.0f} %",
                    left + _CELL / 2,
                    upper + _CELL / 2 + 4,
                    text_anchor="middle",
                    fill=contrasting(colour),
                ),
            ]
    for column, name in enumerate(columns):
        parts.append(text(str(name), _LEFT + (column + 0.5) * _CELL, top + high + 20, text_anchor="middle"))
    parts.append(text("left edge across, top edge down, in pixels", _LEFT, top + high + 42))
    return _file(parts, width, top + high + _BOTTOM, title, f"{grid.shape[0]} by {grid.shape[1]} places")


def bars_svg(answers: Mapping[str, Sequence[tuple[str, float]]]) -> str:
    """The most probable classes of each answer as bars, the first in colour.

    Args:
        answers: by whom -> classes with their probabilities, the largest first.

    Example:
        >>> bars_svg({"Starter": [("cat", 0.8), ("dog", 0.2)]}).count("<rect")
        3
    """
    parts, y = [], 28.0
    for title, answer in answers.items():
        parts.append(text(shortened(title, _LABELS + _FULL, 15), 16.0, y, size=15.0))
        y += 12
        for row, (label, share) in enumerate(answer):
            middle = y + _BAR / 2
            length = max(float(share) * _FULL, 1.0)
            colour = LIGHT.line if row else OKABE_ITO[4]
            parts += [
                text(shortened(label, _LABELS - 20, 12), _LABELS, middle + 4, text_anchor="end"),
                element("rect", x=_LABELS + 8, y=y + 5, width=length, height=_BAR - 10, fill=colour),
                text(f"{100 * share:.1f} %", _LABELS + 14 + length, middle + 4),
            ]
            y += _BAR
        y += 30
    return _file(parts, _LABELS + _FULL + 80, y - 14, "Most probable classes", "; ".join(answers))


def _file(parts: Sequence[str], width: float, height: float, title: str, description: str) -> str:
    return document(
        parts, width=width, height=height, title=title, description=description, colours=LIGHT, class_="chart"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, about seven; such as meet both ends where there are any."""
    rough = (high - low) / _TICKS
    power = 10.0 ** np.floor(np.log10(rough))
    steps = [power * size for size in (1, 2, 5, 6, 10, 20) if size * power >= rough * (1 - 1e-9)]
    step = next((each for each in steps if all(_whole(end / each) for end in (low, high))), steps[0])
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(k * step) for k in range(int(first), int(last) + 1)]


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6


def _cividis(share: float) -> str:
    places = np.linspace(0, 1, len(_CIVIDIS))
    channels = [round(float(np.interp(share, places, [stop[c] for stop in _CIVIDIS]))) for c in range(3)]
    return "#" + "".join(f"{channel:02X}" for channel in channels)
