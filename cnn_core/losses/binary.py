r"""The losses of one class against the rest in NumPy, each with its analytic gradient; float64, no Keras.

The truth $t$ is 0 or 1 (or between), the prediction $p$ a probability, $z$ its logit, $p = 1 / (1 + e^{-z})$. A loss of
pixels is averaged over them; one of masks is one number for all of them together. Logarithms see $p$ kept 1e-7 away
from 0 and 1, as in Keras. Sources: `entropy` and `overlap`, which these equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Numbers = npt.NDArray[np.float64]

PIXEL_LOSSES = {"cross_entropy": "Cross-entropy", "focal": "Focal"}
MASK_LOSSES = {"dice": "Dice", "jaccard": "Jaccard", "tversky": "Tversky"}
TITLES: Mapping[str, str] = PIXEL_LOSSES | MASK_LOSSES
EPSILON = 1e-7
_LEAST_ERROR = 1e-12
# Smallest and largest value of each option.
LIMITS = {
    "gamma": (0.0, 100.0),
    "alpha": (0.0, 1.0),
    "label_smoothing": (0.0, 1.0),
    "fp_weight": (0.0, 100.0),
    "fn_weight": (0.0, 100.0),
    "smooth": (EPSILON, 1e6),
}


@dataclass(frozen=True)
class LossOptions:
    """What the losses depend on beside truth and prediction.

    Attributes:
        gamma: of the focal loss; 0 is cross-entropy.
        alpha: of the focal loss: weight of the foreground, 1 - alpha of the background.
        label_smoothing: s of cross-entropy and focal loss: t becomes t (1 - s) + s / 2.
        fp_weight: Tversky's alpha, the weight of false positives.
        fn_weight: Tversky's beta, the weight of false negatives.
        smooth: of Dice, Jaccard and Tversky.

    Raises:
        InputError: one out of its range.

    Example:
        >>> LossOptions(gamma=-1)
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: gamma is out of its range. Choose a number from 0 to 100. Received: gamma=-1
    """

    gamma: float = 2.0
    alpha: float = 0.25
    label_smoothing: float = 0.0
    fp_weight: float = 0.3
    fn_weight: float = 0.7
    smooth: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = LIMITS[field.name]
            value = getattr(self, field.name)
            if not low <= value <= high:
                raise InputError(
                    f"{field.name} is out of its range",
                    f"Choose a number from {low:g} to {high:g}",
                    **{field.name: value},
                )


@dataclass(frozen=True, eq=False)
class LossValue:
    """A loss and what training would make of it.

    Attributes:
        value: one number.
        gradient: its derivative by each p, of the shape of p.
        logit_gradient: its derivative by each logit, which is what a network's last layer gets.
    """

    value: float
    gradient: Numbers
    logit_gradient: Numbers


DEFAULT = LossOptions()


def loss_of(name: str, truth: npt.ArrayLike, found: npt.ArrayLike, options: LossOptions = DEFAULT) -> LossValue:
    """A loss of whole pictures, with its gradient.

    Args:
        name: one of `TITLES`, or several with "+" between them.
        truth: any shape, in [0, 1].
        found: of the same shape, probabilities.
        options: see there.

    Raises:
        InputError: no such loss; shapes that differ; numbers outside [0, 1].

    Example:
        >>> found = loss_of("cross_entropy", [1, 0], [0.9, 0.2])
        >>> round(found.value, 4), found.logit_gradient.round(3).tolist()
        (0.1643, [-0.05, 0.1])
    """
    t, p = _checked(truth, found)
    parts = [part.strip() for part in name.split("+")]
    if not set(parts) <= set(TITLES):
        raise InputError("There is no such loss", f"Choose one of {', '.join(TITLES)}, or a sum of them", name=name)
    value, gradient = 0.0, np.zeros_like(p)
    for part in parts:
        if part in PIXEL_LOSSES:
            each, slope = pixel_loss(part, t, p, options)
            value += float(each.mean())
            gradient += slope / p.size
        else:
            similarity, slope = _OVERLAPS[part](t, p, options)
            value += 1 - similarity
            gradient -= slope
    # Where p is kept away from 0 and 1, so is the derivative of p by its logit: their product is exact.
    kept = np.clip(p, EPSILON, 1 - EPSILON)
    return LossValue(value, gradient, gradient * kept * (1 - kept))


def pixel_loss(
    name: str, truth: npt.ArrayLike, found: npt.ArrayLike, options: LossOptions = DEFAULT
) -> tuple[Numbers, Numbers]:
    """Cross-entropy or focal loss of each pixel by itself, and its derivative by p.

    Raises:
        InputError: as `loss_of`.

    Example:
        >>> [float(one.round(4)) for one in pixel_loss("focal", 1, 0.9)]
        [0.0003, -0.008]
    """
    t, p = _checked(truth, found)
    t = t * (1 - options.label_smoothing) + options.label_smoothing / 2
    p = np.clip(p, EPSILON, 1 - EPSILON)
    entropy = -t * np.log(p) - (1 - t) * np.log1p(-p)
    slope = (p - t) / (p * (1 - p))
    if name == "cross_entropy":
        return entropy, slope
    error = np.maximum(t * (1 - p) + (1 - t) * p, _LEAST_ERROR)
    weight = t * options.alpha + (1 - t) * (1 - options.alpha)
    factor = error**options.gamma
    factor_slope = options.gamma * error ** (options.gamma - 1) * (1 - 2 * t)
    return weight * factor * entropy, weight * (factor_slope * entropy + factor * slope)


def _dice(t: Numbers, p: Numbers, options: LossOptions) -> tuple[float, Numbers]:
    above, below = 2 * (t * p).sum() + options.smooth, t.sum() + p.sum() + options.smooth
    return float(above / below), (2 * t * below - above) / below**2


def _jaccard(t: Numbers, p: Numbers, options: LossOptions) -> tuple[float, Numbers]:
    hits = (t * p).sum()
    above, below = hits + options.smooth, t.sum() + p.sum() - hits + options.smooth
    return float(above / below), (t * below - above * (1 - t)) / below**2


def _tversky(t: Numbers, p: Numbers, options: LossOptions) -> tuple[float, Numbers]:
    hits = (t * p).sum()
    above = hits + options.smooth
    below = above + options.fp_weight * (p.sum() - hits) + options.fn_weight * (t.sum() - hits)
    slope = t + options.fp_weight * (1 - t) - options.fn_weight * t
    return float(above / below), (t * below - above * slope) / below**2


_OVERLAPS: Mapping[str, Callable[[Numbers, Numbers, LossOptions], tuple[float, Numbers]]] = {
    "dice": _dice,
    "jaccard": _jaccard,
    "tversky": _tversky,
}


def _checked(truth: npt.ArrayLike, found: npt.ArrayLike) -> tuple[Numbers, Numbers]:
    t, p = np.asarray(truth, np.float64), np.asarray(found, np.float64)
    if t.shape != p.shape and t.ndim and p.ndim:
        raise InputError("Truth and prediction differ in shape", "Give both alike", truth=t.shape, found=p.shape)
    for name, values in (("truth", t), ("found", p)):
        if not values.size or not (values >= 0).all() or not (values <= 1).all():
            raise InputError(
                "Truth and prediction are numbers from 0 to 1", f"Look at the numbers of {name}", shape=values.shape
            )
    t, p = np.broadcast_arrays(t, p)
    return t, p
