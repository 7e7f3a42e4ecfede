"""The one way in which a picture becomes a network's input: training, check-up and try-it all read it here.

Decoded safely (`cnn_core.decoding`), upright, transparent parts on white, then stretched to the input's size: averaged
over areas along an axis that shrinks, bilinear along one that grows.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.decoding import decode
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.geometry import Pair, as_pair

Pixels = npt.NDArray[np.uint8]


def read_picture(listing: Listing, file: str, *, size: Pair) -> Pixels:
    """A picture of a data set as the network sees it, before its preprocessing.

    Args:
        listing: the data set.
        file: as in its items.
        size: rows and columns.

    Returns:
        (rows, columns, 3) uint8, 0 to 255, RGB.

    Raises:
        InputError: the file cannot be read, or is no picture; it is named.
    """
    pixels, _ = decoded(read_bytes(listing, file), name=file, enough=2 * max(as_pair(size, "size")))
    return picture_from_pixels(pixels, size=size)


def picture_from_pixels(pixels: Pixels, *, size: Pair) -> Pixels:
    """The same for a picture that is already decoded.

    Args:
        pixels: (H, W, 3) uint8, RGB.
        size: rows and columns.

    Returns:
        (rows, columns, 3) uint8.

    Raises:
        InputError: another shape or dtype; a size below 1.

    Example:
        >>> picture_from_pixels(np.full((40, 10, 3), 7, np.uint8), size=(20, 20))[0, 0].tolist()
        [7, 7, 7]
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise InputError("This is no picture", "Give (H, W, 3) of uint8", shape=pixels.shape, dtype=pixels.dtype)
    rows, columns = as_pair(size, "size")
    height, width = pixels.shape[:2]
    # Area averaging turns into a bilinear sample, with aliasing, when either axis grows: hence one axis at a time.
    smaller = min(rows, height), min(columns, width)
    result = pixels
    if smaller != (height, width):
        result = np.asarray(cv2.resize(result, smaller[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    if smaller != (rows, columns):
        result = np.asarray(cv2.resize(result, (columns, rows), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.ascontiguousarray(result)


def read_bytes(listing: Listing, file: str) -> bytes:
    """A file's content.

    Raises:
        InputError: it is gone, or may not be read.
    """
    try:
        return listing.path(file).read_bytes()
    except OSError as error:
        reason = "may not be read" if isinstance(error, PermissionError) else "is no longer there, or cannot be read"
        raise InputError(f"{file} {reason}", "Check its permissions, or add the picture again") from error


def decoded(data: bytes, *, name: str, enough: int) -> tuple[Pixels, tuple[int, int]]:
    """Pixels (H, W, 3) uint8 of a file, both sides at least `enough` where it has that many; its own (rows, columns).

    Raises:
        InputError: no picture, or damaged.

    Example:
        >>> from cnn_core.drawing import png
        >>> pixels, size = decoded(png(np.zeros((60, 90, 3), np.uint8)), name="black.png", enough=20)
        >>> pixels.shape, size
        ((60, 90, 3), (60, 90))
    """
    values, (width, height), _ = decode(data, name, None, enough=enough)
    pixels = values if values.dtype == np.uint8 else np.rint(values * 255).astype(np.uint8)
    return pixels, (height, width)
