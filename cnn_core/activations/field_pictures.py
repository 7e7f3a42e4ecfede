"""A unit's two receptive fields over the photo: the theoretical one as a box, the effective one as heat."""

import numpy as np
import numpy.typing as npt

from cnn_core.activations.layers import Box
from cnn_core.drawing import enlarge, outline
from cnn_core.explain.heat import heat_over

_SHOWN = 448
BOX_COLOUR = "#56B4E9"


def field_over(
    photo: npt.NDArray[np.uint8], heat: npt.NDArray, box: Box, *, root: bool = False
) -> npt.NDArray[np.uint8]:
    """Heat over the photo in grey, and the box around what could matter; parts of it outside are cut off.

    Args:
        photo: (rows, columns, 3) uint8, as it lies in the network's input.
        heat: (rows, columns), at least 0.
        box: x_min, y_min, x_max, y_max in pixels, the last two exclusive.
        root: show the square root of the heat, which brings out what is weak.

    Returns:
        (n rows, n columns, 3) uint8, a small photo enlarged n times.

    Example:
        >>> field_over(np.zeros((8, 8, 3), np.uint8), np.ones((8, 8)), (1, 1, 4, 4)).shape
        (448, 448, 3)
    """
    large = np.asarray(enlarge(photo, side=_SHOWN), np.uint8)
    times = large.shape[0] // photo.shape[0]
    values = np.sqrt(heat) if root else np.asarray(heat)
    spread = values.repeat(times, axis=0).repeat(times, axis=1)
    drawn = heat_over(large, spread)
    left, top, right, bottom = (float(side * times) for side in box)
    return np.asarray(outline(drawn, (left, top, right, bottom), colour=BOX_COLOUR, width=4), np.uint8)
