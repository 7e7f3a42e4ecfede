"""Letterboxing: a picture brought to a network's input size without distortion, the rest filled, and the way back.

Pixels are continuous: a picture of W columns reaches from 0 to W, so that a corner x of the picture lies at
`x * scale + offset` of the input. Both sides are rounded to whole pixels, hence one scale for each.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_image
from cnn_core.boxes import Corners, as_corners, clip_corners
from cnn_core.errors import InputError
from cnn_core.geometry import as_pair

# The grey with which YOLO networks are trained.
GREY = 114 / 255
# Where a photo lies in a network's input; all but "stretch" keep its aspect.
PLACEMENTS = {"centre": "in the middle", "corner": "at the upper left", "stretch": "stretched"}


@dataclass(frozen=True, eq=False)
class Letterboxed:
    """A picture in its frame, and where it lies there.

    Attributes:
        image: (rows, columns, C) float32, the network's input.
        scale: pixels of the input per pixel of the picture, along x and y.
        offset: left and top of the picture in the input, in whole pixels.
        size: (height, width) of the picture as it was.
    """

    image: npt.NDArray[np.float32]
    scale: tuple[float, float]
    offset: tuple[int, int]
    size: tuple[int, int]

    def to_input(self, corners: npt.ArrayLike) -> Corners:
        """Boxes of the picture as boxes of the input: (N, 4) `x_min, y_min, x_max, y_max` in pixels.

        Example:
            >>> letterbox(np.zeros((20, 40, 3)), (10, 10)).to_input([[0, 0, 40, 20]]).tolist()
            [[0.0, 2.0, 10.0, 7.0]]
        """
        return as_corners(corners) * np.array(self.scale * 2, np.float32) + np.array(self.offset * 2, np.float32)

    def to_picture(self, corners: npt.ArrayLike) -> Corners:
        """Boxes of the input as boxes of the picture, clipped to it: the inverse of `to_input`.

        Example:
            >>> letterbox(np.zeros((20, 40, 3)), (10, 10)).to_picture([[0, 0, 10, 7]]).tolist()
            [[0.0, 0.0, 40.0, 20.0]]
        """
        moved = (as_corners(corners) - np.array(self.offset * 2, np.float32)) / np.array(self.scale * 2, np.float32)
        return clip_corners(moved, self.size)

    def map_to_picture(self, values: npt.ArrayLike) -> np.ndarray:
        """A map over the input as a map over the picture: the frame cut off, the rest resized.

        Args:
            values: (rows, columns) whole numbers such as class labels, resized to the nearest; or (rows, columns) or
                (rows, columns, C) float, resized linearly.

        Returns:
            (H, W) of the same dtype, or (H, W, C) float32.

        Raises:
            InputError: a map of another size than the input.

        Example:
            >>> letterbox(np.zeros((20, 40, 3)), (10, 10)).map_to_picture(np.eye(10, dtype=int)).shape
            (20, 40)
        """
        values = np.asarray(values)
        if values.shape[:2] != self.image.shape[:2]:
            raise InputError(
                "The map does not cover the network's input",
                "Give a map of its size",
                map=values.shape,
                input=self.image.shape,
            )
        rows, columns = _resized(self.size, self.scale)
        left, top = self.offset
        inside = values[top : top + rows, left : left + columns]
        if inside.dtype.kind in "iub":
            # OpenCV's plain INTER_NEAREST takes the pixel to the upper left, not the nearest.
            labels = np.ascontiguousarray(inside, np.int32)
            nearest = cv2.resize(labels, self.size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
            return nearest.astype(values.dtype)
        channels = np.ascontiguousarray(inside, np.float32)
        resized = cv2.resize(channels, self.size[::-1], interpolation=cv2.INTER_LINEAR)
        return resized.reshape(*self.size, *values.shape[2:])


def letterbox(
    image: npt.ArrayLike, size: int | tuple[int, int], *, fill: float = GREY, centred: bool = True
) -> Letterboxed:
    """Scale a picture by the largest factor with which it fits into the input, and fill the rest.

    Shrinks by area averaging and enlarges linearly.

    Args:
        image: (H, W, C) or (H, W).
        size: rows and columns of the input.
        fill: value of the rest.
        centred: the picture in the middle (the odd pixel of the rest behind it); False puts it at the upper left, as
            YOLOX expects it.

    Raises:
        InputError: no picture, or a size below 1.

    Example:
        >>> framed = letterbox(np.ones((20, 40, 3)), (10, 10), fill=0.0)
        >>> framed.image[:, 0, 0].tolist(), framed.scale, framed.offset
        ([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0], (0.25, 0.25), (0, 2))
    """
    picture = as_image(image)
    height, width, channels = picture.shape
    rows, columns = as_pair(size, "size")
    factor = min(rows / height, columns / width)
    inner = max(1, round(height * factor)), max(1, round(width * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    left, top = ((columns - inner[1]) // 2, (rows - inner[0]) // 2) if centred else (0, 0)
    framed = np.full((rows, columns, channels), fill, np.float32)
    resized = cv2.resize(picture, inner[::-1], interpolation=way).reshape(*inner, channels)
    framed[top : top + inner[0], left : left + inner[1]] = resized
    return Letterboxed(framed, (inner[1] / width, inner[0] / height), (left, top), (height, width))


def stretched(image: npt.ArrayLike, size: int | tuple[int, int]) -> Letterboxed:
    """The picture resized to the input as it is, its aspect changed: a frame without a rest.

    Args:
        image: (H, W, C) or (H, W).
        size: rows and columns of the input.

    Raises:
        InputError: no picture, or a size below 1.

    Example:
        >>> framed = stretched(np.ones((20, 40, 3)), (10, 10))
        >>> framed.image.shape, framed.scale, framed.offset
        ((10, 10, 3), (0.25, 0.5), (0, 0))
    """
    picture = as_image(image)
    height, width, channels = picture.shape
    rows, columns = as_pair(size, "size")
    way = cv2.INTER_AREA if max(rows, columns) < max(height, width) else cv2.INTER_LINEAR
    resized = cv2.resize(picture, (columns, rows), interpolation=way).reshape(rows, columns, channels)
    return Letterboxed(np.asarray(resized, np.float32), (columns / width, rows / height), (0, 0), (height, width))


def framed(
    image: npt.ArrayLike, size: int | tuple[int, int], *, placement: str = "centre", fill: float = GREY
) -> Letterboxed:
    """The picture in the network's input, as its placement says.

    Args:
        image: (H, W, C).
        size: rows and columns of the input.
        placement: one of `PLACEMENTS`.
        fill: value of what the picture leaves free.

    Raises:
        InputError: no picture, or an unknown placement.

    Example:
        >>> framed(np.ones((20, 40, 3)), (10, 10), placement="corner").offset
        (0, 0)
    """
    if placement not in PLACEMENTS:
        raise InputError("There is no such placement", f"Choose one of {', '.join(PLACEMENTS)}", placement=placement)
    if placement == "stretch":
        return stretched(image, size)
    return letterbox(image, size, fill=fill, centred=placement == "centre")


def _resized(size: tuple[int, int], scale: tuple[float, float]) -> tuple[int, int]:
    return round(size[0] * scale[1]), round(size[1] * scale[0])
