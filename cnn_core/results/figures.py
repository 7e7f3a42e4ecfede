r"""Figures of a classifier: accuracy with its interval, the confusion matrix, and precision, recall and F1 by class.

With $TP$, $FP$ and $FN$ of a class, precision is $TP / (TP + FP)$, recall $TP / (TP + FN)$ and
$F_1 = 2 TP / (2 TP + FP + FN)$. A figure without pictures to compute it from is NaN and takes no part in a mean.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.confidence import Interval, wilson_interval
from cnn_core.errors import InputError
from cnn_core.results.predictions import Predictions
from cnn_core.segmentation_metrics import class_dice, confusion_matrix

TOP = 5
# A probability of 0 for the true class would make the loss of the whole set infinite; Keras cuts here too.
_LEAST = 1e-7


@dataclass(frozen=True)
class ClassFigures:
    """One class.

    Attributes:
        name: of the class.
        support: pictures that are of it.
        predicted: pictures that were said to be of it.
        precision, recall, f1: in [0, 1], or NaN.
    """

    name: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Figures:
    """All figures of one part.

    Attributes:
        count: pictures.
        accuracy: part of them that was right, with its 95 % interval (Wilson).
        balanced_accuracy: mean recall of the classes, what accuracy would be if all were equally frequent.
        macro_f1: mean F1 of the classes.
        top5: part of the pictures whose true class is among the five most probable; NaN where there are five or fewer.
        log_loss: mean negative logarithm of the true class's probability; lower is better.
        matrix: (C, C) int64 pictures, rows true, columns predicted.
        by_class: one entry a class.
    """

    count: int
    accuracy: Interval
    balanced_accuracy: float
    macro_f1: float
    top5: float
    log_loss: float
    matrix: npt.NDArray[np.int64]
    by_class: tuple[ClassFigures, ...]


def classification_figures(predictions: Predictions) -> Figures:
    """Compute all figures of the pictures.

    Args:
        predictions: of one part, at least one picture.

    Raises:
        InputError: no pictures.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> figures = classification_figures(make_predictions(classes=("cat", "dog"), files=("a", "b", "c"),
        ...     parts=("test",) * 3, truth=[0, 1, 1], probabilities=[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]))
        >>> figures.matrix.tolist(), figures.by_class[0].precision
        ([[1, 0], [1, 1]], 0.5)
    """
    count = len(predictions)
    if not count:
        raise InputError("There are no pictures to measure with", "Put some into a validation or test part")
    classes = len(predictions.classes)
    truth, predicted = predictions.truth, predictions.predicted
    matrix = confusion_matrix(truth, predicted, num_classes=classes)
    hits, support, named = np.diagonal(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    recall, precision, f1 = _ratio(hits, support), _ratio(hits, named), class_dice(matrix)
    true_probability = predictions.probabilities[np.arange(count), truth].astype(np.float64)
    columns = (support, named, precision, recall, f1)
    rows = zip(predictions.classes, *(column.tolist() for column in columns), strict=True)
    return Figures(
        count=count,
        accuracy=wilson_interval(int(hits.sum()), count),
        balanced_accuracy=float(np.nanmean(recall)),
        macro_f1=float(np.nanmean(f1)),
        top5=_top(predictions) if classes > TOP else float("nan"),
        log_loss=float(-np.log(np.clip(true_probability, _LEAST, 1)).mean()),
        matrix=matrix,
        by_class=tuple(ClassFigures(*row) for row in rows),
    )


def _top(predictions: Predictions) -> float:
    most = np.argsort(-predictions.probabilities, axis=1, kind="stable")[:, :TOP]
    return float((most == predictions.truth[:, None]).any(axis=1).mean())


def _ratio(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
