r"""A large photo seen in overlapping tiles at its own size, and their answers blended into one map.

Whole, a photo is brought to the network's input size: it sees everything at once, and small things may vanish. In tiles
nothing is reduced, and no tile knows of what lies beyond it. Near its edge a tile's answer is worse, for there it sees
padding: each tile counts with a weight that falls towards its edge, and the weights $w_t$ of all tiles that cover a
pixel add up to 1: $p(x, y) = \sum_t w_t(x, y)\, p_t(x, y)$.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.errors import InputError
from cnn_core.images import to_float
from cnn_core.masks import Masks, masks_of
from cnn_core.segmentation.segmenter import Segmenter

# Bytes of the blended map: with many classes several pixels share a cell.
MOST_BYTES = 300_000_000
OVERLAP = 0.25
# Part of the overlap, at either end, in which a tile does not count at all.
_MARGIN = 0.25
_IMPORT = "from cnn_core.segmentation.tiles import look_in_tiles\n"

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TilePlan:
    """Where the tiles lie along one axis.

    Attributes:
        starts: first pixel of each.
        length: of a tile.
        weights: (tiles, length), which add up to 1 at each pixel.
    """

    starts: tuple[int, ...]
    length: int
    weights: Weights


def plan_tiles(side: int, length: int, *, overlap: float = OVERLAP) -> TilePlan:
    """Tiles over one axis, evenly spaced, the first and the last at its ends.

    Args:
        side: pixels of the photo, at least `length`.
        length: pixels of a tile.
        overlap: least part of a tile that its neighbour covers too, below 1/2.

    Raises:
        InputError: a tile that is longer than the photo, or an overlap out of range.

    Example:
        >>> plan = plan_tiles(10, 6, overlap=0.4)
        >>> plan.starts, plan.weights.round(2).tolist()
        ((0, 4), [[1.0, 1.0, 1.0, 1.0, 0.75, 0.25], [0.25, 0.75, 1.0, 1.0, 1.0, 1.0]])
    """
    if not 0 < length <= side:
        raise InputError("The tile does not fit into the photo", "Choose a smaller tile", side=side, length=length)
    if not 0 < overlap < 0.5:
        raise InputError("The overlap is out of range", "Choose more than 0 and less than 0.5", overlap=overlap)
    shared = min(max(1, round(overlap * length)), length - 1)
    count = ceil((side - shared) / (length - shared))
    starts = [round(start) for start in np.linspace(0, side - length, count)]
    margin = int(shared * _MARGIN)
    inside = np.minimum(np.arange(length), np.arange(length)[::-1])
    falling = np.clip((inside - margin + 0.5) / max(1, shared - 2 * margin), 0, 1)
    weights = np.repeat(falling[None], count, axis=0)
    # Beyond the photo's ends there is nothing that a neighbour could know better.
    weights[0, : length // 2] = weights[-1, length - length // 2 :] = 1
    total = np.zeros(side)
    for start, one in zip(starts, weights, strict=True):
        total[start : start + length] += one
    shares = [one / total[start : start + length] for start, one in zip(starts, weights, strict=True)]
    return TilePlan(tuple(starts), length, np.array(shares, np.float32))


def tile_count(size: tuple[int, int], tile: tuple[int, int]) -> int:
    """How many tiles a photo takes.

    Example:
        >>> tile_count((3000, 4000), (512, 512))
        88
    """
    rows, columns = (plan_tiles(max(side, length), length) for side, length in zip(size, tile, strict=True))
    return len(rows.starts) * len(columns.starts)


def look_in_tiles(
    segmenter: Segmenter,
    image: npt.NDArray,
    *,
    overlap: float = OVERLAP,
    progress: Callable[[int, int], None] | None = None,
) -> Masks:
    """What a segmenter says of a photo, tile by tile at the photo's own size; tiles are as large as its input.

    Args:
        segmenter: who is asked.
        image: (H, W, 3) uint8; or float in [0, 1], grey too; a photo smaller than a tile is reflected at its borders.
        overlap: as in `plan_tiles`.
        progress: called with the tiles done and in all.

    Raises:
        InputError: no picture, or what the network gives cannot be read.
    """
    # Eight bits become numbers tile by tile: as floats the whole photo would take four times the memory.
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        image = as_rgb(image)
    height, width = image.shape[:2]
    length, classes = segmenter.input_size, len(segmenter.classes)
    cell = max(1, ceil((height * width * classes * 4 / MOST_BYTES) ** 0.5))
    padded = _padded(image, length, cell)
    rows, columns = (plan_tiles(padded.shape[axis], length[axis], overlap=overlap) for axis in (0, 1))
    blended = np.zeros((padded.shape[0] // cell, padded.shape[1] // cell, classes), np.float32)
    names = segmenter.classes
    seconds: dict[str, float] = {}
    meaning = "logits"
    done, count = 0, len(rows.starts) * len(columns.starts)
    for top, y_weights in zip(rows.starts, rows.weights, strict=True):
        for left, x_weights in zip(columns.starts, columns.weights, strict=True):
            seen = segmenter.look(to_float(padded[top : top + length[0], left : left + length[1]]))
            if len(seen.names) > len(names):
                # A network that gives class numbers may name one that no tile before has shown.
                more = len(seen.names) - len(names)
                blended, names = np.pad(blended, ((0, 0), (0, 0), (0, more))), seen.names
            meaning = seen.meaning
            _add(blended, seen, (top, left), np.outer(y_weights, x_weights), cell)
            for part, length_of in seen.seconds.items():
                seconds[part] = seconds.get(part, 0.0) + length_of
            done += 1
            if progress:
                progress(done, count)
    covering = blended[: ceil(height / cell), : ceil(width / cell)]
    return masks_of(covering, size=(height, width), names=names, seconds=seconds, meaning=meaning)


def in_tiles(segmenter: Segmenter, *, progress: Callable[[int, int], None] | None = None) -> Segmenter:
    """The segmenter that sees photos in tiles; under a name of its own, and with the code for it.

    Args:
        segmenter: who is asked about each tile.
        progress: called with the tiles done and in all.
    """
    loaded = segmenter.code
    if "segmenter = " not in loaded:
        loaded = (
            "from cnn_core.segmentation.loading import load_segmenter\n\n"
            f"segmenter = load_segmenter({segmenter.name!r})\n"
        )
    loaded = loaded.replace("masks = segmenter.predict(image)\n", "")
    rows, columns = segmenter.input_size
    return replace(
        segmenter,
        name=f"{segmenter.name} in tiles",
        about=f"{segmenter.about} Here it is shown tiles of {columns} × {rows} pixels at the photo's own size.",
        code=f"{_IMPORT}{loaded}masks = look_in_tiles(segmenter, image)\n",
        look=lambda image: look_in_tiles(segmenter, image, progress=progress),
    )


def _padded(image: npt.NDArray, length: tuple[int, int], cell: int) -> npt.NDArray:
    """The photo, at least as large as a tile and of whole cells, reflected beyond its borders."""
    wanted = [
        max(ceil(side / cell), ceil(least / cell)) * cell for side, least in zip(image.shape, length, strict=False)
    ]
    more = [(0, wanted[axis] - image.shape[axis]) for axis in (0, 1)]
    return np.pad(image, (*more, (0, 0)), mode="symmetric") if any(after for _, after in more) else image


def _add(blended: npt.NDArray[np.float32], seen: Masks, corner: tuple[int, int], weights: Weights, cell: int) -> None:
    """Add a tile's answer, averaged over cells where several pixels share one."""
    before = [place % cell for place in corner]
    after = [-(place + side) % cell for place, side in zip(corner, weights.shape, strict=True)]
    top, left = (place // cell for place in corner)
    for label in range(len(seen.names)):
        plane = seen.probability(label) * weights
        if cell > 1:
            plane = np.pad(plane, tuple(zip(before, after, strict=True)))
            size = (plane.shape[1] // cell, plane.shape[0] // cell)
            plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
        blended[top : top + plane.shape[0], left : left + plane.shape[1], label] += plane
