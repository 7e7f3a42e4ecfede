"""Pictures to start with: photos that come inside the scikit-image package, and pictures drawn here.

`sample(name)` gives (H, W, 3) uint8, 0 to 255, RGB, the same pixels every time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnn_core.errors import InputError
from cnn_core.images import open_photo

if TYPE_CHECKING:
    from cnn_core.scenes import Scene

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """One picture to choose from.

    Attributes:
        title: what the list calls it.
        credit: who made it, and the licence.
        file: its name in scikit-image's data folder; None where it is drawn here.
    """

    title: str
    credit: str
    file: str | None = None


_DRAWN = "Drawn by CNN Playground"

SAMPLES: dict[str, Sample] = {
    "cat": Sample("Cat", "Chelsea, by Stéfan van der Walt, CC0", "chelsea.png"),
    "astronaut": Sample("Astronaut", "Eileen Collins, NASA, public domain", "astronaut.png"),
    "coffee": Sample("Coffee cup", "Rachel Michetti, CC0", "coffee.png"),
    "rocket": Sample("Rocket", "SpaceX, public domain", "rocket.jpg"),
    "cameraman": Sample("Photographer", "Lav Varshney, CC0", "camera.png"),
    "coins": Sample("Coins", "Brooklyn Museum, no known restrictions", "coins.png"),
    "brick": Sample("Brick wall", "CC0Textures, CC0", "brick.png"),
    "gravel": Sample("Gravel", "CC0Textures, CC0", "gravel.png"),
    "retina": Sample("Retina", "Mikael Häggström, CC0", "retina.jpg"),
    "galaxies": Sample("Galaxies", "Hubble eXtreme Deep Field, NASA, public domain", "hubble_deep_field.jpg"),
    "checkerboard": Sample("Checkerboard", _DRAWN),
    "zone_plate": Sample("Zone plate", _DRAWN),
    "gradient": Sample("Gradient", _DRAWN),
    "digits": Sample("Digits", _DRAWN),
    "shapes": Sample("Shapes", _DRAWN),
    "cells": Sample("Blood cells", _DRAWN),
    "scene": Sample("Scene with ground truth", _DRAWN),
}

DEFAULT_SAMPLE = "cat"
CELLS = "cells"
# The sample of which there are many, each with its boxes and masks.
SCENE = "scene"
SCENES = 10_000

_SIDE = 384
# No starter is trained or measured on scenes of this seed.
_SCENE_SEED = 4


def sample(name: str) -> Pixels:
    """One of `SAMPLES` as pixels.

    Args:
        name: a key of `SAMPLES`.

    Returns:
        (H, W, 3) uint8, read-only.

    Raises:
        InputError: no sample of this name, or scikit-image's copy of it is missing.

    Example:
        >>> sample("checkerboard").shape
        (384, 384, 3)
    """
    if name not in SAMPLES:
        raise InputError("There is no sample of this name", f"Choose one of {', '.join(SAMPLES)}", name=name)
    return _pixels(name)


@lru_cache(maxsize=64)
def sample_scene(number: int) -> "Scene":
    """One of the procedural scenes that a page can show with what is in them, (384, 384, 3).

    Args:
        number: 0 to `SCENES` - 1.

    Raises:
        InputError: another number.

    Example:
        >>> sample_scene(0).pixels.shape, len(sample_scene(0).labels)
        ((384, 384, 3), 5)
    """
    from cnn_core.scenes import scene

    if not 0 <= number < SCENES:
        raise InputError("There is no scene of this number", f"Choose 0 to {SCENES - 1:,}", number=number)
    drawn = scene(_SCENE_SEED, index=number, size=(_SIDE, _SIDE), shapes=(3, 6))
    drawn.pixels.flags.writeable = False
    return drawn


@cache
def _pixels(name: str) -> Pixels:
    file = SAMPLES[name].file
    pixels = _DRAWINGS[name]() if file is None else open_photo(_scikit_image_data() / file, name=file).pixels
    pixels.flags.writeable = False
    return pixels


def _scikit_image_data() -> Path:
    # The folder is all that is needed: importing skimage.data would load SciPy too.
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "scikit-image is not installed, and the sample photos come with it", "pip install scikit-image"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _checkerboard() -> Pixels:
    """Squares of 48 pixels, black and white."""
    rows, columns = np.indices((_SIDE, _SIDE)) // 48
    return _grey((rows + columns) % 2 * 1.0)


def _zone_plate() -> Pixels:
    """Rings whose frequency grows with the radius, up to half a cycle per pixel at the middle of each side."""
    y, x = np.indices((_SIDE, _SIDE)) - (_SIDE - 1) / 2
    return _grey(0.5 + 0.5 * np.cos(np.pi * (x**2 + y**2) / _SIDE))


def _gradient() -> Pixels:
    """Red grows to the right, green downwards, blue to the left."""
    ramp = np.linspace(0, 1, _SIDE)
    x, y = np.broadcast_to(ramp, (_SIDE, _SIDE)), np.broadcast_to(ramp[:, None], (_SIDE, _SIDE))
    return np.rint(np.stack([x, y, 1 - x], axis=-1) * 255).astype(np.uint8)


# Five columns and seven rows a digit, one bit a cell, as on a dot-matrix display.
_DIGIT_ROWS = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    1: "00100 01100 00100 00100 00100 00100 01110",
    2: "01110 10001 00001 00110 01000 10000 11111",
    3: "11111 00010 00100 00010 00001 10001 01110",
    4: "00010 00110 01010 10010 11111 00010 00010",
    5: "11111 10000 11110 00001 00001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    7: "11111 00001 00010 00100 01000 01000 01000",
    8: "01110 10001 10001 01110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}


def _digits() -> Pixels:
    """The digits 0 to 9 in two rows of five, white on black, smoothed like a pen's stroke."""
    board = np.zeros((20, 32))
    for digit, rows in _DIGIT_ROWS.items():
        cells = np.array([[int(bit) for bit in row] for row in rows.split()])
        top, left = 2 + digit // 5 * 9, 2 + digit % 5 * 6
        board[top : top + 7, left : left + 5] = cells
    large = np.kron(board, np.ones((16, 16)))
    for axis in (0, 1):
        for shift in (3, 5):
            large = (np.roll(large, shift, axis) + large + np.roll(large, -shift, axis)) / 3
    return _grey(np.clip((large - 0.35) * 4, 0, 1))


def _shapes() -> Pixels:
    """A disc, a ring, a square, a triangle and bars, in colours that differ in brightness too; edges antialiased."""
    scale = 4
    y, x = np.indices((_SIDE * scale, _SIDE * scale), dtype=np.float32) / scale
    parts = [
        ((0.10, 0.45, 0.70), np.hypot(x - 100, y - 100) < 62),
        ((0.90, 0.60, 0.10), (abs(x - 280) < 58) & (abs(y - 100) < 58)),
        ((0.05, 0.60, 0.45), (y < 344) & (y > 226 + 1.8 * abs(x - 100))),
        ((0.80, 0.35, 0.10), abs(np.hypot(x - 280, y - 284) - 50) < 12),
        ((0.15, 0.17, 0.20), (abs(x - 280) < 26) & (abs(y - 284) < 22) & (x % 12 < 6)),
    ]
    canvas = np.full((*x.shape, 3), 0.96, np.float32)
    for colour, inside in parts:
        canvas[inside] = colour
    small = canvas.reshape(_SIDE, scale, _SIDE, scale, 3).mean(axis=(1, 3))
    return np.rint(small * 255).astype(np.uint8)


def _cells() -> Pixels:
    """A blood smear."""
    from cnn_core.blood_smear import blood_smear

    return blood_smear(seed=0).pixels


def _grey(values: NDArray[np.floating]) -> Pixels:
    return np.repeat(np.rint(values * 255).astype(np.uint8)[..., None], 3, axis=2)


_DRAWINGS: dict[str, Callable[[], Pixels]] = {
    "checkerboard": _checkerboard,
    "zone_plate": _zone_plate,
    "gradient": _gradient,
    "digits": _digits,
    "shapes": _shapes,
    CELLS: _cells,
    SCENE: lambda: sample_scene(0).pixels,
}
