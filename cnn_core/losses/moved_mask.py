"""A true mask, and a prediction that is the same mask moved, grown, blurred and less sure of itself.

Masks are (64, 64). A true mask is 0 or 1, a prediction a probability.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.losses.binary import DEFAULT, LossOptions, loss_of
from cnn_core.scenes import scene

Numbers = npt.NDArray[np.float64]

SIDE = 64
MASKS = {"disc": "Disc", "small": "Small disc", "ring": "Ring", "star": "Star", "scene": "Shapes of a drawn scene"}
_MIDDLE = (SIDE - 1) / 2
_SCENE = 11


@dataclass(frozen=True)
class Change:
    """What the prediction makes of the true mask.

    Attributes:
        across: pixels to the right, whole.
        down: pixels down, whole.
        grow: pixels that its outline is moved outwards by; below 0 inwards.
        blur: width of the soft edge in pixels; 0 is hard.
        sure: probability that it gives to what it holds for the mask, and to the rest being none; 0.5 to 1.

    Raises:
        InputError: one out of its range.
    """

    across: int = 0
    down: int = 0
    grow: float = 0.0
    blur: float = 0.0
    sure: float = 0.95

    def __post_init__(self) -> None:
        limits = {"across": (-SIDE, SIDE), "down": (-SIDE, SIDE), "grow": (-SIDE, SIDE), "blur": (0, SIDE)}
        for name, (low, high) in {**limits, "sure": (0.5, 1)}.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(
                    f"{name} is out of its range", f"Choose a number from {low} to {high}", **{name: value}
                )


def true_mask(name: str) -> Numbers:
    """(64, 64) of 0 and 1.

    Raises:
        InputError: no such mask.

    Example:
        >>> int(true_mask("disc").sum())
        812
    """
    down, across = np.mgrid[:SIDE, :SIDE] - _MIDDLE
    radius, angle = np.hypot(down, across), np.arctan2(down, across)
    if name == "disc":
        inside = radius < 16
    elif name == "small":
        inside = radius < 4
    elif name == "ring":
        inside = (radius < 22) & (radius > 16)
    elif name == "star":
        inside = radius < 16 + 7 * np.cos(5 * (angle + np.pi / 2))
    elif name == "scene":
        inside = scene(_SCENE, size=SIDE).label_map > 0
    else:
        raise InputError("There is no such mask", f"Choose one of {', '.join(MASKS)}", name=name)
    return inside.astype(np.float64)


def predicted_mask(truth: npt.ArrayLike, change: Change) -> Numbers:
    """Probabilities (64, 64) of the changed mask.

    Args:
        truth: (64, 64) of 0 and 1.
        change: what is done to it.

    Example:
        >>> truth = true_mask("ring")
        >>> bool((predicted_mask(truth, Change(sure=1.0)) == truth).all())
        True
    """
    return _changed(_outside_by(np.asarray(truth, np.float64)), change)


def losses_along_shift(
    truth: npt.ArrayLike, change: Change, names: tuple[str, ...], options: LossOptions = DEFAULT, *, reach: int = 32
) -> tuple[list[int], dict[str, list[float]]]:
    """Each loss where the prediction is moved sideways, the rest of the change staying: pixels, and values by name.

    Example:
        >>> pixels, values = losses_along_shift(true_mask("disc"), Change(), ("dice",), reach=2)
        >>> pixels, values["dice"][2] == min(values["dice"])
        ([-2, -1, 0, 1, 2], True)
    """
    t = np.asarray(truth, np.float64)
    outside = _outside_by(t)
    pixels = list(range(-reach, reach + 1))
    masks = [_changed(outside, replace(change, across=across)) for across in pixels]
    return pixels, {name: [loss_of(name, t, mask, options).value for mask in masks] for name in names}


def _outside_by(truth: Numbers) -> Numbers:
    """Pixels that each place lies outside the mask's outline, negative inside, with room around to move it."""
    mask = np.pad(truth, SIDE).astype(np.uint8)
    # The outline runs half a pixel away from the nearest pixel of the other kind.
    out, into = (cv2.distanceTransform(kind, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for kind in (1 - mask, mask))
    return np.where(mask > 0, 0.5 - into, out - 0.5).astype(np.float64)


def _changed(outside: Numbers, change: Change) -> Numbers:
    top, left = SIDE - change.down, SIDE - change.across
    distance = outside[top : top + SIDE, left : left + SIDE] - change.grow
    inside = (distance < 0).astype(np.float64)
    held = 0.5 * (1 - np.tanh(2 * distance / change.blur)) if change.blur else inside
    return (1 - change.sure) + (2 * change.sure - 1) * held
