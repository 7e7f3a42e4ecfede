"""What layers see of a picture: receptive fields as boxes on the photo at the network's input size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.drawing import enlarge, outline, to_uint8
from cnn_core.images import fill, to_float, to_grey
from cnn_core.summary import LayerRow, Summary

SHOWN_SIDE = 448
# From shallow to deep, after Okabe and Ito.
DEPTH_COLOURS = ("#56B4E9", "#0072B2", "#009E73", "#E69F00", "#D55E00", "#CC79A7")


@dataclass(frozen=True)
class SeenField:
    """The receptive field of one layer's middle cell.

    Attributes:
        name: of the layer.
        box: x_min, y_min, x_max, y_max in input pixels; may reach beyond the picture.
        colour: of the box in the picture.
    """

    name: str
    box: tuple[float, float, float, float]
    colour: str


def middle_field(row: LayerRow, input_shape: Sequence[int | None]) -> tuple[float, float, float, float]:
    """The box that the middle cell of a layer sees, in input pixels; the whole input where the layer sees all of it.

    Example:
        >>> row = LayerRow("conv", "Conv2D", (), "", (8, 8, 4), 0, 0, 0, (3, 3), (1, 1), (-1, -1), 0, "", "")
        >>> middle_field(row, (8, 8, 3))
        (3, 3, 6, 6)
    """
    height, width = (side or 0 for side in input_shape[:2])
    if row.field_size is None or row.field_stride is None or row.field_start is None or len(row.output_shape) != 3:
        return 0, 0, width, height
    rows, columns = (side or 1 for side in row.output_shape[:2])
    top = row.field_start[0] + (rows // 2) * row.field_stride[0]
    left = row.field_start[1] + (columns // 2) * row.field_stride[1]
    return left, top, left + row.field_size[1], top + row.field_size[0]


def fields_by_depth(summary: Summary, *, most: int = len(DEPTH_COLOURS)) -> list[SeenField]:
    """A few layers, spread evenly over those at which the receptive field grows, from shallow to deep.

    Example:
        >>> fields_by_depth(Summary("empty", (), (8, 8, 3), (8, 8, 3), 1, "float32"))
        []
    """
    growing: list[LayerRow] = []
    largest = 1
    for row in summary.rows:
        if row.field_size is not None and len(row.output_shape) == 3 and max(row.field_size) > largest:
            largest = max(row.field_size)
            growing.append(row)
    if len(growing) > most:
        growing = [growing[round(place)] for place in np.linspace(0, len(growing) - 1, most)]
    colours = DEPTH_COLOURS[len(DEPTH_COLOURS) - len(growing) :]
    return [
        SeenField(row.name, middle_field(row, summary.input_shape), colour)
        for row, colour in zip(growing, colours, strict=True)
    ]


def draw_fields(
    pixels: np.ndarray, fields: Sequence[SeenField], *, height: int, width: int, grey: bool = False
) -> np.ndarray:
    """The picture cut to the network's input, with a box for each field, the smallest on top.

    Args:
        pixels: (H, W, 3) uint8.
        fields: what to draw.
        height: rows of the network's input.
        width: columns of the network's input.
        grey: whether the network gets one channel.

    Returns:
        (n * height, n * width, 3) uint8: a small input is enlarged n times, so that boxes can be told from pixels.

    Example:
        >>> draw_fields(np.zeros((9, 12, 3), np.uint8), [], height=6, width=6).shape
        (444, 444, 3)
    """
    image = fill(to_float(pixels), height=height, width=width)
    picture = enlarge(to_uint8(to_grey(image) if grey else image), side=SHOWN_SIDE)
    scale = picture.shape[0] // height
    for field in sorted(fields, key=lambda seen: seen.box[0] - seen.box[2]):
        left, top, right, bottom = (side * scale for side in field.box)
        picture = outline(picture, (left, top, right, bottom), colour=field.colour, width=2)
    return picture
