r"""Whether a network that says 80 % is right in 80 of 100 cases.

Answers are sorted into bins of equal width by their confidence, the probability of the predicted class. The expected
calibration error is the mean gap between confidence and accuracy, $\sum_b \frac{n_b}{n} |acc_b - conf_b|$.

Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.confidence import Interval, wilson_interval
from cnn_core.errors import InputError
from cnn_core.results.predictions import Predictions

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The answers whose confidence lies in (low, high].

    Attributes:
        low, high: bounds of the confidence.
        count: answers.
        confidence: their mean confidence; NaN without answers.
        accuracy: part of them that was right, with its 95 % interval; None without answers.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: Interval | None


@dataclass(frozen=True)
class Calibration:
    """Reliability of the confidences.

    Attributes:
        bins: from the lowest confidence to the highest.
        error: expected calibration error (ECE) in [0, 1].
        largest_gap: largest gap of a bin (MCE) in [0, 1].
        surplus: mean confidence minus accuracy; above 0 the network is too sure.
        brier: mean squared distance of the probabilities to the truth, over all classes, in [0, 2].
    """

    bins: tuple[Bin, ...]
    error: float
    largest_gap: float
    surplus: float
    brier: float


def calibration(predictions: Predictions, *, bins: int = BINS) -> Calibration:
    """Compare confidences with how often they were right.

    Args:
        predictions: of one part, at least one picture.
        bins: of equal width over [0, 1], 1 to 100.

    Raises:
        InputError: no pictures, or no bins.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> answers = make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
        ...     truth=[0, 1], probabilities=[[0.75, 0.25], [0.75, 0.25]])
        >>> calibration(answers).error, calibration(answers).bins[7].count
        (0.25, 2)
    """
    count = len(predictions)
    if not count:
        raise InputError("There are no pictures to measure with", "Put some into a validation or test part")
    if not 1 <= bins <= 100:
        raise InputError("The confidences cannot be sorted into so many bins", "Choose 1 to 100", bins=bins)
    confidence = predictions.confidence.astype(np.float64)
    right = predictions.truth == predictions.predicted
    edges = np.linspace(0, 1, bins + 1)
    # Open below and closed above, as in the paper; float32 may lie a little beyond 1.
    places = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    rows, gaps, shares = [], [], []
    for k in range(bins):
        inside = places == k
        number = int(inside.sum())
        if not number:
            rows.append(Bin(float(edges[k]), float(edges[k + 1]), 0, float("nan"), None))
            continue
        accuracy = wilson_interval(int(right[inside].sum()), number)
        mean = float(confidence[inside].mean())
        rows.append(Bin(float(edges[k]), float(edges[k + 1]), number, mean, accuracy))
        gaps.append(abs(accuracy.value - mean))
        shares.append(number / count)
    truth = np.eye(len(predictions.classes))[predictions.truth]
    return Calibration(
        bins=tuple(rows),
        error=float(np.dot(gaps, shares)),
        largest_gap=max(gaps),
        surplus=float(confidence.mean() - right.mean()),
        brier=float(((predictions.probabilities - truth) ** 2).sum(axis=1).mean()),
    )
