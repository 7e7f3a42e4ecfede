"""Views of a photo for test-time augmentation: what shows the same thing, framed or turned a little differently.

Crops are seven eighths of both sides, as Krizhevsky et al. 2012 cut them (section 4.1,
https://doi.org/10.1145/3065386). What turning and shrinking bring in over the border is the photo mirrored.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.augmentation import warped
from cnn_core.errors import InputError

Pixels = npt.NDArray[np.uint8]

# 224 of 256 pixels.
CROP = 7 / 8
KINDS = {
    "flip": "mirror images",
    "crops": "the middle and the four corners",
    "scales": "a little smaller and larger",
    "rotations": "turned by 5° and 10°, both ways",
}
_CORNERS = ("middle", "upper left", "upper right", "lower left", "lower right")
_SCALES = (0.8, 1.25)
_DEGREES = (-10, -5, 5, 10)


@dataclass(frozen=True, eq=False)
class View:
    """One view.

    Attributes:
        title: what was done.
        pixels: (h, w, 3) uint8.
    """

    title: str
    pixels: Pixels


def photo_views(photo: Pixels, kinds: Collection[str] = ()) -> tuple[View, ...]:
    """The photo itself, and the views of these kinds; with "flip" each of them mirrored too.

    Args:
        photo: (H, W, 3) uint8.
        kinds: of `KINDS`.

    Raises:
        InputError: no such kind.

    Example:
        >>> [view.title for view in photo_views(np.zeros((8, 8, 3), np.uint8), ("flip", "scales"))]
        ['the photo', '0.8 times', '1.25 times', 'the photo, mirrored', '0.8 times, mirrored', '1.25 times, mirrored']
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InputError("There are no such views", f"Choose among {', '.join(KINDS)}", kind=unknown[0])
    views = [View("the photo", photo)]
    if "crops" in kinds:
        views += [View(title, crop) for title, crop in zip(_CORNERS, five_crops(photo), strict=True)]
    if "scales" in kinds:
        views += [View(f"{scale:g} times", warped(photo, scale=scale)) for scale in _SCALES]
    if "rotations" in kinds:
        views += [View(f"turned by {degrees:+}°", warped(photo, degrees=degrees)) for degrees in _DEGREES]
    if "flip" in kinds:
        views += [View(f"{view.title}, mirrored", mirrored(view.pixels)) for view in views]
    return tuple(views)


def five_crops(photo: Pixels) -> list[Pixels]:
    """The middle and the four corners, seven eighths of both sides.

    Example:
        >>> [crop.shape for crop in five_crops(np.zeros((16, 32, 3), np.uint8))][:2]
        [(14, 28, 3), (14, 28, 3)]
    """
    height, width = photo.shape[:2]
    rows, columns = max(1, round(height * CROP)), max(1, round(width * CROP))
    down, right = height - rows, width - columns
    corners = [(down // 2, right // 2), (0, 0), (0, right), (down, 0), (down, right)]
    return [photo[top : top + rows, left : left + columns] for top, left in corners]


def mirrored(photo: Pixels) -> Pixels:
    """Left and right exchanged.

    Example:
        >>> mirrored(np.arange(6, dtype=np.uint8).reshape(1, 2, 3))[0, 0].tolist()
        [3, 4, 5]
    """
    return np.ascontiguousarray(photo[:, ::-1])
