"""Small pictures of a data set: one file's thumbnail, and a sheet of a class to see at a glance what it holds."""

import hashlib

import cv2
import numpy as np

from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing, Part
from cnn_core.folders.names import shown
from cnn_core.folders.pictures import Pixels, decoded, read_bytes

_GROUND = 255
_BROKEN = (224, 224, 224)
_CROSS = (170, 40, 0)
_GAP = 4
SIDES = (8, 1024)
MOST_TILES = 400


def thumbnail(listing: Listing, file: str, *, side: int) -> Pixels:
    """A picture with its longer side at most `side`, never enlarged.

    Args:
        listing: the data set.
        file: as in its items.
        side: 8 to 1,024 pixels.

    Returns:
        (h, w, 3) uint8, RGB.

    Raises:
        InputError: the file cannot be opened; a side out of range.
    """
    _check_side(side)
    pixels, _ = decoded(read_bytes(listing, file), name=file, enough=side)
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(pixels)
    rows, columns = (max(1, round(length * scale)) for length in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def contact_sheet(listing: Listing, label: str, *, count: int = 24, side: int = 96, part: Part | None = None) -> Pixels:
    """Pictures of one class in a grid, chosen by a hash of their names: the same ones every time, from all over it.

    A file that cannot be opened is a crossed grey square.

    Args:
        listing: the data set.
        label: the class.
        count: at most so many pictures, 1 to 400.
        side: of a picture's square, 8 to 1,024 pixels; aspect kept, on white.
        part: of this part alone.

    Returns:
        (H, W, 3) uint8, RGB; one white square for a class without pictures.

    Raises:
        InputError: no such class, or a count or side out of range.
    """
    if label not in listing.classes:
        raise InputError(f"There is no class {shown(label)}", f"Choose one of {', '.join(listing.classes[:20])}")
    if not 1 <= count <= MOST_TILES:
        raise InputError("The number of pictures is out of range", f"Choose 1 to {MOST_TILES}", count=count)
    _check_side(side)
    files = chosen_files(listing, label, count=count, part=part)
    tiles = [_tile(listing, file, side) for file in files] or [np.full((side, side, 3), _GROUND, np.uint8)]
    columns = min(len(tiles), max(1, round((len(tiles) * 2) ** 0.5)))
    rows = -(-len(tiles) // columns)
    step = side + _GAP
    sheet = np.full((rows * step - _GAP, columns * step - _GAP, 3), _GROUND, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * step, number % columns * step
        sheet[top : top + side, left : left + side] = tile
    return sheet


def chosen_files(listing: Listing, label: str, *, count: int, part: Part | None = None) -> tuple[str, ...]:
    """Which files `contact_sheet` shows, in its order.

    Example:
        >>> from pathlib import Path
        >>> from cnn_core.folders.listing import Item
        >>> items = tuple(Item(f"a/{number}.jpg", "a", "train") for number in range(9))
        >>> chosen_files(Listing(Path("/photos"), ("a",), items), "a", count=3)
        ('a/1.jpg', 'a/2.jpg', 'a/6.jpg')
    """
    files = (item.file for item in listing.of(label=label, part=part))
    chosen = sorted(files, key=lambda file: hashlib.sha256(file.encode("utf-8", "surrogatepass")).digest())[:count]
    return tuple(sorted(chosen))


def _tile(listing: Listing, file: str, side: int) -> Pixels:
    tile = np.full((side, side, 3), _GROUND, np.uint8)
    try:
        small = thumbnail(listing, file, side=side)
    except InputError:
        tile[:] = _BROKEN
        cv2.line(tile, (0, 0), (side - 1, side - 1), _CROSS, 2, cv2.LINE_AA)
        cv2.line(tile, (0, side - 1), (side - 1, 0), _CROSS, 2, cv2.LINE_AA)
        return tile
    rows, columns = small.shape[:2]
    top, left = (side - rows) // 2, (side - columns) // 2
    tile[top : top + rows, left : left + columns] = small
    return tile


def _check_side(side: int) -> None:
    if not SIDES[0] <= side <= SIDES[1]:
        raise InputError("The side is out of range", f"Choose {SIDES[0]} to {SIDES[1]} pixels", side=side)
