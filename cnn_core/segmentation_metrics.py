r"""How well label maps agree with the true ones, from one confusion matrix for any number of pictures.

A label map is (H, W) whole numbers. A confusion matrix is (K, K) int64 pixels: rows are true classes, columns predicted
ones; matrices of several pictures add up. With $TP$, $FP$ and $FN$ of a class, $IoU = TP / (TP + FP + FN)$ and
$Dice = 2 TP / (2 TP + FP + FN)$. A class that neither occurs nor is predicted has no value (NaN) and takes no part in a
mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

Matrix = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassOverlap:
    """One class: IoU and Dice, the parts found of it and right about it, and its true pixels."""

    name: str
    iou: float
    dice: float
    recall: float
    precision: float
    pixels: int


@dataclass(frozen=True)
class SegmentationFigures:
    """All figures of one confusion matrix, in [0, 1] or NaN."""

    mean_iou: float
    mean_dice: float
    pixel_accuracy: float
    by_class: tuple[ClassOverlap, ...]


def confusion_matrix(
    truth: npt.ArrayLike, prediction: npt.ArrayLike, *, num_classes: int, ignore: int | None = None
) -> Matrix:
    """Count the pixels of each true class that were given each class.

    Args:
        truth: label map, or any array of labels from 0 to `num_classes` - 1.
        prediction: labels of the same shape.
        num_classes: K.
        ignore: pixels with this true label are left out, 255 in Pascal VOC; None counts all.

    Returns:
        (K, K) int64, rows true, columns predicted.

    Raises:
        InputError: shapes that differ, values that are not whole numbers, or a label out of range.

    Source: `keras.metrics.MeanIoU`, whose matrix it equals.

    Example:
        >>> confusion_matrix([[0, 0], [1, 255]], [[0, 1], [1, 1]], num_classes=2, ignore=255).tolist()
        [[1, 1], [0, 1]]
    """
    true, predicted = (_labels(values, name) for values, name in ((truth, "truth"), (prediction, "prediction")))
    if true.shape != predicted.shape:
        raise InputError(
            "The label maps differ in size",
            "Resize one of them, with nearest neighbours",
            truth=true.shape,
            prediction=predicted.shape,
        )
    if ignore is not None:
        counted = true != ignore
        true, predicted = true[counted], predicted[counted]
    for values, name in ((true, "truth"), (predicted, "prediction")):
        if values.size and not 0 <= values.min() <= values.max() < num_classes:
            raise InputError(
                f"The {name} holds a label outside 0 to {num_classes - 1}",
                "Give the number of classes, or the label to ignore",
                lowest=int(values.min()),
                highest=int(values.max()),
            )
    places = true.astype(np.int64).ravel() * num_classes + predicted.ravel()
    return np.bincount(places, minlength=num_classes**2).reshape(num_classes, num_classes)


def class_iou(matrix: npt.ArrayLike) -> Numbers:
    """(K,) IoU of each class; NaN where it neither occurs nor is predicted.

    Example:
        >>> class_iou([[3, 1], [0, 4]]).tolist()
        [0.75, 0.8]
    """
    hits, true, predicted = _counts(matrix)
    return _ratio(hits, true + predicted - hits)


def class_dice(matrix: npt.ArrayLike) -> Numbers:
    """(K,) Dice coefficient (F1) of each class; NaN where it neither occurs nor is predicted.

    Example:
        >>> class_dice([[3, 1], [0, 4]]).round(3).tolist()
        [0.857, 0.889]
    """
    hits, true, predicted = _counts(matrix)
    return _ratio(2 * hits, true + predicted)


def mean_iou(matrix: npt.ArrayLike) -> float:
    """Mean IoU over the classes that occur or are predicted; NaN without pixels.

    Source: `keras.metrics.MeanIoU`, which it equals.

    Example:
        >>> mean_iou([[3, 1], [0, 4]])
        0.775
    """
    return _mean(class_iou(matrix))


def pixel_accuracy(matrix: npt.ArrayLike) -> float:
    """Part of the pixels that have their true class; NaN without pixels.

    Example:
        >>> pixel_accuracy([[3, 1], [0, 4]])
        0.875
    """
    values = np.asarray(matrix, np.float64)
    return float(_ratio(np.trace(values), values.sum()))


def segmentation_figures(matrix: npt.ArrayLike, *, names: Sequence[str]) -> SegmentationFigures:
    """All figures of one confusion matrix.

    Raises:
        InputError: not one name for each class.

    Example:
        >>> segmentation_figures([[3, 1], [0, 4]], names=("ground", "cat")).by_class[1].precision
        0.8
    """
    hits, true, predicted = _counts(matrix)
    if len(names) != len(hits):
        raise InputError("Each class needs a name", f"Give {len(hits)} names", names=len(names))
    columns = (class_iou(matrix), class_dice(matrix), _ratio(hits, true), _ratio(hits, predicted))
    rows = zip(*(column.tolist() for column in columns), true.astype(int).tolist(), strict=True)
    by_class = tuple(ClassOverlap(name, *row) for name, row in zip(names, rows, strict=True))
    return SegmentationFigures(mean_iou(matrix), _mean(columns[1]), pixel_accuracy(matrix), by_class)


def _labels(values: npt.ArrayLike, name: str) -> np.ndarray:
    labels = np.asarray(values)
    if labels.dtype.kind not in "biu":
        raise InputError(f"The {name} is no label map", "Give whole numbers", dtype=str(labels.dtype))
    return labels


def _counts(matrix: npt.ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
    """Hits, true pixels and predicted pixels of each class."""
    values = np.asarray(matrix, np.float64)
    return np.diagonal(values), values.sum(axis=1), values.sum(axis=0)


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Numbers:
    parts, wholes = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)


def _mean(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
