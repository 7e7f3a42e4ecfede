"""How far a label map agrees with the truth, or with the whole network's; and where to look closely."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.segmentation.overlay import edges
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou, pixel_accuracy

Labels = npt.NDArray[np.uint8]

_IGNORED = 255


@dataclass(frozen=True)
class Agreement:
    """How far two label maps agree, in [0, 1]; NaN where there are no such pixels.

    Attributes:
        mean_iou: over the classes.
        accuracy: part of all pixels with the same class.
        rim: the same of the pixels near a border between classes of the reference.
        inner: the same of all others.
    """

    mean_iou: float
    accuracy: float
    rim: float
    inner: float


def agreement(labels: npt.NDArray, reference: npt.NDArray, *, num_classes: int, width: int = 2) -> Agreement:
    """Compare a label map with a reference of its size.

    Args:
        labels: (H, W).
        reference: (H, W), the truth or another network's labels; 255 counts for nothing.
        num_classes: K.
        width: pixels from a border that are its rim.

    Raises:
        InputError: maps that differ in size, or a label outside the classes.

    Example:
        >>> truth = np.repeat(np.array([[0, 0, 0, 1, 1, 1]]), 3, axis=0)
        >>> agreement(np.repeat([[0, 0, 1, 1, 1, 1]], 3, axis=0), truth, num_classes=2, width=1)
        Agreement(mean_iou=0.708..., accuracy=0.833..., rim=0.5, inner=1.0)
    """
    near = edges(np.asarray(reference).astype(np.uint8), width) > 0
    matrix = confusion_matrix(reference, labels, num_classes=num_classes, ignore=_IGNORED)
    # The reference where it is not asked for is left out by its label.
    shares = [
        pixel_accuracy(
            confusion_matrix(np.where(part, reference, _IGNORED), labels, num_classes=num_classes, ignore=_IGNORED)
        )
        for part in (near, ~near)
    ]
    return Agreement(mean_iou(matrix), pixel_accuracy(matrix), *shares)


def close_up(maps: Sequence[npt.NDArray], reference: npt.NDArray, *, side: int) -> tuple[slice, slice]:
    """Rows and columns of the square in which label maps differ most from a reference.

    Args:
        maps: label maps (H, W).
        reference: (H, W).
        side: of the square, in pixels; less where the maps are smaller.

    Returns:
        The square; where nothing differs, one around a border of the reference, or the middle.

    Example:
        >>> found = np.zeros((9, 9), int)
        >>> found[6:8, 1] = 1
        >>> close_up([found], np.zeros((9, 9), int), side=3)
        (slice(5, 8, None), slice(0, 3, None))
    """
    true = np.asarray(reference).astype(np.uint8)
    differs = np.asarray(np.sum([np.asarray(one) != true for one in maps], axis=0), np.float32)
    if not differs.any():
        differs = (edges(true, 1) > 0).astype(np.float32)
    sides = [min(side, length) for length in true.shape]
    # The sum over every square of this size, by its first row and column.
    sums = cv2.boxFilter(
        differs, -1, tuple(sides[::-1]), anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    room = np.asarray(sums)[: true.shape[0] - sides[0] + 1, : true.shape[1] - sides[1] + 1]
    best = np.isclose(room, room.max())
    # Of many equals the middle one shows most of what is around.
    places = np.argwhere(best)
    middle = places[np.abs(places - places.mean(axis=0)).sum(axis=1).argmin()]
    top, left = (int(place) for place in middle)
    return slice(top, top + sides[0]), slice(left, left + sides[1])
