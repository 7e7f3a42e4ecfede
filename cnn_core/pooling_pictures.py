"""Pictures of pooling: winners marked on a crop, and the gradient that comes back as heat."""

from collections import Counter

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from cnn_core.drawing import enlarge, signed_heat, to_uint8

VERMILION = (213, 94, 0)
WHITE = (255, 255, 255)
GRID = (128, 128, 128)


def mark_winners(
    plane: npt.NDArray[np.float32], positions: npt.NDArray[np.int32], *, size: int, stride: int, side: int = 640
) -> npt.NDArray[np.uint8]:
    """Enlarge one channel and put a dot on every pixel that won a window, a larger one where it won several.

    Args:
        plane: (H, W) in [0, 1].
        positions: (H_out, W_out, 2), row and column of each winner, as `cnn_core.pooling.pool_argmax` gives them.
        size, stride: of the window; where windows tile the picture their borders are drawn.
        side: longest side of the result in pixels, about.

    Returns:
        (H * cell, W * cell, 3) uint8.

    Example:
        >>> mark_winners(np.zeros((4, 4)), np.zeros((2, 2, 2), int), size=2, stride=2, side=64).shape
        (64, 64, 3)
    """
    picture = enlarge(to_uint8(plane), side=side)
    cell = picture.shape[0] // plane.shape[0]
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    if size == stride and size > 1:
        for row in range(0, picture.shape[0] + 1, size * cell):
            draw.line((0, row, picture.shape[1], row), fill=GRID, width=2)
        for column in range(0, picture.shape[1] + 1, size * cell):
            draw.line((column, 0, column, picture.shape[0]), fill=GRID, width=2)
    for (row, column), wins in Counter(map(tuple, positions.reshape(-1, 2).tolist())).items():
        _dot(draw, (column + 0.5) * cell, (row + 0.5) * cell, cell, wins)
    return np.asarray(image)


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, cell: int, wins: int) -> None:
    # Vermilion in white: it shows on black, on white and on grey.
    for radius, colour in ((_radius(wins) + 0.06, WHITE), (_radius(wins), VERMILION)):
        draw.ellipse((x - radius * cell, y - radius * cell, x + radius * cell, y + radius * cell), fill=colour)


def _radius(wins: int) -> float:
    """In cells; it grows with the windows won."""
    return min(0.2 + 0.03 * (wins - 1), 0.4)


def gradient_heat(gradient: npt.NDArray[np.float32], *, limit: float) -> npt.NDArray[np.uint8]:
    """Colour a gradient (H, W, 1): white receives nothing, vermilion `limit`; one pixel a cell, (H, W, 3) uint8.

    Example:
        >>> gradient_heat(np.zeros((1, 1, 1)), limit=1.0).tolist()
        [[[247, 247, 247]]]
    """
    return signed_heat(gradient, limit=limit)
