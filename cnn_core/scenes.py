"""Procedural scenes: coloured shapes with exact boxes, masks and labels, the same for the same seed.

Shapes lie over a background with clutter; light falls unevenly and the sensor is noisy. Ground truth is exact: a pixel
belongs to the topmost shape that its centre lies in (a ring's hole is background), and a box is the tight frame of the
pixels that can be seen. One 128 x 128 scene takes about half a millisecond on one core (`benchmarks/scenes.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.geometry import as_pair
from cnn_core.scene_backdrop import background, colours, draw_clutter
from cnn_core.scene_shapes import CLASSES, ENLARGED, PROPORTIONS, Shape, axes_of, signed_distance

__all__ = ["CLASSES", "LEAST_VISIBLE", "Scene", "scene", "scenes"]

# With occlusion 1, at least this share of every shape can be seen.
LEAST_VISIBLE = 0.35
SMALLEST, LARGEST = 0.12, 0.45
LEAST_DIAMETER = 8.0
SIDES = (32, 2048)
MOST_SHAPES = 64

_TRIES = 10
_CANDIDATES = 6
# Distance in RGB (0 to 255) from which a person sees an edge at once.
_CONTRAST = 80.0
_LAST_SEED = 2**32 - 1
# Standard normal quantiles: a random byte picks one, which is several times as fast as drawing from the distribution.
_QUANTILES = np.array([NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256)], np.float32)
_QUANTILES /= _QUANTILES.std()


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and what is in it. N shapes, in the order in which they were laid down.

    Attributes:
        pixels: (H, W, 3) uint8, RGB.
        boxes: (N, 4) float32 `x_min, y_min, x_max, y_max` in pixels, tight around the visible pixels; x_max is the last
            column + 1.
        labels: (N,) int64, index into `CLASSES`.
        instances: (H, W) int64: 0 background, else 1 + index of the shape on top.
        visible: (N,) float32 in (0, 1]: the part of the shape's pixels neither covered nor outside the picture.
    """

    pixels: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    instances: npt.NDArray[np.int64]
    visible: npt.NDArray[np.float32]

    @property
    def image(self) -> npt.NDArray[np.float32]:
        """(H, W, 3) float32 in [0, 1]."""
        return self.pixels * np.float32(1 / 255)

    @property
    def label_map(self) -> npt.NDArray[np.int64]:
        """(H, W) int64: 0 background, else 1 + the class of the shape on top."""
        return np.concatenate([[0], self.labels + 1])[self.instances]

    @property
    def masks(self) -> npt.NDArray[np.bool_]:
        """(N, H, W) bool: the visible pixels of each shape."""
        return self.instances == np.arange(1, len(self.labels) + 1)[:, None, None]


@dataclass
class _Layers:
    """A scene in the making. `areas` and `seen` count the pixels of each shape: all, and those still visible."""

    planes: npt.NDArray[np.float32]  # (3, H, W), 0 to 255
    instances: npt.NDArray[np.int64]
    areas: npt.NDArray[np.int64]
    seen: npt.NDArray[np.int64]
    labels: list[int]
    corners: list[tuple[slice, slice]]


def scene(
    seed: int,
    *,
    index: int = 0,
    size: Sequence[int] = (128, 128),
    shapes: Sequence[int] = (1, 6),
    clutter: float = 0.5,
    noise: float = 0.5,
    occlusion: float = 0.5,
    texture: float = 0.5,
    lighting: float = 0.5,
) -> Scene:
    """Draw one scene. The five difficulties go from 0, none, to 1; each scene draws its own amount up to that.

    Args:
        seed: 0 to 2^32 - 1.
        index: which scene of the seed.
        size: rows and columns, 32 to 2,048 each.
        shapes: least and greatest number of shapes, up to 64. A shape for which there is no room is left out.
        clutter: lines, arcs and specks behind the shapes, up to 14.
        noise: Gaussian noise, standard deviation up to 0.1 of full white.
        occlusion: how much of a shape others or the border may hide: up to 65 %. At 0 every shape is seen whole.
        texture: probability of a pattern on the background, and on each shape.
        lighting: a gradient and a vignette, which darken the picture to 40 % at most.

    Raises:
        InputError: an option outside its range.

    Example:
        >>> drawn = scene(7, size=(96, 96), shapes=(2, 2))
        >>> drawn.image.shape, drawn.boxes.shape, [CLASSES[label] for label in drawn.labels]
        ((96, 96, 3), (2, 4), ['square', 'star'])
    """
    rows, columns = _checked_size(size)
    least, most = _checked_count(shapes)
    _check_difficulties(clutter=clutter, noise=noise, occlusion=occlusion, texture=texture, lighting=lighting)
    _check_seed(seed, "seed")
    _check_seed(index, "index")
    rng = np.random.default_rng((seed, index))

    canvas = background(rng, rows, columns, texture=texture)
    draw_clutter(rng, canvas, clutter=clutter)
    layers = _Layers(
        planes=np.stack(cv2.split(canvas), dtype=np.float32),
        instances=np.zeros((rows, columns), np.int64),
        areas=np.zeros(0, np.int64),
        seen=np.zeros(0, np.int64),
        labels=[],
        corners=[],
    )
    for _ in range(rng.integers(least, most + 1)):
        _lay_down(rng, layers, occlusion=occlusion, texture=texture)
    return Scene(
        pixels=_photographed(rng, layers.planes, noise=noise, lighting=lighting),
        boxes=_boxes(layers),
        labels=np.array(layers.labels, np.int64),
        instances=layers.instances,
        visible=(layers.seen / layers.areas).astype(np.float32),
    )


def scenes(count: int, *, seed: int, **options: Any) -> Iterator[Scene]:
    """Draw scenes one after the other; scene i depends on the seed, i and the options only.

    Args:
        count: how many.
        seed: as for `scene`.
        options: as for `scene`.

    Raises:
        InputError: as `scene`, or a negative count.

    Example:
        >>> first, second = scenes(2, seed=3)
        >>> bool((second.pixels == scene(3, index=1).pixels).all())
        True
    """
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 0:
        raise InputError("The number of scenes is not a whole number from 0", "Ask for 0 or more", count=count)
    return (scene(seed, index=index, **options) for index in range(count))


def _lay_down(rng: np.random.Generator, layers: _Layers, *, occlusion: float, texture: float) -> None:
    """Add one shape on top: at its size or, where that finds no room, at the smallest; else leave it out."""
    side = min(layers.instances.shape)
    label = int(rng.random() * len(CLASSES))
    name = CLASSES[label]
    low, high = PROPORTIONS[name]
    angle, proportion = rng.random() * 2 * np.pi, low + (high - low) * rng.random()
    for share in (SMALLEST * (LARGEST / SMALLEST) ** rng.random(), SMALLEST):
        shape = Shape(name, max(side * share, LEAST_DIAMETER) / 2 * ENLARGED[name], angle, proportion)
        width = int(2 * shape.radius) + 4
        x, y = (np.arange(width, dtype=np.float32) - np.float32((width - rng.random()) / 2) for _ in range(2))
        distance = signed_distance(shape, x, y)
        place = _place(rng, distance < 0, layers, occlusion=occlusion)
        if place is not None:
            layers.labels.append(label)
            _paint(rng, layers.planes, shape, distance, (x, y), place=place, texture=texture)
            return


def _place(
    rng: np.random.Generator, inside: npt.NDArray[np.bool_], layers: _Layers, *, occlusion: float
) -> tuple[int, int] | None:
    """Find the top and left of a patch that hides no shape too much, itself included; enter it into the layers."""
    rows, columns = layers.instances.shape
    width = len(inside)
    area = np.count_nonzero(inside)
    floor = 1 - (1 - LEAST_VISIBLE) * occlusion
    overhang = 0.5 * occlusion * width
    for y, x in rng.random((_TRIES, 2)).tolist():
        top = int(np.floor(y * (rows - width + 1 + 2 * overhang) - overhang))
        left = int(np.floor(x * (columns - width + 1 + 2 * overhang) - overhang))
        here = slice(max(top, 0), top + width), slice(max(left, 0), left + width)
        below = layers.instances[here]
        kept = _kept(inside, top, left, below.shape)
        own = np.count_nonzero(kept)
        if own < floor * area:
            continue
        hidden = np.bincount(below[kept], minlength=len(layers.areas) + 1)[1:]
        if (layers.seen - hidden < floor * layers.areas).any():
            continue
        below[kept] = len(layers.areas) + 1
        layers.seen = np.append(layers.seen - hidden, own)
        layers.areas = np.append(layers.areas, area)
        layers.corners.append(here)
        return top, left
    return None


def _kept(patch: np.ndarray, top: int, left: int, shape: tuple[int, ...]) -> np.ndarray:
    """The part of a patch that lies inside the picture."""
    down, right = max(-top, 0), max(-left, 0)
    return patch[down : down + shape[0], right : right + shape[1]]


def _paint(
    rng: np.random.Generator,
    planes: npt.NDArray[np.float32],
    shape: Shape,
    distance: npt.NDArray[np.float32],
    grid: tuple[np.ndarray, np.ndarray],
    *,
    place: tuple[int, int],
    texture: float,
) -> None:
    """Blend the shape into the picture; a pixel that the edge crosses gets a part of the colour."""
    top, left = place
    patch = planes[:, max(top, 0) : top + len(distance), max(left, 0) : left + len(distance)]
    alpha = np.clip(np.float32(0.5) - _kept(distance, top, left, patch.shape[1:]), 0, 1)
    colour, second = _colours_unlike(rng, patch)
    paint = colour[:, None, None]
    if rng.random() < texture:
        weight = _kept(_pattern(rng, shape, *grid), top, left, patch.shape[1:])
        paint = paint + weight * (second - colour)[:, None, None]
    patch += alpha * (paint - patch)


def _colours_unlike(rng: np.random.Generator, patch: npt.NDArray[np.float32]) -> np.ndarray:
    """Two colours (2, 3) that stand out from what lies below: the first drawn that do, else the best of six pairs."""
    step = max(1, patch.shape[1] // 6), max(1, patch.shape[2] // 6)
    below = patch[:, :: step[0], :: step[1]].reshape(3, 1, -1)
    drawn = colours(rng, 2 * _CANDIDATES, saturation=1.0, value=(0.2, 1.0))
    contrast = ((drawn.T[:, :, None] - below) ** 2).sum(axis=0).min(axis=1).reshape(_CANDIDATES, 2).min(axis=1)
    enough = contrast > _CONTRAST**2
    return drawn.reshape(_CANDIDATES, 2, 3)[int(enough.argmax() if enough.any() else contrast.argmax())]


def _pattern(rng: np.random.Generator, shape: Shape, x: np.ndarray, y: np.ndarray) -> npt.NDArray[np.float32]:
    """Weight of the second colour, in [0, 1]: a gradient, stripes or dots, along axes of their own."""
    turned = Shape(shape.name, shape.radius, rng.random() * 2 * np.pi)
    along, across = axes_of(turned, x, y)
    kind = rng.integers(3)
    if kind == 0:
        return np.clip(along * np.float32(0.5 / shape.radius) + np.float32(0.5), 0, 1)
    frequency = np.float32(2 * np.pi / max(4.0, shape.radius * (0.35 + 0.3 * rng.random())))
    wave = np.sin(frequency * along)
    if kind == 2:
        wave = 2 * wave * np.sin(frequency * across) - np.float32(0.6)
    return np.clip(wave * np.float32(3) + np.float32(0.5), 0, 1)


def _photographed(
    rng: np.random.Generator, planes: npt.NDArray[np.float32], *, noise: float, lighting: float
) -> npt.NDArray[np.uint8]:
    """Light and noise; (3, H, W) to (H, W, 3) uint8."""
    rows, columns = planes.shape[1:]
    strength, angle, vignette = rng.random(3)
    y, x = np.linspace(-1, 1, rows, dtype=np.float32), np.linspace(-1, 1, columns, dtype=np.float32)
    slope = 0.3 * lighting * strength
    dark = 0.15 * lighting * vignette
    fall_y = np.float32(slope * np.sin(2 * np.pi * angle)) * y - np.float32(dark) * y * y
    fall_x = np.float32(slope * np.cos(2 * np.pi * angle)) * x - np.float32(dark) * x * x
    planes *= (np.float32(1 - slope * 0.4) + fall_y)[:, None] + fall_x
    image = cv2.merge(list(planes))
    deviation = np.float32(25.5 * noise * rng.random())
    grain = np.frombuffer(rng.bytes(image.size), np.uint8).reshape(rows, columns * 3)
    table = (_QUANTILES * deviation)[None]
    return np.asarray(cv2.add(image, cv2.LUT(grain, table).reshape(image.shape), dtype=cv2.CV_8U), np.uint8)


def _boxes(layers: _Layers) -> npt.NDArray[np.float32]:
    boxes = np.zeros((len(layers.labels), 4), np.float32)
    for number, (rows, columns) in enumerate(layers.corners):
        mask = layers.instances[rows, columns] == number + 1
        down, right = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = rows.start, columns.start
        boxes[number] = left + right[0], top + down[0], left + right[-1] + 1, top + down[-1] + 1
    return boxes


def _checked_size(size: Any) -> tuple[int, int]:
    rows, columns = as_pair(size, "size")
    if not all(SIDES[0] <= side <= SIDES[1] for side in (rows, columns)):
        raise InputError(f"A scene has {SIDES[0]} to {SIDES[1]} rows and columns", "Choose another size", size=size)
    return rows, columns


def _checked_count(shapes: Any) -> tuple[int, int]:
    least, most = as_pair(shapes, "number of shapes", minimum=0)
    if not least <= most <= MOST_SHAPES:
        raise InputError(
            "The least and greatest number of shapes are not in order",
            f"Give two numbers from 0 to {MOST_SHAPES}, the smaller first",
            shapes=shapes,
        )
    return least, most


def _check_difficulties(**difficulties: float) -> None:
    for name, value in difficulties.items():
        if not 0 <= value <= 1:
            raise InputError(f"The {name} is not between 0 and 1", "Choose 0 for none, 1 for most", **{name: value})


def _check_seed(value: Any, name: str) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value <= _LAST_SEED:
        raise InputError(f"The {name} is not a whole number from 0 to 2^32 - 1", "Choose another", **{name: value})
