"""Integrated gradients: the difference of two scores, shared out among the pixels.

On the straight way from a baseline $x'$ to the picture $x$ the gradient of the score says at each step which pixel
moved it; summed up, each number of the input has
$(x_i - x'_i) \\int_0^1 \\partial y^c(x' + t (x - x')) / \\partial x_i \\, dt$, and together they make
$y^c(x) - y^c(x')$: completeness. Source: Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.explain.in_parts import Floats, Progress, parts

STEPS = (1, 1024)
_FEWEST = 16


def integrated_gradients(
    slopes: Callable[[Floats], Floats],
    image: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike,
    steps: int = 64,
    progress: Progress | None = None,
) -> Floats:
    """What each number of a picture adds to the score of a class.

    Args:
        slopes: (N, H, W, channels) -> the gradient of the class's score at each picture, such as `class_slopes` gives.
        image: (H, W, channels) as the network takes it.
        baseline: the same shape; the picture that stands for nothing.
        steps: gradients on the way, taken in the middle of equal parts; more make the sum truer.
        progress: called with gradients done and in all.

    Returns:
        (H, W, channels) float32, signed, in units of the score.

    Raises:
        InputError: another shape of the baseline; steps beyond `STEPS`.

    Example:
        >>> square = lambda batch: 2 * batch
        >>> integrated_gradients(square, np.full((1, 1, 1), 3.0), baseline=np.ones((1, 1, 1)), steps=8).tolist()
        [[[8.0]]]
    """
    picture, nothing = np.asarray(image, np.float32), np.asarray(baseline, np.float32)
    if picture.shape != nothing.shape:
        raise InputError("The baseline is no picture of the same size", f"Give {picture.shape}", shape=nothing.shape)
    if not STEPS[0] <= steps <= STEPS[1]:
        raise InputError("There cannot be so many steps", f"Choose {STEPS[0]} to {STEPS[1]}", steps=steps)
    middles = (np.arange(steps) + 0.5) / steps
    total = _slopes_on_the_way(slopes, nothing, picture - nothing, middles, progress=progress)
    return ((picture - nothing) * total / steps).astype(np.float32)


def complete_gradients(
    slopes: Callable[[Floats], Floats],
    image: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike,
    difference: float,
    within: float = 0.01,
    most: int = 432,
    progress: Progress | None = None,
) -> tuple[Floats, int]:
    """Integrated gradients with as many steps as their sum needs; each try has three times the steps of the last.

    Args:
        slopes, image, baseline: as `integrated_gradients`.
        difference: of the scores of picture and baseline, what the sum should be.
        within: of the difference.
        most: steps, at which it ends however far the sum is.
        progress: called with gradients done and in all of each try.

    Returns:
        As `integrated_gradients`, and the steps.

    Example:
        >>> cube = lambda batch: 3 * batch**2
        >>> one, zero = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
        >>> shares, steps = complete_gradients(cube, one, baseline=zero, difference=1.0)
        >>> round(float(shares.sum()), 3), steps
        (0.999, 16)
    """
    picture, nothing = np.asarray(image, np.float32), np.asarray(baseline, np.float32)
    way, total, steps = picture - nothing, np.zeros(picture.shape), _FEWEST
    places = np.arange(steps)
    while True:
        total = total + _slopes_on_the_way(slopes, nothing, way, (places + 0.5) / steps, progress=progress)
        shares = way * total / steps
        if abs(shares.sum() - difference) <= within * abs(difference) or 3 * steps > most:
            return shares.astype(np.float32), steps
        # The middles of a third of the parts are known: each old part has its own middle.
        steps = 3 * steps
        places = np.setdiff1d(np.arange(steps), np.arange(1, steps, 3))


def _slopes_on_the_way(
    slopes: Callable[[Floats], Floats],
    nothing: Floats,
    way: Floats,
    places: npt.NDArray[np.float64],
    *,
    progress: Progress | None,
) -> npt.NDArray[np.float64]:
    """The sum of the gradients at these places, 0 at the baseline and 1 at the picture."""
    total = np.zeros(way.shape, np.float64)
    for part in parts(len(places), way.shape, progress=progress):
        at = places[part.start : part.stop].astype(np.float32).reshape(-1, 1, 1, 1)
        total += slopes(nothing + at * way).sum(axis=0, dtype=np.float64)
    return total
