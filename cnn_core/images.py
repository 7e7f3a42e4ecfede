"""Pictures in: safe decoding, and the few conversions that every page needs.

An image is (H, W, 3) or (H, W, 1) float32 in [0, 1], RGB; pixels are the same in uint8, 0 to 255.

How files are decoded, and what is refused: `cnn_core.decoding`.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_core.decoding import Source, decode
from cnn_core.errors import InputError

WORKING_SIDE = 1024

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture made ready to work with.

    Attributes:
        name: what to call it.
        pixels: (H, W, 3) uint8, the longer side at most the working side.
        original_size: (width, height) in the file, after the camera's rotation.
        notes: what was done to it that a reader should know, one sentence each.
        seconds: how long it took to open.
    """

    name: str
    pixels: Pixels
    original_size: tuple[int, int]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def reduced(self) -> bool:
        """Whether it has fewer pixels than its file."""
        height, width = self.pixels.shape[:2]
        return (width, height) != self.original_size


def load_image(source: Source, *, name: str | None = None, working_side: int | None = None) -> Floats:
    """Read a picture file as an RGB image.

    Args:
        source: path, bytes, or a binary file.
        name: what error messages call it; by default the file's own name.
        working_side: reduce the longer side to this many pixels (antialiased); None keeps every pixel.

    Returns:
        (H, W, 3) float32 in [0, 1], upright (EXIF), transparent parts on white, the first frame of an animation.

    Raises:
        InputError: no picture in an allowed format, broken, empty, or larger than `MAX_PIXELS`.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("L", (4, 2), 51).save(file, "PNG")
        >>> load_image(file.getvalue())[0, 0]
        array([0.2, 0.2, 0.2], dtype=float32)
    """
    values, _, _ = decode(source, name, working_side)
    return to_float(values)


def open_photo(source: Source, *, name: str, working_side: int = WORKING_SIDE) -> Photo:
    """Read a picture file once, at a size to work with.

    Args:
        source: path, bytes, or a binary file.
        name: what to call it, in messages and on screen.
        working_side: the longer side is reduced to this many pixels (antialiased), never enlarged.

    Returns:
        The photo with uint8 pixels, and notes on what was changed.

    Raises:
        InputError: as `load_image`.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (3000, 1500)).save(file, "JPEG")
        >>> photo = open_photo(file, name="field.jpg")
        >>> photo.original_size, photo.pixels.shape
        ((3000, 1500), (512, 1024, 3))
    """
    begun = time.perf_counter()
    values, size, notes = decode(source, name, working_side)
    pixels = values if values.dtype == np.uint8 else np.rint(values * 255).astype(np.uint8)
    return Photo(name, np.ascontiguousarray(pixels), size, notes, time.perf_counter() - begun)


def to_float(pixels: NDArray[Any]) -> Floats:
    """Scale pixels to [0, 1].

    Args:
        pixels: (H, W), (H, W, 1) or (H, W, 3) of uint8 (0 to 255), uint16 (0 to 65535), bool, or floats in [0, 1].

    Returns:
        float32 of the same size; (H, W) becomes (H, W, 1).

    Raises:
        InputError: another shape or dtype.

    Example:
        >>> to_float(np.array([[0, 255]], np.uint8))[..., 0]
        array([[0., 1.]], dtype=float32)
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in {1, 3}:
        raise InputError("This is no image", "Give (H, W), (H, W, 1) or (H, W, 3)", shape=pixels.shape)
    if pixels.dtype in (np.uint8, np.uint16):
        return np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)
    if pixels.dtype == bool or np.issubdtype(pixels.dtype, np.floating):
        return pixels.astype(np.float32)
    raise InputError("Pixels of this type have no known range", "Give uint8, uint16, bool or float", dtype=pixels.dtype)


def resize(image: Floats, *, height: int, width: int) -> Floats:
    """Change an image's size: bilinear, with antialiasing where it shrinks; values stay in their range.

    Equal to `keras.ops.image.resize(…, interpolation="bilinear", antialias=True)` to within rounding.

    Args:
        image: (H, W, C) float32.
        height: rows of the result, at least 1.
        width: columns of the result, at least 1.

    Returns:
        (height, width, C) float32.

    Raises:
        InputError: a height or width below 1.

    Example:
        >>> resize(np.ones((4, 6, 3), np.float32), height=2, width=3).shape
        (2, 3, 3)
    """
    if height < 1 or width < 1:
        raise InputError("A picture has at least one pixel", "Choose 1 or more", height=height, width=width)
    planes = [
        Image.fromarray(np.ascontiguousarray(image[..., c], np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for c in range(image.shape[2])
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def fill(image: Floats, *, height: int, width: int) -> Floats:
    """Fill a frame: cut the image to the frame's aspect about its centre, then `resize` it.

    Args:
        image: (H, W, C) float32.
        height: rows of the frame.
        width: columns of the frame.

    Returns:
        (height, width, C) float32.

    Raises:
        InputError: a height or width below 1.

    Example:
        >>> fill(np.ones((300, 100, 3), np.float32), height=50, width=100).shape
        (50, 100, 3)
    """
    if height < 1 or width < 1:
        raise InputError("A picture has at least one pixel", "Choose 1 or more", height=height, width=width)
    rows = min(image.shape[0], max(round(image.shape[1] * height / width), 1))
    columns = min(image.shape[1], max(round(image.shape[0] * width / height), 1))
    top, left = (image.shape[0] - rows) // 2, (image.shape[1] - columns) // 2
    return resize(image[top : top + rows, left : left + columns], height=height, width=width)


def to_grey(image: Floats) -> Floats:
    """Brightness of an image: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, on the values as stored).

    Args:
        image: (H, W, 3) float32; an (H, W, 1) image is returned as it is.

    Returns:
        (H, W, 1) float32.

    Example:
        >>> float(to_grey(np.ones((1, 1, 3), np.float32))[0, 0, 0])
        1.0
    """
    if image.shape[2] == 1:
        return image
    return (image @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
