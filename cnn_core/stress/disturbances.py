"""Ways to disturb a picture, each with a strength; 0 leaves it as it is.

A network is shown the photo at its own size, and is disturbed there: noise on a photo of a thousand pixels would be
averaged away before a network of 64 saw it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Pixels = npt.NDArray[np.uint8]

# Of a side: the squares that occlusion hides, one after the other.
_CELLS = 8


@dataclass(frozen=True)
class Disturbance:
    """One way.

    Attributes:
        title: for people.
        axis: what its strength is, with its unit.
        about: what is done, in one sentence.
        formula: LaTeX.
        low, high: the strengths that are tried.
        unit: behind a strength.
        scale: shown strength / strength.
    """

    title: str
    axis: str
    about: str
    formula: str
    low: float
    high: float
    unit: str
    scale: float = 1.0

    def shown(self, strength: float) -> str:
        """A strength in words.

        Example:
            >>> DISTURBANCES["occlusion"].shown(0.25), DISTURBANCES["rotation"].shown(-15.0)
            ('25 %', '-15°')
        """
        return f"{round(strength * self.scale, 1):g}{self.unit}"


DISTURBANCES: dict[str, Disturbance] = {
    "noise": Disturbance(
        "Noise",
        "deviation σ of the noise, in per cent of white",
        "Normal noise on every colour of every pixel, the same pattern at every strength, cut off at black and white.",
        r"x + \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, \sigma^2)",
        0.0,
        0.5,
        " %",
        100,
    ),
    "blur": Disturbance(
        "Blur",
        "deviation σ of the blur, in per cent of the longer side",
        "A Gaussian blur that continues the picture beyond its border by its mirror image.",
        r"x * g_\sigma",
        0.0,
        0.08,
        " %",
        100,
    ),
    "occlusion": Disturbance(
        "Occlusion",
        "hidden area, in per cent",
        "Squares of an eighth of a side take the picture's mean colour, in random order; what is hidden stays hidden.",
        r"x \odot m + \bar{x}\,(1 - m)",
        0.0,
        1.0,
        " %",
        100,
    ),
    "rotation": Disturbance(
        "Rotation",
        "angle, counter-clockwise",
        "Turned around its middle; the corners that open have the picture's mean colour.",
        r"x(R_{-\varphi}\, u)",
        -180.0,
        180.0,
        "°",
    ),
    "brightness": Disturbance(
        "Brightness",
        "added to every colour, in per cent of white",
        "The same number is added everywhere, cut off at black and white.",
        r"\min(1, \max(0, x + b))",
        -1.0,
        1.0,
        " %",
        100,
    ),
}


def strengths(kind: str, count: int) -> tuple[float, ...]:
    """Even steps over all strengths of a way; for those that go both ways an odd number of them, with 0 in the middle.

    Raises:
        InputError: no such way; fewer than 3.

    Example:
        >>> strengths("noise", 3), strengths("rotation", 4)
        ((0.0, 0.25, 0.5), (-180.0, -90.0, 0.0, 90.0, 180.0))
    """
    way = disturbance(kind)
    if count < 3:
        raise InputError("A curve has three points at least", "Choose 3 or more", count=count)
    number = count + 1 - count % 2 if way.low < 0 else count
    return tuple(float(value) for value in np.linspace(way.low, way.high, number))


def disturbance(kind: str) -> Disturbance:
    """The way of this name.

    Raises:
        InputError: there is none.
    """
    if kind not in DISTURBANCES:
        raise InputError("There is no such disturbance", f"Choose one of {', '.join(DISTURBANCES)}", kind=kind)
    return DISTURBANCES[kind]


def disturbed(picture: Pixels, kind: str, strength: float, *, seed: int = 0) -> Pixels:
    """A picture disturbed.

    Args:
        picture: (H, W, 3) uint8.
        kind: one of `DISTURBANCES`.
        strength: within its `low` and `high`.
        seed: of noise, and of the order of hidden squares.

    Returns:
        (H, W, 3) uint8; the same picture at strength 0.

    Raises:
        InputError: no such way, or a strength beyond it.

    Example:
        >>> disturbed(np.full((2, 2, 3), 100, np.uint8), "brightness", 0.2)[0, 0].tolist()
        [151, 151, 151]
    """
    way = disturbance(kind)
    if not way.low <= strength <= way.high:
        raise InputError(f"{way.title} does not go so far", f"Choose {way.low:g} to {way.high:g}", strength=strength)
    if not strength:
        return picture
    return _HOW[kind](picture, strength, seed)


def _noise(picture: Pixels, strength: float, seed: int) -> Pixels:
    normal = np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
    return _as_pixels(picture + 255 * strength * normal)


def _blur(picture: Pixels, strength: float, seed: int) -> Pixels:  # noqa: ARG001
    import cv2

    sigma = strength * max(picture.shape[:2])
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.uint8)


def _occlusion(picture: Pixels, strength: float, seed: int) -> Pixels:
    order = np.random.default_rng(seed).permutation(_CELLS * _CELLS)
    hidden = np.zeros(_CELLS * _CELLS, bool)
    hidden[order[: round(strength * len(order))]] = True
    rows, columns = (np.arange(length) * _CELLS // length for length in picture.shape[:2])
    mask = hidden.reshape(_CELLS, _CELLS)[np.ix_(rows, columns)]
    return np.where(mask[..., None], _mean(picture), picture)


def _rotation(picture: Pixels, strength: float, seed: int) -> Pixels:  # noqa: ARG001
    import cv2

    rows, columns = picture.shape[:2]
    turn = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), strength, 1.0)
    colour = tuple(int(value) for value in _mean(picture))
    turned = cv2.warpAffine(
        picture, turn, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=colour
    )
    return np.asarray(turned, np.uint8)


def _brightness(picture: Pixels, strength: float, seed: int) -> Pixels:  # noqa: ARG001
    return _as_pixels(picture + np.float32(255 * strength))


_HOW: dict[str, Callable[[Pixels, float, int], Pixels]] = {
    "noise": _noise,
    "blur": _blur,
    "occlusion": _occlusion,
    "rotation": _rotation,
    "brightness": _brightness,
}


def _mean(picture: Pixels) -> Pixels:
    return np.rint(picture.mean(axis=(0, 1))).astype(np.uint8)


def _as_pixels(values: npt.NDArray[np.float32]) -> Pixels:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
