"""A network's map over its input as a map over the photo."""

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.letterbox import Letterboxed


def over_photo(values: npt.NDArray, frame: Letterboxed) -> npt.NDArray[np.float32]:
    """A network's map cut to what covers the photo.

    A map of 65 rows over an input of 513 (a stride of 8 and one more) has the middle of its first cell on the first
    pixel and that of its last on the last; any other has cells that lie side by side.

    Args:
        values: (h, w, K) over the whole input, at whatever resolution.
        frame: how the photo lies in the input.

    Returns:
        (h', w', K) float32, covering the photo exactly.

    Raises:
        InputError: no map of rows, columns and classes.

    Example:
        >>> from cnn_core.letterbox import framed
        >>> frame = framed(np.ones((20, 40, 3)), (12, 12), placement="centre")
        >>> over_photo(np.ones((12, 12, 5)), frame).shape, over_photo(np.ones((4, 4, 5)), frame).shape
        ((6, 12, 5), (6, 12, 5))
    """
    if values.ndim != 3 or 0 in values.shape:
        raise InputError(
            "The network's output is no map", "Use a network that answers for each pixel", shape=values.shape
        )
    values = np.ascontiguousarray(values, np.float32)
    size = frame.image.shape[:2]
    if _on_corners(values.shape[:2], size):
        values = _spread(values, size)
    inner = tuple(round(side * scale) for side, scale in zip(frame.size, frame.scale[::-1], strict=True))
    if inner == size:
        return values
    values = _resized(values, size)
    left, top = frame.offset
    return np.ascontiguousarray(values[top : top + inner[0], left : left + inner[1]])


def _on_corners(cells: tuple[int, ...], size: tuple[int, ...]) -> bool:
    """Whether the cells' middles lie on the input's outermost pixels."""
    return cells != size and all(
        cell > 1 and side % cell and (side - 1) % (cell - 1) == 0 for cell, side in zip(cells, size, strict=True)
    )


def _spread(values: npt.NDArray[np.float32], size: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Resize linearly with the outermost cells on the outermost pixels."""
    rows, columns = size
    y = np.linspace(0, values.shape[0] - 1, rows, dtype=np.float32)
    x = np.linspace(0, values.shape[1] - 1, columns, dtype=np.float32)
    return _between(_between(values, y).swapaxes(0, 1), x).swapaxes(0, 1)


def _between(values: npt.NDArray[np.float32], places: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows at fractional places."""
    below = np.minimum(places.astype(np.int64), len(values) - 2)
    share = (places - below)[:, None, None]
    return values[below] * (1 - share) + values[below + 1] * share


def _resized(values: npt.NDArray[np.float32], size: tuple[int, ...]) -> npt.NDArray[np.float32]:
    if values.shape[:2] == size:
        return values
    planes = [
        cv2.resize(np.ascontiguousarray(values[..., place]), size[::-1], interpolation=cv2.INTER_LINEAR)
        for place in range(values.shape[2])
    ]
    return np.stack(planes, axis=-1).astype(np.float32, copy=False)
