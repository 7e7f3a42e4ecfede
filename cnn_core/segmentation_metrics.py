r"""How well label maps agree with the true ones, from one confusion matrix for any number of pictures.

A label map is (H, W) whole numbers. A confusion matrix is (K, K) int64 pixels: rows are true classes, columns predicted
ones; matrices of several pictures add up. Where pixels may be left undecided there is a further column for them,
(K, K + 1): they are missed by their class and wrongly taken by none. With $TP$, $FP$ and $FN$ of a class,
$IoU = TP / (TP + FP + FN)$ and $Dice = 2 TP / (2 TP + FP + FN)$. A class that neither occurs nor is predicted has no
value (NaN) and takes no part in a mean.

Boundary F1 looks at outlines alone: which part of them lies within a tolerance of the other outline. It is a figure of
one picture; of several, the mean.
"""

import math
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
    truth: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    num_classes: int,
    ignore: int | None = None,
    undecided: int | None = None,
) -> Matrix:
    """Count the pixels of each true class that were given each class.

    Args:
        truth: label map, or any array of labels from 0 to `num_classes` - 1.
        prediction: labels of the same shape.
        num_classes: K.
        ignore: pixels with this true label are left out, 255 in Pascal VOC; None counts all.
        undecided: predicted label that stands for no class, counted in a column of its own.

    Returns:
        (K, K) int64, rows true, columns predicted; (K, K + 1) where pixels may be undecided.

    Raises:
        InputError: shapes that differ, values that are not whole numbers, or a label out of range.

    Source: `keras.metrics.MeanIoU`, whose matrix it equals.

    Example:
        >>> confusion_matrix([[0, 0], [1, 255]], [[0, 1], [1, 1]], num_classes=2, ignore=255).tolist()
        [[1, 1], [0, 1]]
        >>> confusion_matrix([[0, 1]], [[0, 255]], num_classes=2, undecided=255).tolist()
        [[1, 0, 0], [0, 0, 1]]
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
    columns = num_classes if undecided is None else num_classes + 1
    if undecided is not None:
        if predicted.size and ((predicted == num_classes) & (predicted != undecided)).any():
            raise InputError("A predicted label has no class", f"Give 0 to {num_classes - 1}", label=num_classes)
        predicted = np.where(predicted == undecided, num_classes, predicted)
    for values, name, count in ((true, "truth", num_classes), (predicted, "prediction", columns)):
        if values.size and not 0 <= values.min() <= values.max() < count:
            raise InputError(
                f"The {name} holds a label outside 0 to {num_classes - 1}",
                "Give the number of classes, or the label to ignore",
                lowest=int(values.min()),
                highest=int(values.max()),
            )
    places = true.astype(np.int64).ravel() * columns + predicted.ravel()
    return np.bincount(places, minlength=num_classes * columns).reshape(num_classes, columns)


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


def boundary_f1(
    truth: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    num_classes: int,
    ignore: int | None = None,
    tolerance: float | None = None,
) -> Numbers:
    r"""(K,) F1 of each class' outline in one picture.

    A class' outline are its pixels with a neighbour (above, below, left, right) of another class. Precision is the part
    of the predicted outline nearer than the tolerance to the true one, recall the part of the true outline nearer
    to the predicted one, $F_1 = 2 P R / (P + R)$. Without an outline in either map there is no value (NaN).

    Args:
        truth: (H, W) label map.
        prediction: of the same shape; other labels than those of the classes are no class.
        num_classes: K.
        ignore: pixels with this true label are left out of both maps, and are no neighbours.
        tolerance: in pixels; None takes 0.75 % of the diagonal.

    Raises:
        InputError: no label maps of one shape (H, W), or a tolerance that is not positive.

    Source: Csurka et al. 2013, "What is a good evaluation measure for semantic segmentation?",
        https://doi.org/10.5244/C.27.32.

    Example:
        >>> boundary_f1([[0, 0, 1, 1]], [[0, 1, 1, 1]], num_classes=2, tolerance=1.5).tolist()
        [1.0, 1.0]
        >>> boundary_f1([[0, 0, 1, 1]], [[0, 1, 1, 1]], num_classes=2).tolist()
        [0.0, 0.0]
    """
    true, predicted = (_labels(values, name) for values, name in ((truth, "truth"), (prediction, "prediction")))
    if true.ndim != 2 or true.shape != predicted.shape:
        raise InputError(
            "The label maps differ in size", "Give two maps (H, W)", truth=true.shape, prediction=predicted.shape
        )
    reach = boundary_tolerance(true.shape) if tolerance is None else tolerance
    if not reach > 0:
        raise InputError("The tolerance is not positive", "Give pixels above 0", tolerance=tolerance)
    known = np.ones(true.shape, bool) if ignore is None else true != ignore
    values = np.full(num_classes, np.nan)
    for label in range(num_classes):
        outlines = [_outline(labels == label, known) for labels in (true, predicted)]
        lengths = [int(outline.sum()) for outline in outlines]
        if not any(lengths):
            continue
        values[label] = 0.0
        if all(lengths):
            recall, precision = ((_distance(other)[one] < reach).mean() for one, other in (outlines, outlines[::-1]))
            values[label] = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return values


def boundary_tolerance(shape: Sequence[int]) -> float:
    """How far apart outlines may lie in a picture of (height, width): 0.75 % of the diagonal, in pixels.

    Example:
        >>> boundary_tolerance((300, 400))
        3.75
    """
    return 0.0075 * math.hypot(*shape[:2])


def mean_of_known(values: npt.ArrayLike) -> float:
    """Mean of the values that are there; NaN where none is.

    Example:
        >>> mean_of_known([0.5, float("nan"), 1.0])
        0.75
    """
    return _mean(np.asarray(values, np.float64))


def _outline(inside: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    other = known & ~inside
    beside = np.zeros(inside.shape, bool)
    beside[1:] |= other[:-1]
    beside[:-1] |= other[1:]
    beside[:, 1:] |= other[:, :-1]
    beside[:, :-1] |= other[:, 1:]
    return inside & known & beside


def _distance(outline: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Euclidean distance of each pixel to the nearest one of the outline."""
    import cv2

    away = cv2.distanceTransform((~outline).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def _labels(values: npt.ArrayLike, name: str) -> np.ndarray:
    labels = np.asarray(values)
    if labels.dtype.kind not in "biu":
        raise InputError(f"The {name} is no label map", "Give whole numbers", dtype=str(labels.dtype))
    return labels


def _counts(matrix: npt.ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
    """Hits, true pixels and predicted pixels of each class."""
    values = np.asarray(matrix, np.float64)
    hits = np.diagonal(values)
    return hits, values.sum(axis=1), values.sum(axis=0)[: len(hits)]


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Numbers:
    parts, wholes = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)


def _mean(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
