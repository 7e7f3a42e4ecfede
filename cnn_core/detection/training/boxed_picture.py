"""A picture in memory with its true boxes, as training and the views of it use them."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class BoxedPicture:
    """A picture and its true boxes.

    Attributes:
        name: of its file, without its ending.
        pixels: (H, W, 3) uint8 RGB.
        corners: (N, 4) float32 pixels.
        labels: (N,) int64.
        crowd: (N,) bool, boxes around many objects, which only measuring asks for; None means none.
    """

    name: str
    pixels: npt.NDArray[np.uint8]
    corners: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    crowd: npt.NDArray[np.bool_] | None = None


def shrunk(picture: BoxedPicture, side: int | None) -> BoxedPicture:
    """The picture with its longer side no longer than `side`.

    Example:
        >>> large = BoxedPicture("a", np.zeros((40, 80, 3), np.uint8), np.float32([[0, 0, 8, 4]]), np.array([0]))
        >>> small = shrunk(large, 20)
        >>> small.pixels.shape, small.corners.tolist()
        ((10, 20, 3), [[0.0, 0.0, 2.0, 1.0]])
    """
    rows, columns = picture.pixels.shape[:2]
    if side is None or max(rows, columns) <= side:
        return picture
    small = max(1, round(rows * side / max(rows, columns))), max(1, round(columns * side / max(rows, columns)))
    pixels = np.asarray(cv2.resize(picture.pixels, small[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    factors = np.array([small[1] / columns, small[0] / rows] * 2, np.float32)
    return BoxedPicture(picture.name, pixels, picture.corners * factors, picture.labels, picture.crowd)
