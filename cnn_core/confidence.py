"""How sure a measured figure is: confidence intervals for accuracies, and for figures over pictures by resampling.

The bootstrap draws as many pictures as there are, with repetition, again and again, and computes the figure anew. It
says how much the figure depends on which pictures happened to be in the test set, not whether they are typical.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from cnn_core.average_precision import AREA_RANGES, MOST_DETECTIONS, THRESHOLDS
from cnn_core.box_matching import PooledMatches, Truth, pool_matches
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError
from cnn_core.precision_recall import COCO_RECALLS
from cnn_core.segmentation_metrics import mean_iou

Weights = npt.NDArray[np.int64]

FIGURES = {"ap": THRESHOLDS, "ap50": THRESHOLDS[:1], "ap75": THRESHOLDS[5:6]}


@dataclass(frozen=True)
class Interval:
    """A figure and the bounds between which it lies with the confidence `level`."""

    value: float
    low: float
    high: float
    level: float


def wilson_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    r"""Confidence interval of a proportion, such as an accuracy.

    With $z$ the normal quantile: $\frac{p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}$.

    Args:
        successes: right answers.
        trials: answers, at least 1.
        level: confidence in (0, 1).

    Raises:
        InputError: no trials, more successes than trials, or a level out of range.

    Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Example:
        >>> interval = wilson_interval(90, 100)
        >>> round(interval.low, 3), round(interval.high, 3)
        (0.826, 0.945)
    """
    _check_level(level)
    if not 0 <= successes <= trials or trials < 1:
        raise InputError(
            "A proportion needs trials, and no more successes than trials",
            "Give counts",
            successes=successes,
            trials=trials,
        )
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / trials
    spread = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    middle, scale = share + z**2 / (2 * trials), 1 + z**2 / trials
    # With no or only successes a bound is 0 or 1, which rounding would miss.
    low = float((middle - spread) / scale) if successes else 0.0
    high = float((middle + spread) / scale) if successes < trials else 1.0
    return Interval(share, low, high, level)


def bootstrap_interval(
    statistic: Callable[[Weights], float], count: int, *, seed: int, draws: int = 1000, level: float = 0.95
) -> Interval:
    """Percentile bootstrap over pictures.

    Args:
        statistic: computes the figure, given how often each picture counts, (count,) int64; NaN where there is none.
        count: number of pictures, at least 1.
        seed: the same seed gives the same interval.
        draws: how often the pictures are drawn again.
        level: confidence in (0, 1).

    Raises:
        InputError: no pictures or draws, or a level out of range.

    Source: Efron 1979, https://doi.org/10.1214/aos/1176344552.

    Example:
        >>> right = np.array([1, 1, 1, 0, 1, 1, 0, 1])
        >>> bootstrap_interval(lambda weights: weights @ right / 8, 8, seed=0, draws=200).value
        0.75
    """
    _check_level(level)
    if count < 1 or draws < 1:
        raise InputError("There is nothing to draw from", "Give pictures and draws", count=count, draws=draws)
    generator = np.random.default_rng(seed)
    chances = np.full(count, 1 / count)
    values = np.array([statistic(generator.multinomial(count, chances)) for _ in range(draws)])
    known = values[~np.isnan(values)]
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if known.size else (np.nan, np.nan)
    return Interval(float(statistic(np.ones(count, np.int64))), float(low), float(high), level)


def average_precision_interval(
    truths: Sequence[Truth],
    detections: Sequence[Boxes],
    *,
    num_classes: int,
    seed: int,
    figure: str = "ap50",
    draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Bootstrap interval of COCO's mean average precision; pictures are matched once and weighted in each draw.

    Args:
        truths, detections, num_classes: as in `coco_average_precision`.
        figure: "ap", "ap50" or "ap75".
        seed, draws, level: as in `bootstrap_interval`.

    Raises:
        InputError: an unknown figure; as in `coco_average_precision` and `bootstrap_interval`.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> interval = average_precision_interval([Truth(cat)] * 3, [cat] * 3, num_classes=1, seed=0, draws=20)
        >>> round(interval.value, 6), round(interval.low, 6)
        (1.0, 1.0)
    """
    if figure not in FIGURES:
        raise InputError("There is no such figure", f"Choose one of {', '.join(FIGURES)}", figure=figure)
    pooled = pool_matches(
        truths,
        detections,
        num_classes=num_classes,
        thresholds=FIGURES[figure],
        area_ranges=AREA_RANGES[:1],
        limit=MOST_DETECTIONS,
    )

    return precision_interval(pooled, seed=seed, draws=draws, level=level)


def precision_interval(
    pooled: Sequence[PooledMatches],
    *,
    seed: int,
    thresholds: Sequence[int] | None = None,
    draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Bootstrap interval of COCO's mean average precision for objects of all sizes, from matches that are known.

    Args:
        pooled: one entry a class, from `pool_matches` or `coco_matches`.
        thresholds: places of the IoU thresholds that the mean is taken over; None takes all.
        seed, draws, level: as in `bootstrap_interval`.

    Raises:
        InputError: as in `bootstrap_interval`.

    Example:
        >>> from cnn_core.average_precision import coco_matches
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> pooled = coco_matches([Truth(cat)] * 3, [cat] * 3, num_classes=1)
        >>> round(precision_interval(pooled, thresholds=[0], seed=0, draws=20).low, 6)
        1.0
    """
    chosen = range(pooled[0].hits.shape[1]) if pooled and thresholds is None else thresholds or ()
    curves = [[_curve(matches, place) for place in chosen] for matches in pooled]

    def mean_precision(weights: Weights) -> float:
        values = [curve.precision(weights) for by_threshold in curves for curve in by_threshold]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else float("nan")

    pictures = len(pooled[0].positives) if pooled else 0
    return bootstrap_interval(mean_precision, pictures, seed=seed, draws=draws, level=level)


@dataclass(frozen=True, eq=False)
class _Curve:
    """One class at one IoU threshold, with what its average precision depends on and nothing else.

    Precision is largest behind a hit, and a recall is first reached by one: no other place has to be looked at.

    Attributes:
        pictures: (D,) of the detections that count, best first.
        hits: (H,) places in them.
        positives: (pictures,) true boxes that count.
    """

    pictures: npt.NDArray[np.int64]
    hits: npt.NDArray[np.int64]
    positives: npt.NDArray[np.int64]

    def precision(self, weights: Weights) -> float | None:
        """COCO's average precision, each picture counted so often; None where no true box counts."""
        positives = weights @ self.positives
        if not positives:
            return None
        each = weights[self.pictures]
        found, every = np.cumsum(each[self.hits]), np.cumsum(each)[self.hits]
        # As `precision_at_recalls` does it.
        best = np.maximum.accumulate((found / (every + np.spacing(1)))[::-1])[::-1]
        return float(np.append(best, 0.0)[np.searchsorted(found / positives, COCO_RECALLS)].mean())


def _curve(matches: PooledMatches, place: int) -> _Curve:
    hits = matches.hits[0, place]
    counts = hits | matches.misses[0, place]
    return _Curve(matches.pictures[counts], np.flatnonzero(hits[counts]), matches.positives[:, 0])


def mean_iou_interval(matrices: npt.ArrayLike, *, seed: int, draws: int = 1000, level: float = 0.95) -> Interval:
    """Bootstrap interval of the mean IoU over pictures.

    Args:
        matrices: (pictures, K, K), one confusion matrix a picture.
        seed, draws, level: as in `bootstrap_interval`.

    Raises:
        InputError: another shape; as in `bootstrap_interval`.

    Example:
        >>> mean_iou_interval([[[3, 1], [0, 4]], [[4, 0], [0, 4]]], seed=0, draws=50).low
        0.775
    """
    stack = np.asarray(matrices, np.int64)
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2]:
        raise InputError(
            "Give one confusion matrix for each picture", "The shape is (pictures, K, K)", shape=stack.shape
        )
    flat = stack.reshape(len(stack), -1)
    return bootstrap_interval(
        lambda weights: mean_iou((weights @ flat).reshape(stack.shape[1:])),
        len(stack),
        seed=seed,
        draws=draws,
        level=level,
    )


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError("The confidence lies between 0 and 1", "Choose 0.95, for example", level=level)
