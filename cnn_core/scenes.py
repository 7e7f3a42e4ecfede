"""Procedural scenes: coloured shapes with exact boxes, masks and labels, the same for the same seed.

Shapes lie over a background with clutter; light falls unevenly and the sensor is noisy. Ground truth is exact: a pixel
belongs to the topmost shape that its centre lies in (a ring's hole is background), and a box is the tight frame of the
pixels that can be seen. About two thousand scenes of 128 x 128 are drawn a second on one core (`benchmarks/scenes.py`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.geometry import Pair, as_pair
from cnn_core.scene_backdrop import background, colours, draw_clutter
from cnn_core.scene_layers import LEAST_VISIBLE, Layers, lay_down
from cnn_core.scene_shapes import CLASSES

__all__ = ["CLASSES", "LEAST_VISIBLE", "Scene", "scene", "scenes"]

SIDES = (32, 2048)
MOST_SHAPES = 64

_CANDIDATES = 6
_LAST_SEED = 2**32 - 1
# Quantiles z of the standard normal distribution as 128 + 42 z: a random byte picks one, which is several times as fast
# as drawing from the distribution.
_GRAIN_SCALE = 42.0
_GRAIN = np.array([128 + _GRAIN_SCALE * NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256)])
_GRAIN = np.rint(_GRAIN).astype(np.uint8)


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


def scene(
    seed: int,
    *,
    index: int = 0,
    size: Pair = (128, 128),
    shapes: Pair = (1, 6),
    clutter: float = 0.5,
    noise: float = 0.5,
    occlusion: float = 0.5,
    texture: float = 0.5,
    lighting: float = 0.5,
) -> Scene:
    """Draw one scene. The five difficulties go from 0, none, to 1; each scene draws its own amount up to that.

    Noise and lighting change the picture alone: the ground truth stays the same.

    Args:
        seed: 0 to 2^32 - 1.
        index: which scene of the seed.
        size: rows and columns, 32 to 2,048 each.
        shapes: least and greatest number of shapes, up to 64. A shape for which there is no room is left out.
        clutter: lines, arcs and specks behind the shapes, up to 14.
        noise: Gaussian noise, standard deviation up to 0.1 of full white.
        occlusion: the part of a shape that others and the border may hide: up to 65 %, the border alone up to
            35 %. At 0 every shape is seen whole.
        texture: probability of a pattern on the background, and on each shape.
        lighting: a gradient and a vignette, which multiply the picture by 0.34 to 1.26.

    Raises:
        InputError: an option outside its range.

    Example:
        >>> drawn = scene(7, size=(96, 96), shapes=(2, 2))
        >>> drawn.image.shape, drawn.boxes.shape, [CLASSES[label] for label in drawn.labels]
        ((96, 96, 3), (2, 4), ['star', 'circle'])
    """
    rows, columns = _checked_size(size)
    least, most = _checked_count(shapes)
    _check_difficulties(clutter=clutter, noise=noise, occlusion=occlusion, texture=texture, lighting=lighting)
    _check_seed(seed, "seed")
    _check_seed(index, "index")
    rng = np.random.default_rng((seed, index))

    canvas = background(rng, rows, columns, texture=texture)
    draw_clutter(rng, canvas, clutter=clutter)
    layers = Layers(
        planes=canvas.transpose(2, 0, 1).astype(np.float32, order="C"), instances=np.zeros((rows, columns), np.int64)
    )
    count = int(rng.integers(least, most + 1))
    palette = colours(rng, count * 2 * _CANDIDATES, saturation=1.0, value=(0.2, 1.0))
    for candidates in palette.reshape(count, _CANDIDATES, 2, 3):
        lay_down(rng, layers, candidates, occlusion=occlusion, texture=texture)
    return Scene(
        pixels=_photographed(rng, layers.planes, noise=noise, lighting=lighting),
        boxes=_boxes(layers),
        labels=np.array(layers.labels, np.int64),
        instances=layers.instances,
        visible=np.divide(layers.seen, layers.areas, dtype=np.float32),
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


def _photographed(
    rng: np.random.Generator, planes: npt.NDArray[np.float32], *, noise: float, lighting: float
) -> npt.NDArray[np.uint8]:
    """Light and noise; (3, H, W) to (H, W, 3) uint8."""
    rows, columns = planes.shape[1:]
    slope, dark, turn, deviation = rng.random(4).tolist()
    slope, dark, turn = 0.25 * lighting * slope, 0.1 * lighting * dark, 2 * math.pi * turn
    y, x = _from_minus_one_to_one(rows), _from_minus_one_to_one(columns)
    down = 1 - slope * 0.4 + slope * math.sin(turn) * y - dark * y * y
    across = slope * math.cos(turn) * x - dark * x * x
    planes *= down.astype(np.float32)[:, None] + across.astype(np.float32)
    image = cv2.merge(list(cv2.convertScaleAbs(planes.reshape(-1, columns)).reshape(planes.shape)))
    grain = cv2.LUT(np.frombuffer(rng.bytes(image.size), np.uint8).reshape(rows, -1), _GRAIN).reshape(image.shape)
    weight = 25.5 * noise * deviation / _GRAIN_SCALE
    return np.asarray(cv2.addWeighted(image, 1, grain, weight, -128 * weight), np.uint8)


def _from_minus_one_to_one(count: int) -> npt.NDArray[np.float64]:
    return (np.arange(count, dtype=np.float64) + 0.5) * (2 / count) - 1


def _boxes(layers: Layers) -> npt.NDArray[np.float32]:
    boxes = np.zeros((len(layers.labels), 4), np.float32)
    for number, (rows, columns) in enumerate(layers.patches):
        mask = layers.instances[rows, columns] == number + 1
        left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
        left, top = left + columns.start, top + rows.start
        boxes[number] = left, top, left + width, top + height
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
