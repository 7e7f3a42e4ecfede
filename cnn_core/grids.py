"""Small grids of numbers as text: a kernel or a crop that a person types, pastes from a spreadsheet or puts in a link.

Grids are (H, W) float32. As text, rows are joined by ";" and cells by ",": "1,2;3,4". The channels of an (H, W, C) grid
follow each other, separated by "|": "1,2;3,4|5,6;7,8".
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_core.errors import InputError

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_INFINITY = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
_ROW_BREAK = re.compile(r"\s*;\s*\n|\r\n|\n|\r|;")
# Long enough for any float32 or fraction, so that a pasted novel is refused before it is split.
_LONGEST_CELL = 32
MOST_CHANNELS = 16


def split_cells(text: str) -> list[list[str]]:
    """Cut a grid's text into rows of cells, without reading the numbers.

    Rows end at a newline or ";", cells at a comma, a tab or spaces. Python's brackets are understood; blank rows
    before and after are dropped.

    Example:
        >>> split_cells("1, 2; x, 4")
        [['1', '2'], ['x', '4']]
        >>> split_cells("[[1, 2], [3, 4]]")
        [['1', '2'], ['3', '4']]
    """
    text = re.sub(r"\]\s*[,;]?\s*\[", ";", text).replace("[", " ").replace("]", " ")
    rows = [_split_row(row) for row in _ROW_BREAK.split(text)]
    while rows and not any(rows[0]):
        rows.pop(0)
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _split_row(row: str) -> list[str]:
    separator = "," if "," in row else "\t" if "\t" in row.strip(" \n\r") else None
    return [cell.strip() for cell in row.strip(" \n\r").split(separator)]


def parse_grid(text: str, *, name: str, max_side: int) -> NDArray[np.float32]:
    """Read a grid of numbers from CSV, TSV or "1,2;3,4".

    Args:
        text: rows separated by a newline or ";", cells by a comma, a tab or spaces. Fractions such as 1/9 are allowed.
        name: what the error message calls the grid.
        max_side: largest number of rows and of columns.

    Returns:
        (H, W) float32, all finite.

    Raises:
        InputError: empty, too large, ragged, or a cell that is no finite number; the message names its row and column.

    Example:
        >>> parse_grid("1,2;3,1/2", name="kernel", max_side=11)
        array([[1. , 2. ],
               [3. , 0.5]], dtype=float32)
    """
    if len(text) > _LONGEST_CELL * max_side * max_side:
        raise InputError(f"The {name} is too large", f"Use at most {max_side} rows and columns", characters=len(text))
    rows = split_cells(text)
    if not rows:
        raise InputError(f"The {name} is empty", "Type its numbers, rows separated by ';', for example 1,2;3,4")
    if len(rows) > max_side or len(rows[0]) > max_side:
        raise InputError(
            f"The {name} is too large",
            f"Use at most {max_side} rows and columns",
            rows=len(rows),
            columns=len(rows[0]),
        )
    for number, row in enumerate(rows, 1):
        if not any(row):
            raise InputError(f"Row {number} of the {name} is empty", "Fill the row or delete it", row=number)
        if len(row) != len(rows[0]):
            raise InputError(
                f"Row {number} of the {name} has {len(row)} cells where row 1 has {len(rows[0])}",
                "Give every row the same number of cells",
                row=_shortened(",".join(row)),
            )
    return np.array(
        [[_number(cell, name, r, c) for c, cell in enumerate(row, 1)] for r, row in enumerate(rows, 1)], np.float32
    )


def _number(cell: str, name: str, row: int, column: int) -> float:
    place = f"The {name}'s cell in row {row}, column {column}"
    remedy = "Type a number such as 2, -0.5 or 1/9"
    received = _shortened(cell)
    if not cell:
        raise InputError(f"{place} is empty", remedy, cell=received)
    text = cell.replace("−", "-").replace(" ", "")
    if text.lower() in ("nan", "+nan", "-nan"):
        raise InputError(f"{place} is not a number (NaN)", remedy, cell=received)
    if _INFINITY.fullmatch(text):
        raise InputError(f"{place} is infinite", remedy, cell=received)
    parts = text.split("/")
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise InputError(f"{place} is not a number", remedy, cell=received)
    value = float(parts[0])
    if len(parts) == 2:
        divisor = float(parts[1])
        if divisor == 0:
            raise InputError(f"{place} divides by zero", remedy, cell=received)
        value /= divisor
    with np.errstate(over="ignore"):
        fits = np.isfinite(np.float32(value))
    if not fits:
        raise InputError(f"{place} is too large for 32-bit floats", "Use numbers below 3.4e38", cell=received)
    return value


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def format_number(value: float) -> str:
    """The shortest decimal text that reads back to the same float32.

    Example:
        >>> format_number(1 / 9), format_number(-2.0), format_number(1e-12)
        ('0.11111111', '-2', '1e-12')
    """
    number = np.float32(value)
    if number == 0:
        return "0"
    plain = np.format_float_positional(number, unique=True, trim="-")
    exponent = np.format_float_scientific(number, unique=True, trim="-", exp_digits=1).replace("e+", "e")
    return min(plain, exponent, key=len)


def format_grid(grid: NDArray[np.floating]) -> str:
    """Write an (H, W) grid as text for a text field or a link; `parse_grid` reads back the same float32 values.

    Example:
        >>> format_grid(np.array([[1, 2], [3, 0.5]]))
        '1,2;3,0.5'
    """
    return ";".join(",".join(format_number(value) for value in row) for row in np.asarray(grid))


def parse_channels(text: str, *, name: str, max_side: int) -> NDArray[np.float32]:
    """Read the channels of a grid, separated by "|", each as `parse_grid` reads it.

    Args:
        text: one or more grids of the same size, at most `MOST_CHANNELS`.
        name: what the error message calls the grid.
        max_side: largest number of rows and of columns.

    Returns:
        (H, W, C) float32, all finite.

    Raises:
        InputError: as `parse_grid`, or too many channels, or channels of different sizes.

    Example:
        >>> parse_channels("1,2|3,4", name="crop", max_side=16).tolist()
        [[[1.0, 3.0], [2.0, 4.0]]]
    """
    parts = text.split("|", MOST_CHANNELS)
    if len(parts) > MOST_CHANNELS:
        raise InputError(f"The {name} has too many channels", f"Use at most {MOST_CHANNELS}, separated by '|'")
    if len(parts) == 1:
        return parse_grid(text, name=name, max_side=max_side)[:, :, None]
    grids = [parse_grid(part, name=f"{name} channel {c}", max_side=max_side) for c, part in enumerate(parts, 1)]
    for number, grid in enumerate(grids, 1):
        if grid.shape != grids[0].shape:
            raise InputError(
                f"Channel {number} of the {name} has another size than channel 1",
                "Give every channel the same rows and columns",
                rows=grid.shape[0],
                columns=grid.shape[1],
            )
    return np.stack(grids, axis=2)


def format_channels(grid: NDArray[np.floating]) -> str:
    """Write an (H, W) or (H, W, C) grid channel after channel; `parse_channels` reads back the same float32 values.

    One channel gives the same text as `format_grid`.

    Example:
        >>> format_channels(np.array([[[1, 3], [2, 4]]]))
        '1,2|3,4'
    """
    array = np.asarray(grid)
    planes = array[:, :, None] if array.ndim == 2 else array
    return "|".join(format_grid(planes[:, :, channel]) for channel in range(planes.shape[2]))


@dataclass(frozen=True)
class WorkedExample:
    """A layer small enough to compute by hand: grid and kernel as text, the layer's options, and what it teaches."""

    title: str
    teaches: str
    grid: str
    kernel: str
    operation: str = "convolution"
    stride: int = 1
    padding: str = "valid"
    dilation: int = 1


COUNT_4X4 = "1,2,3,4;5,6,7,8;9,10,11,12;13,14,15,16"
WHITE_SQUARE = "0,0,0,0,0;0,1,1,1,0;0,1,1,1,0;0,1,1,1,0;0,0,0,0,0"
STEP_EDGE = "0,0,0,1,1,1;0,0,0,1,1,1;0,0,0,1,1,1;0,0,0,1,1,1;0,0,0,1,1,1;0,0,0,1,1,1"
SINGLE_POINT = "0,0,0,0,0,0,0;0,0,0,0,0,0,0;0,0,0,0,0,0,0;0,0,0,1,0,0,0;0,0,0,0,0,0,0;0,0,0,0,0,0,0;0,0,0,0,0,0,0"
COUNT_2X2 = "1,2;3,4"
OUTLINE = "-1,-1,-1;-1,8,-1;-1,-1,-1"
VERTICAL_EDGE = "-1,0,1;-1,0,1;-1,0,1"

WORKED_EXAMPLES: dict[str, WorkedExample] = {
    "outline": WorkedExample(
        "Outline of a ramp",
        "Each number lies on the plane through its neighbours, so eight times the centre equals their sum: all zeros.",
        COUNT_4X4,
        OUTLINE,
    ),
    "edge": WorkedExample(
        "Edges of a square",
        "Left edges (dark to bright) give positive values, right edges negative ones, the inside zero.",
        WHITE_SQUARE,
        VERTICAL_EDGE,
    ),
    "one_by_one": WorkedExample(
        "1 × 1",
        "A 1 × 1 kernel looks at no neighbour: it scales every cell, and with several channels it mixes them.",
        COUNT_4X4,
        "2",
    ),
    "dilated": WorkedExample(
        "Dilated",
        "Nine weights spread over 5 × 5 cells: the same number of parameters sees further.",
        SINGLE_POINT,
        "1,2,3;4,5,6;7,8,9",
        dilation=2,
    ),
    "strided": WorkedExample(
        "Strided",
        "The window moves two cells at a time, so the output has half as many rows and columns.",
        STEP_EDGE,
        VERTICAL_EDGE,
        stride=2,
        padding="same",
    ),
    "transposed": WorkedExample(
        "Transposed",
        "Every input cell stamps the kernel, scaled by its value, onto the output: U-Net's up-convolution.",
        COUNT_2X2,
        "1,2;3,4",
        operation="transposed",
        stride=2,
    ),
    "overlap": WorkedExample(
        "Overlapping stamps",
        "A 3 × 3 kernel with stride 2 overlaps itself: where the stamps meet they add up, in a checkerboard pattern.",
        "1,1,1;1,1,1;1,1,1",
        "1,1,1;1,1,1;1,1,1",
        operation="transposed",
        stride=2,
    ),
}
