"""Trying a trained network on new photos: the most probable classes, if wanted averaged over several views of a photo.

Test-time augmentation asks about a photo, its mirror image and crops of it, and averages the probabilities: what
depends on the accident of framing weighs less. The crops are those of `cnn_core.photo_views`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.photo_views import five_crops, mirrored

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# Name in the link -> words on the page.
VIEWS = {
    "one": "the photo alone",
    "mirrored": "the photo and its mirror image",
    "ten": "the middle and the four corners, each mirrored too",
}
TOP = 5


@dataclass(frozen=True)
class Guess:
    """A class and its probability in [0, 1]."""

    label: str
    probability: float


def answers(
    network: Callable[[Floats], Floats],
    photos: Sequence[Pixels],
    *,
    classes: Sequence[str],
    size: tuple[int, int],
    views: str = "one",
    top: int = TOP,
) -> tuple[tuple[Guess, ...], ...]:
    """The most probable classes of each photo.

    Args:
        network: (N, rows, columns, 3) raw pixels -> (N, C) probabilities, such as `trained_network(run)`.
        photos: (H, W, 3) uint8, of any sizes.
        classes: names in the order of the network's outputs.
        size: rows and columns that the network takes.
        views: one of `VIEWS`.
        top: at most so many classes.

    Returns:
        For each photo its guesses, the most probable first.

    Raises:
        InputError: something that is no photo; no such views.

    Example:
        >>> brighter = lambda batch: np.stack([batch.mean(axis=(1, 2, 3)), 255 - batch.mean(axis=(1, 2, 3))], 1) / 255
        >>> answers(brighter, [np.full((9, 9, 3), 0, np.uint8)], classes=("day", "night"), size=(4, 4))[0][0]
        Guess(label='night', probability=1.0)
    """
    probabilities = [network(_batch(photo, views, size)).mean(axis=0) for photo in photos]
    told = []
    for row in probabilities:
        order = np.argsort(-row, kind="stable")[:top]
        told.append(tuple(Guess(classes[k], float(row[k])) for k in order))
    return tuple(told)


def photo_views(photo: Pixels, views: str) -> list[Pixels]:
    """The views of a photo that an answer is averaged over.

    Args:
        photo: (H, W, 3) uint8.
        views: one of `VIEWS`.

    Raises:
        InputError: no such views.

    Example:
        >>> [view.shape for view in photo_views(np.zeros((16, 32, 3), np.uint8), "mirrored")]
        [(16, 32, 3), (16, 32, 3)]
    """
    if views not in VIEWS:
        raise InputError("There are no such views", f"Choose one of {', '.join(VIEWS)}", views=views)
    if views == "one":
        return [photo]
    whole = five_crops(photo) if views == "ten" else [photo]
    return whole + [mirrored(view) for view in whole]


def _batch(photo: Pixels, views: str, size: tuple[int, int]) -> Floats:
    pictures = [picture_from_pixels(np.ascontiguousarray(view), size=size) for view in photo_views(photo, views)]
    return np.stack(pictures).astype(np.float32)
