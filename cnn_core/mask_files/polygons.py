"""Masks to polygons and back, exactly: outlines follow the edges between pixels, holes are joined by a cut.

Coordinates are COCO's: x to the right, y down, (0, 0) the top left corner of the first pixel. A polygon is flat, as in
COCO's files: x, y, x, y, …
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Mask = npt.NDArray[np.bool_]

MOST_CORNERS = 200_000  # of one mask
MOST_DRAWN = 500_000_000  # pixels in the frames around all polygons of a mask together
FARTHEST = 100_000.0  # from the picture, in pixels
# COCO's own code draws on a grid five times as fine.
_FINER = 5
_CROSSINGS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Outline:
    """One connected piece of a mask.

    Attributes:
        polygon: its outline, flat; holes are joined to it by a cut of no width.
        box: (x, y, width, height) in pixels.
        area: pixels inside.
    """

    polygon: list[float]
    box: tuple[int, int, int, int]
    area: int


def outlines(mask: npt.ArrayLike, *, tolerance: float = 0.0) -> list[Outline]:
    """The connected pieces of an (H, W) mask, diagonal neighbours included, the largest first.

    Args:
        mask: nonzero inside.
        tolerance: pixels by which an outline may miss the edge, for fewer corners; 0 is exact. A piece that
            disappears at this tolerance is left out.

    Raises:
        InputError: a negative tolerance, or no (H, W) mask.

    Example:
        >>> ring = np.ones((3, 3), int)
        >>> ring[1, 1] = 0
        >>> [outline] = outlines(ring)
        >>> outline.polygon, outline.area
        ([0, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 0, 0, 0, 3, 3, 3, 3, 0], 8)
    """
    inside = np.asarray(mask) != 0
    if inside.ndim != 2:
        raise InputError("A mask has rows and columns", "Give (H, W)", shape=inside.shape)
    if not tolerance >= 0:
        raise InputError("The tolerance is negative", "Give pixels from 0", tolerance=tolerance)
    count, pieces, facts, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    found = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in facts[number])
        part = pieces[top : top + height, left : left + width] == number
        polygon = _polygon(part, tolerance)
        if len(polygon) >= 3:
            corners = polygon + np.array([left, top])
            found.append(Outline(corners.ravel().tolist(), (left, top, width, height), area))
    return sorted(found, key=lambda outline: -outline.area)


def filled(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> Mask:
    """The (H, W) mask of the pixels in any of some polygons, each filled by the even-odd rule.

    Args:
        polygons: flat, x, y, x, y, …
        size: (H, W).

    Raises:
        InputError: a polygon without three corners, corners that are no numbers or far outside, or too many of them.

    Source: `rleFrPoly` of https://github.com/cocodataset/cocoapi, which it equals.

    Example:
        >>> filled([[1, 1, 3, 1, 3, 3, 1, 3]], (4, 5)).astype(int)
        array([[0, 0, 0, 0, 0],
               [0, 1, 1, 0, 0],
               [0, 1, 1, 0, 0],
               [0, 0, 0, 0, 0]])
    """
    if sum(map(len, polygons)) > 2 * MOST_CORNERS:
        raise InputError("The polygons have too many corners", f"Give at most {MOST_CORNERS:,} for a picture")
    every = [_corners(polygon) for polygon in polygons]
    frames = (np.ptp(np.clip(corners, 0, size[::-1]), axis=0).prod() for corners in every)
    if sum(frames) > MOST_DRAWN:
        raise InputError("The polygons cover the picture too many times", "Give fewer of them")
    mask = np.zeros(size, bool)
    for corners in every:
        _fill(mask, corners)
    return mask


def _corners(polygon: Sequence[float]) -> npt.NDArray[np.float64]:
    try:
        flat = np.array(polygon, np.float64)
    except (TypeError, ValueError, OverflowError):
        flat = np.zeros(0)
    if flat.ndim != 1 or len(flat) < 6 or len(flat) % 2:
        raise InputError("A polygon needs x and y of at least three corners", "Draw it again", numbers=flat.size)
    if not (np.abs(flat) <= FARTHEST).all():  # written so that NaN is refused too
        raise InputError("A polygon has a corner that lies nowhere near the picture", "Draw it again")
    return flat.reshape(-1, 2)


def _fill(mask: Mask, corners: npt.NDArray[np.float64]) -> None:
    """Draw one polygon: the parity of the edges above each pixel's centre, on COCO's grid of fifths."""
    height, width = mask.shape
    fine = np.trunc(_FINER * corners + 0.5).astype(np.int64)
    starts, ends = fine, np.roll(fine, -1, axis=0)
    steps = np.abs(ends - starts)
    steep = steps[:, 0] < steps[:, 1]
    along = np.where(steep, 1, 0)
    every = np.arange(len(fine))
    turned = (starts[every, along] > ends[every, along])[:, None]
    starts, ends = np.where(turned, ends, starts), np.where(turned, starts, ends)
    low, high = np.minimum(starts[:, 0], ends[:, 0]), np.maximum(starts[:, 0], ends[:, 0])
    # A pixel's centre lies between the columns m = 5 p + 2 and m + 1 of the fine grid.
    first = np.maximum(-(-(low - 2) // _FINER), 0)
    last = np.minimum((high - 3) // _FINER, width - 1)
    counts = np.maximum(last - first + 1, 0)
    if not counts.any():
        return
    left, right = int(first[counts > 0].min()), int(last[counts > 0].max()) + 1
    top = int(np.clip(fine[:, 1].min() // _FINER - 1, 0, height))
    bottom = int(np.clip(fine[:, 1].max() // _FINER + 2, top, height))
    changes = np.zeros((right - left, bottom - top + 1), np.uint8)
    for edges in _chunks(counts):
        edge = np.repeat(edges, counts[edges])
        place = np.arange(len(edge)) - np.repeat(np.cumsum(counts[edges]) - counts[edges], counts[edges])
        column = first[edge] + place
        above = _crossing(starts[edge], ends[edge], steep[edge], _FINER * column + 2)
        row = np.ceil(np.clip((above + 0.5) / _FINER - 0.5, top, bottom)).astype(np.int64)
        np.add.at(changes, (column - left, row - top), 1)
    odd = np.cumsum(changes, axis=1, dtype=np.uint8)[:, :-1] % 2 == 1
    mask[top:bottom, left:right] |= odd.T


def _crossing(
    starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], steep: Mask, column: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The smaller of an edge's two rows on both sides of the line behind a fine column."""
    (x0, y0), (x1, y1) = starts.T, ends.T
    dx, dy = x1 - x0, y1 - y0
    slope = np.where(steep, dx / np.maximum(dy, 1), dy / np.maximum(dx, 1))
    step = column - x0
    flat_rows = np.minimum(np.trunc(y0 + slope * step + 0.5), np.trunc(y0 + slope * (step + 1) + 0.5))
    # On a steep edge the row in front of the first one that lies on the other side.
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.ceil((column + 0.5 - x0) / slope)
    guess = np.where(steep, guess, 0).astype(np.int64) - 2
    right = dx > 0
    passed = np.zeros(len(guess), np.int64)
    for _ in range(4):
        here = x0 + slope * (guess + passed) + 0.5
        crossed = np.where(right, here >= column + 1, here < column + 1)
        passed += ~crossed
    return np.where(steep, y0 + guess + passed - 1, flat_rows).astype(np.int64)


def _chunks(counts: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Edges in groups that cross a bounded number of columns together."""
    edges = np.flatnonzero(counts)
    groups = np.cumsum(counts[edges]) // _CROSSINGS_AT_ONCE
    return np.split(edges, np.flatnonzero(np.diff(groups)) + 1) if len(edges) else []


def _polygon(part: Mask, tolerance: float) -> npt.NDArray[np.int64]:
    """Outline and holes of one piece as one polygon (n, 2)."""
    # Each pixel as 2 x 2: the outline through pixel centres then tells on which side of a pixel it runs.
    doubled = part.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, levels = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = [_simplified(_edges(contour), tolerance) for contour in contours]
    parents = levels[0, :, 3]
    outer = rings[int(np.flatnonzero(parents < 0)[0])]
    if len(outer) < 3:
        return outer
    inserts: dict[int, list[npt.NDArray[np.int64]]] = {}
    for ring, parent in zip(rings, parents, strict=True):
        if parent < 0 or len(ring) < 3:
            continue
        # There and back on the same line: the cut has no width and no area.
        near = int(np.abs(outer - ring[0]).sum(axis=1).argmin())
        inserts.setdefault(near, []).append(np.concatenate([ring, ring[:1], outer[near : near + 1]]))
    pieces = []
    start = 0
    for near in sorted(inserts):
        pieces += [outer[start : near + 1], *inserts[near]]
        start = near + 1
    return np.concatenate([*pieces, outer[start:]])


def _edges(contour: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The corners between pixels, from the centres of the doubled ones."""
    corners = (contour[:, 0].astype(np.int64) + 1) // 2
    corners = corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)]
    before, behind = corners - np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0) - corners
    return corners[before[:, 0] * behind[:, 1] != before[:, 1] * behind[:, 0]]


def _simplified(ring: npt.NDArray[np.int64], tolerance: float) -> npt.NDArray[np.int64]:
    if not tolerance or len(ring) < 3:
        return ring
    return cv2.approxPolyDP(ring.astype(np.int32)[:, None], tolerance, True)[:, 0].astype(np.int64)
