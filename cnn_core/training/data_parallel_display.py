"""The parts of a batch as a picture, each device's crops framed in its colour, and as a table."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.csv_table import csv_table
from cnn_core.drawing import OKABE_ITO, outline, rescaled, to_uint8
from cnn_core.training.data_parallel import CROP, SIDE, Crops, Part

# Frames lie on pixels of their own: enlarged, they do not hide what they frame.
_TIMES = 4


def framed_crops(photo: npt.NDArray[np.floating], crops: Crops, parts: Sequence[Part]) -> npt.NDArray[np.uint8]:
    """The picture in grey, four times as large, with a frame round each crop in its device's colour.

    Args:
        photo: (H, W), of any range.
        crops: cut out of it.
        parts: which device has which.

    Returns:
        (4 H, 4 W, 3) uint8.

    Example:
        >>> from cnn_core.training.data_parallel import drawn_crops, parts_of
        >>> photo = np.random.default_rng(0).random((20, 30))
        >>> crops = drawn_crops(photo, np.eye(3), count=2, seed=0)
        >>> framed_crops(photo, crops, parts_of(crops, np.zeros((3, 3)), (1, 1))).shape
        (80, 120, 3)
    """
    picture = to_uint8(rescaled(photo)[0]).repeat(_TIMES, axis=0).repeat(_TIMES, axis=1)
    size = CROP + SIDE - 1
    for number, part in enumerate(parts):
        for row, column in (crops.places[crop] for crop in part.crops):
            left, top, right, bottom = (float(_TIMES * edge) for edge in (column, row, column + size, row + size))
            colour = OKABE_ITO[number % len(OKABE_ITO)]
            picture = outline(picture, (left, top, right, bottom), colour=colour, width=3)
    return picture


def gradients_csv(parts: Sequence[Part], whole: Part) -> bytes:
    """A row for each device and one for the whole batch: how many crops, the loss, the nine numbers of the gradient.

    Example:
        >>> part = Part((0, 1), 0.5, np.zeros((3, 3)), 0.0, 1.0)
        >>> print(gradients_csv([part], part).decode().splitlines()[1])
        1,2,0.5,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0
    """
    header = ["device", "crops", "loss", *(f"g{number}" for number in range(1, 1 + SIDE * SIDE))]
    rows: list[tuple[object, Part]] = [*enumerate(parts, 1), ("whole batch", whole)]
    return csv_table(header, [[name, len(one.crops), one.loss, *one.gradient.ravel().tolist()] for name, one in rows])
