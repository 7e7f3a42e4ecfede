"""A drawn blood smear: red cells with paler centres, a white cell with a lobed nucleus, platelets, and their boxes.

Sizes and colours are those of photos with Wright's stain at a magnification of 100, such as the BCCD data set's
(https://github.com/Shenggan/BCCD_Dataset), which the starter detector of cells has learned from. It is a drawing: what
is found in it says nothing about blood.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes

# In the order of the starter detector of cells.
CLASSES = ("WBC", "RBC", "Platelets")
SIZE = (480, 640)

_GROUND = (226.0, 219.0, 222.0)
_RED, _CYTOPLASM, _NUCLEUS, _PLATELET = (
    (206.0, 150.0, 149.0),
    (190.0, 165.0, 200.0),
    (110.0, 60.0, 148.0),
    (150, 98, 178),
)
_TRIES = 200
# How near two cells may come: centres at this part of the sum of their radii.
_NEAR = 0.92

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Smear:
    """A drawing: (480, 640, 3) uint8 RGB, and the boxes of its cells by `CLASSES`."""

    pixels: npt.NDArray[np.uint8]
    boxes: Boxes


@dataclass(frozen=True)
class _Cell:
    label: int
    centre: tuple[float, float]
    radius: float


def blood_smear(*, seed: int, red_cells: int = 14) -> Smear:
    """Draw a smear; where no room is left there are fewer cells.

    Args:
        seed: the same drawing for the same seed.
        red_cells: at most.

    Example:
        >>> smear = blood_smear(seed=0)
        >>> smear.pixels.shape, smear.boxes.names[smear.boxes.labels[0]]
        ((480, 640, 3), 'WBC')
    """
    random = np.random.default_rng(seed)
    cloud = cv2.resize(random.normal(0, 4, (4, 5)), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    canvas = np.array(_GROUND) + cloud[..., None]
    cells = _placed(random, red_cells)
    draw: tuple[Callable[..., None], ...] = (_draw_white, _draw_red, _draw_platelet)
    for cell in cells:
        draw[cell.label](canvas, cell, random)
    # The lens and the sensor.
    photo = cv2.GaussianBlur(canvas, (0, 0), 1.0) + random.normal(0, 2.5, canvas.shape)
    sides = np.array([SIZE[1], SIZE[0]] * 2)
    corners = [[x - r, y - r, x + r, y + r] for (x, y), r in ((cell.centre, cell.radius) for cell in cells)]
    boxes = Boxes(np.clip(np.array(corners), 0, sides), [cell.label for cell in cells], None, CLASSES)
    return Smear(np.clip(np.rint(photo), 0, 255).astype(np.uint8), boxes)


def _placed(random: np.random.Generator, red_cells: int) -> list[_Cell]:
    """The white cell first; each where it touches none before it by much."""
    cells: list[_Cell] = []
    for label, low, high in [(0, 72, 84), *[(1, 47, 56)] * red_cells, *[(2, 22, 27)] * 2]:
        radius = float(random.uniform(low, high))
        inside = np.array([radius, radius]) * (1.0 if label == 0 else 0.7)
        for _ in range(_TRIES):
            x, y = random.uniform(inside, np.array(SIZE[::-1]) - inside).tolist()
            if all(
                np.hypot(x - other.centre[0], y - other.centre[1]) > _NEAR * (radius + other.radius) for other in cells
            ):
                cells.append(_Cell(label, (x, y), radius))
                break
    return cells


def _draw_red(canvas: Numbers, cell: _Cell, random: np.random.Generator) -> None:
    """A disc, somewhat oval, darker at its rim, paler where it is thin: in the middle."""
    window, x, y = _window(cell)
    turn, oval = random.uniform(0, np.pi), random.uniform(0.94, 1.06)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    far = np.hypot(along * oval, across / oval)
    tone = np.array(_RED) + random.normal(0, 5, 3)
    pale = (np.exp(-((far / 0.45) ** 2)) * random.uniform(0.45, 0.75))[..., None]
    rim = 12 * np.exp(-(((far - 0.85) / 0.15) ** 2))[..., None]
    _lay(canvas, window, tone * (1 - pale) + np.array(_GROUND) * pale - rim, 0.88 * _inside(far, cell.radius))


def _draw_white(canvas: Numbers, cell: _Cell, random: np.random.Generator) -> None:
    """A pale body with a dark nucleus of some lobes."""
    window, x, y = _window(cell)
    wave = 1 + 0.04 * np.sin(3 * np.arctan2(y, x) + random.uniform(0, 2 * np.pi))
    _lay(canvas, window, np.array(_CYTOPLASM), 0.85 * _inside(np.hypot(x, y) / wave, cell.radius))
    first, nucleus = random.uniform(0, 2 * np.pi), np.zeros(x.shape)
    for turn in first + np.array([0.0, 1.5, 3.0]):
        size = random.uniform(0.38, 0.48)
        far = np.hypot(x - 0.34 * np.cos(turn), y - 0.34 * np.sin(turn)) / size
        nucleus = np.maximum(nucleus, _inside(far, cell.radius * size))
    grain = cv2.GaussianBlur(random.normal(0, 60, x.shape), (0, 0), 5)
    _lay(canvas, window, np.array(_NUCLEUS) + grain[..., None], 0.92 * nucleus)


def _draw_platelet(canvas: Numbers, cell: _Cell, random: np.random.Generator) -> None:
    """A small grain, without a clear edge."""
    window, x, y = _window(cell)
    _lay(canvas, window, np.array(_PLATELET) + random.normal(0, 5, 3), 0.85 * _inside(np.hypot(x, y) / 0.8, 12))


def _window(cell: _Cell) -> tuple[tuple[slice, slice], Numbers, Numbers]:
    """The part of the canvas around a cell, and x and y of its pixels from the centre, in radii."""
    reach = int(cell.radius * 1.3)
    rows, columns = (
        slice(max(0, int(middle) - reach), min(side, int(middle) + reach))
        for middle, side in zip(cell.centre[::-1], SIZE, strict=True)
    )
    y, x = np.mgrid[rows, columns] + 0.5
    return (rows, columns), (x - cell.centre[0]) / cell.radius, (y - cell.centre[1]) / cell.radius


def _inside(far: Numbers, sharpness: float) -> Numbers:
    """From 1 inside to 0 outside of distance 1, the steeper the larger the cell is."""
    return 1 / (1 + np.exp(np.clip((far - 1) * sharpness / 1.5, -50, 50)))


def _lay(canvas: Numbers, window: tuple[slice, slice], colour: Numbers, opacity: Numbers) -> None:
    share = opacity[..., None]
    canvas[window] = canvas[window] * (1 - share) + colour * share
