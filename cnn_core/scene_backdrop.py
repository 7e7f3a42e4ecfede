"""What lies behind the shapes of a procedural scene: a background and clutter, as (H, W, 3) uint8, RGB.

Clutter is lines, arcs and specks that are none of the classes: thin, open, or smaller than any shape.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

# OpenCV takes coordinates as whole numbers of 1 / 2^SHIFT pixels.
SHIFT = 4
MOST_CLUTTER = 14


def colours(rng: np.random.Generator, count: int, *, saturation: float, value: tuple[float, float]) -> np.ndarray:
    """Random colours of any hue.

    Args:
        rng: where randomness comes from.
        count: how many.
        saturation: greatest saturation (HSV); the square root of a uniform number below it, so pale ones are rarer.
        value: least and greatest value (HSV).

    Returns:
        (count, 3) float32, 0 to 255.

    Source: HSV to RGB as in https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative.

    Example:
        >>> colours(np.random.default_rng(0), 5, saturation=0.0, value=(1, 1))[0].tolist()
        [255.0, 255.0, 255.0]
    """
    drawn = rng.random((3, count, 1), np.float32)
    lightness = value[0] + (value[1] - value[0]) * drawn[2]
    sector = (np.array([5, 3, 1], np.float32) + 6 * drawn[0]) % 6
    dip = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    return np.float32(255) * lightness * (1 - saturation * np.sqrt(drawn[1]) * dip)


def background(rng: np.random.Generator, rows: int, columns: int, *, texture: float) -> Pixels:
    """A plain colour, or with probability `texture` a gradient, smooth noise or stripes.

    Example:
        >>> background(np.random.default_rng(0), 4, 6, texture=0.0).std(axis=(0, 1)).tolist()
        [0.0, 0.0, 0.0]
    """
    base = colours(rng, 1, saturation=0.6, value=(0.12, 0.97))[0]
    canvas = np.empty((rows, columns, 3), np.uint8)
    cv2.rectangle(canvas, (0, 0), (columns, rows), base.tolist(), cv2.FILLED)
    if rng.random() >= texture:
        return canvas
    kind = rng.integers(3)
    if kind == 2:
        _stripes(rng, canvas, base)
        return canvas
    cells = 2 if kind == 0 else int(rng.integers(3, 9))
    grid = np.clip(base + rng.uniform(-48, 48, (cells, cells, 3)), 0, 255).astype(np.uint8)
    how = cv2.INTER_LINEAR if kind == 0 else cv2.INTER_CUBIC
    if kind == 0:
        # The outer half cell of an enlarged picture is flat: enlarge more and keep the middle.
        large = cv2.resize(grid, (2 * columns, 2 * rows), interpolation=how)
        return large[rows // 2 : rows // 2 + rows, columns // 2 : columns // 2 + columns]
    return np.asarray(cv2.resize(grid, (columns, rows), interpolation=how), np.uint8)


def _stripes(rng: np.random.Generator, canvas: Pixels, base: np.ndarray) -> None:
    rows, columns = canvas.shape[:2]
    colour = np.clip(base + rng.uniform(-40, 40, 3), 0, 255).tolist()
    reach = math.hypot(rows, columns) / 2
    period = min(rows, columns) * rng.uniform(0.06, 0.25)
    angle = rng.uniform(0, math.pi)
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    middle = np.array([columns / 2, rows / 2])
    for offset in np.arange(-reach + period * rng.random(), reach, period):
        start = middle + across * offset
        ends = np.rint(np.stack([start - along * reach, start + along * reach]) * 2**SHIFT).astype(int).tolist()
        cv2.line(canvas, ends[0], ends[1], colour, max(1, round(period * 0.45)), cv2.LINE_AA, SHIFT)


def draw_clutter(rng: np.random.Generator, canvas: Pixels, *, clutter: float) -> None:
    """Draw up to `MOST_CLUTTER` times `clutter` lines, arcs and specks into the picture, in place.

    Example:
        >>> canvas = np.zeros((32, 32, 3), np.uint8)
        >>> draw_clutter(np.random.default_rng(0), canvas, clutter=1.0)
        >>> bool(canvas.any())
        True
    """
    count = int(rng.random() * (MOST_CLUTTER * clutter + 1))
    rows, columns = canvas.shape[:2]
    side = min(rows, columns)
    if not count:
        return
    thickness = max(1, round(side / 128))
    drawn = colours(rng, count, saturation=0.8, value=(0.1, 1.0)).tolist()
    for colour, kind, x, y, length, angle, bend in zip(drawn, *rng.random((6, count)).tolist(), strict=True):
        centre = round(x * columns * 2**SHIFT), round(y * rows * 2**SHIFT)
        reach = side * (0.08 + 0.3 * length) * 2**SHIFT
        if kind < 0.4:
            turn = 2 * math.pi * angle
            end = round(centre[0] + reach * math.cos(turn)), round(centre[1] + reach * math.sin(turn))
            cv2.line(canvas, centre, end, colour, thickness, cv2.LINE_AA, SHIFT)
        elif kind < 0.7:
            axes = round(reach * 0.6), round(reach * (0.2 + 0.4 * bend))
            cv2.ellipse(canvas, centre, axes, 360 * angle, 0, 50 + 110 * bend, colour, thickness, cv2.LINE_AA, SHIFT)
        else:
            cv2.circle(canvas, centre, round(side * (0.004 + 0.01 * length) * 2**SHIFT), colour, -1, cv2.LINE_AA, SHIFT)
