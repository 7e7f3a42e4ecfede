"""What stands for nothing: the photo that is shown where a part of another is hidden."""

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Pixels = npt.NDArray[np.uint8]

# Name in the link -> words.
FILLS = {"mean": "the photo's mean colour", "black": "black", "blur": "the photo, blurred"}
# Deviation of the blur, as a share of the photo's longer side: no shape smaller than a third of it is left.
_BLUR = 0.1


def baseline_photo(photo: Pixels, fill: str) -> Pixels:
    """A photo of the same size with nothing in it.

    Args:
        photo: (H, W, 3) uint8.
        fill: one of `FILLS`.

    Raises:
        InputError: no such fill.

    Example:
        >>> baseline_photo(np.array([[[0, 0, 0], [20, 40, 60]]], np.uint8), "mean").tolist()
        [[[10, 20, 30], [10, 20, 30]]]
    """
    if fill not in FILLS:
        raise InputError("There is no such filling", f"Choose one of {', '.join(FILLS)}", fill=fill)
    if fill == "black":
        return np.zeros_like(photo)
    if fill == "mean":
        return np.broadcast_to(np.rint(photo.mean(axis=(0, 1))).astype(np.uint8), photo.shape).copy()
    import cv2

    return np.asarray(cv2.GaussianBlur(photo, (0, 0), _BLUR * max(photo.shape[:2])), np.uint8)
