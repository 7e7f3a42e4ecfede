"""Small pictures of many files at once, ready for a browser."""

import base64
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing
from cnn_core.folders.pictures import Pixels
from cnn_core.folders.sheets import thumbnail

_WORKERS = min(4, os.cpu_count() or 1)
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 84]
_BROKEN = (
    "data:image/svg+xml;base64,"
    + base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="#e0e0e0"/>'
        b'<path d="M2 2 8 8M8 2 2 8" stroke="#aa2800" stroke-width=".6"/></svg>'
    ).decode()
)


def tile_sources(listing: Listing, files: Sequence[str], *, side: int) -> tuple[str, ...]:
    """A `data:` address for each file: its thumbnail as JPEG, or a crossed square where it cannot be opened.

    Args:
        listing: where the files are.
        files: relative to its root; they need not be among its items.
        side: of the longer side, 8 to 1,024 pixels; small pictures are not enlarged.
    """
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="tiles") as pool:
        return tuple(pool.map(lambda file: _source(listing, file, side), files))


def jpeg_source(pixels: Pixels) -> str:
    """A `data:` address with (H, W, 3) uint8 as JPEG.

    Example:
        >>> jpeg_source(np.zeros((8, 8, 3), np.uint8))[:23]
        'data:image/jpeg;base64,'
    """
    content = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), _QUALITY)[1]
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode("ascii")


def _source(listing: Listing, file: str, side: int) -> str:
    try:
        return jpeg_source(thumbnail(listing, file, side=side))
    except InputError:
        return _BROKEN
