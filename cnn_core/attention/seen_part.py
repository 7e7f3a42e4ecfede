"""The part of a photo that a layer's maps cover, at the photo's own resolution."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.preparing import middle_box, placed

# Maps with fewer places than this are too coarse for the first look.
_ENOUGH = 12


def seen_part(
    photo: npt.NDArray[np.uint8],
    size: tuple[int, int],
    placement: str,
    *,
    extent: Sequence[float] | None = None,
) -> npt.NDArray[np.uint8]:
    """Cut the photo to what the maps lie over: places are then equal parts of the picture.

    Args:
        photo: (H, W, 3) uint8.
        size: rows and columns of the network's input.
        placement: as in `classifiers.preparing.PLACEMENTS`; of "letterbox" it is the input itself that is cut.
        extent: x_min, y_min, x_max, y_max in pixels of the input, as `activations.layers.MapLayer` has it; None: all.

    Returns:
        (h, w, 3) uint8, at least one pixel a side.

    Example:
        >>> seen_part(np.zeros((100, 300, 3), np.uint8), (10, 10), "crop", extent=(0, 0, 10, 5)).shape
        (50, 100, 3)
    """
    if placement == "letterbox":
        photo = placed(photo, size, placement)
    elif placement == "crop":
        top, left, rows, columns = middle_box((photo.shape[0], photo.shape[1]), size)
        photo = photo[top : top + rows, left : left + columns]
    x_min, y_min, x_max, y_max = extent or (0, 0, size[1], size[0])
    bounds = []
    for low, high, side, length in ((y_min, y_max, size[0], photo.shape[0]), (x_min, x_max, size[1], photo.shape[1])):
        first = min(max(round(low / side * length), 0), length - 1)
        bounds.append((first, min(max(round(high / side * length), first + 1), length)))
    (top, bottom), (left, right) = bounds
    return photo[top:bottom, left:right]


def first_layer(shapes: Sequence[Sequence[int]]) -> int:
    """Which layer to begin with: the deepest that has places enough to see where something is.

    Args:
        shapes: (rows, columns, channels) of each, in the order of computing; at least one.

    Example:
        >>> first_layer([(64, 64, 3), (30, 30, 8), (15, 15, 16), (7, 7, 32)])
        2
    """
    enough = [number for number, shape in enumerate(shapes) if min(shape[:2]) >= _ENOUGH]
    return enough[-1] if enough else 0
