"""Laying shapes over one another in a procedural scene: where there is room, in colours that stand out.

The mask of a shape is exact (a pixel belongs to it where its centre does); its picture is smooth along the edge.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cnn_core.scene_shapes import CLASSES, ENLARGED, PROPORTIONS, Shape, signed_distance, turned

# With occlusion 1, at least this share of every shape can be seen.
LEAST_VISIBLE = 0.35
# Less may be cut by the border, where nothing says what is hidden: half of a square is a triangle.
MOST_CUT = 0.35
# Diameter of a circle as a part of the picture's shorter side; other shapes are drawn as large to the eye.
SMALLEST, LARGEST = 0.12, 0.45
# In pixels, whatever the picture's size.
LEAST_DIAMETER = 8.0

_TRIES = 10
# Distance in RGB (0 to 255) from which a person sees an edge at once.
_CONTRAST = 80.0


@dataclass
class Layers:
    """A scene in the making; the lists have an entry for each shape laid down.

    Attributes:
        planes: (3, H, W) float32, 0 to 255: the picture so far.
        instances: (H, W) int64: 0 background, else 1 + index of the shape on top.
        labels: index into `CLASSES`.
        areas: pixels of the whole shape, those outside the picture included.
        seen: pixels neither covered nor outside the picture.
        patches: rows and columns that hold all of the shape's pixels.
    """

    planes: npt.NDArray[np.float32]
    instances: npt.NDArray[np.int64]
    labels: list[int] = field(default_factory=list)
    areas: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    patches: list[tuple[slice, slice]] = field(default_factory=list)


def lay_down(
    rng: np.random.Generator, layers: Layers, candidates: np.ndarray, *, occlusion: float, texture: float
) -> None:
    """Add one shape on top, in place; where there is no room for it, at the smallest size; else leave it out.

    Args:
        rng: where randomness comes from.
        layers: what has been laid down before.
        candidates: (K, 2, 3) pairs of colours, 0 to 255; the first pair that stands out is taken.
        occlusion: 0 to 1; `LEAST_VISIBLE` and `MOST_CUT` hold at 1, nothing is hidden at 0.
        texture: probability of a pattern in both colours.

    Example:
        >>> layers = Layers(np.zeros((3, 32, 32), np.float32), np.zeros((32, 32), np.int64))
        >>> lay_down(np.random.default_rng(0), layers, np.full((1, 2, 3), 255.0), occlusion=0.0, texture=0.0)
        >>> layers.seen == layers.areas == [np.count_nonzero(layers.instances)]
        True
    """
    side = min(layers.instances.shape)
    kind, size, turn, proportion, *offset = rng.random(6).tolist()
    label = int(kind * len(CLASSES))
    name = CLASSES[label]
    low, high = PROPORTIONS[name]
    for share in (SMALLEST * (LARGEST / SMALLEST) ** size, SMALLEST):
        radius = max(side * share, LEAST_DIAMETER) / 2 * ENLARGED[name]
        shape = Shape(name, radius, 2 * math.pi * turn, low + (high - low) * proportion)
        width = int(2 * radius) + 4
        steps = np.arange(width, dtype=np.float32)
        x, y = (steps - np.float32((width - part) / 2) for part in offset)
        distance = signed_distance(shape, x, y)
        place = _place(rng, distance < 0, layers, occlusion=occlusion)
        if place is not None:
            layers.labels.append(label)
            pattern = _pattern(rng, radius, x, y) if rng.random() < texture else None
            _paint(layers.planes, distance, pattern, candidates, place)
            return


def _place(
    rng: np.random.Generator, inside: npt.NDArray[np.bool_], layers: Layers, *, occlusion: float
) -> tuple[int, int] | None:
    """Find the top and left of a patch that hides no shape too much, itself included; enter it into the layers."""
    rows, columns = layers.instances.shape
    width = len(inside)
    area = int(np.count_nonzero(inside))
    most_hidden, most_cut = (1 - LEAST_VISIBLE) * occlusion, MOST_CUT * occlusion
    overhang = most_cut * width
    for y, x in rng.random((_TRIES, 2)).tolist():
        top = math.floor(y * (rows - width + 1 + 2 * overhang) - overhang)
        left = math.floor(x * (columns - width + 1 + 2 * overhang) - overhang)
        here = slice(max(top, 0), top + width), slice(max(left, 0), left + width)
        below = layers.instances[here]
        kept = _kept(inside, top, left, below.shape)
        own = int(np.count_nonzero(kept))
        if area - own > most_cut * area:
            continue
        seen = layers.seen
        if below.any():
            hidden = np.bincount(below[kept], minlength=len(seen) + 1).tolist()[1:]
            seen = [before - gone for before, gone in zip(seen, hidden, strict=True)]
            if any(
                whole - left_over > most_hidden * whole for whole, left_over in zip(layers.areas, seen, strict=True)
            ):
                continue
        below[kept] = len(seen) + 1
        layers.seen = [*seen, own]
        layers.areas.append(area)
        layers.patches.append(here)
        return top, left
    return None


def _kept(patch: np.ndarray, top: int, left: int, shape: tuple[int, ...]) -> np.ndarray:
    """The part of a patch that lies inside the picture."""
    down, right = max(-top, 0), max(-left, 0)
    return patch[down : down + shape[0], right : right + shape[1]]


def _paint(
    planes: npt.NDArray[np.float32],
    distance: npt.NDArray[np.float32],
    pattern: npt.NDArray[np.float32] | None,
    candidates: np.ndarray,
    place: tuple[int, int],
) -> None:
    """Blend the shape into the picture; a pixel that the edge crosses gets a part of the colour."""
    top, left = place
    patch = planes[:, max(top, 0) : top + len(distance), max(left, 0) : left + len(distance)]
    alpha = np.clip(np.float32(0.5) - _kept(distance, top, left, patch.shape[1:]), 0, 1)
    colour, second = _unlike(candidates, patch)[..., None, None]
    if pattern is None:
        patch += alpha * (colour - patch)
    else:
        paint = colour + _kept(pattern, top, left, patch.shape[1:]) * (second - colour)
        patch += alpha * (paint - patch)


def _unlike(candidates: np.ndarray, patch: npt.NDArray[np.float32]) -> np.ndarray:
    """The first of the candidate pairs (K, 2, 3) whose colours both stand out from what lies below, else the best."""
    below = patch[:, :: max(1, patch.shape[1] // 6), :: max(1, patch.shape[2] // 6)].reshape(3, -1)
    contrast = ((candidates[..., None] - below) ** 2).sum(axis=2).min(axis=(1, 2))
    enough = contrast > _CONTRAST**2
    return candidates[int(enough.argmax() if enough.any() else contrast.argmax())]


def _pattern(rng: np.random.Generator, radius: float, x: np.ndarray, y: np.ndarray) -> npt.NDArray[np.float32]:
    """Weight of the second colour, in [0, 1]: a gradient, stripes or dots, along axes of their own."""
    turn, kind, period = rng.random(3).tolist()
    along, across = turned(x, y, 2 * math.pi * turn)
    if kind < 1 / 3:
        return np.clip(along * np.float32(0.5 / radius) + np.float32(0.5), 0, 1)
    frequency = np.float32(2 * math.pi / max(4.0, radius * (0.35 + 0.3 * period)))
    wave = np.sin(frequency * along)
    if kind > 2 / 3:
        wave = 2 * wave * np.sin(frequency * across) - np.float32(0.6)
    return np.clip(wave * np.float32(3) + np.float32(0.5), 0, 1)
