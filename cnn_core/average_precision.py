"""Average precision of detections over many pictures, by COCO's rules and by Pascal VOC's.

True boxes and detections come as one entry a picture, in the same order. A class without a true box has no average
precision: its value is NaN and it takes no part in any mean (pycocotools writes -1 there).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.box_matching import PooledMatches, Truth, check_pictures, pool_matches
from cnn_core.boxes import Boxes
from cnn_core.precision_recall import COCO_RECALLS, VOC_RECALLS, area_under, voc_curve

THRESHOLDS = np.linspace(0.5, 0.95, 10)
AREA_RANGES = np.array([[0, 1e10], [0, 32**2], [32**2, 96**2], [96**2, 1e10]])
MOST_DETECTIONS = 100

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClassPrecision:
    """Average precision of one class: the mean over the IoU thresholds, and at 0.5 alone."""

    label: int
    name: str
    truths: int
    ap: float
    ap50: float


@dataclass(frozen=True, eq=False)
class AveragePrecision:
    """COCO's figures, all in [0, 1] or NaN where no true box counts.

    Attributes:
        ap, ap50, ap75: mean over the classes, at IoU 0.5 to 0.95, 0.5 and 0.75.
        small, medium, large: `ap` for objects below 32^2, up to 96^2 and above, in square pixels.
        recall_1, recall_10, recall: average recall with at most 1, 10 and 100 detections of a class in a picture.
        recall_small, recall_medium, recall_large: `recall` by size.
        by_class: one entry a class.
        precision: (10, 101, classes) float64 at the recalls 0, 0.01 ... 1, objects of all sizes.
    """

    ap: float
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float
    recall_1: float
    recall_10: float
    recall: float
    recall_small: float
    recall_medium: float
    recall_large: float
    by_class: tuple[ClassPrecision, ...]
    precision: Numbers


@dataclass(frozen=True)
class VocPrecision:
    """Pascal VOC's figures: the mean over the classes with true boxes, each class by label, and its number of them."""

    ap: float
    by_class: tuple[float, ...]
    truths: tuple[int, ...]


def coco_average_precision(
    truths: Sequence[Truth], detections: Sequence[Boxes], *, num_classes: int
) -> AveragePrecision:
    """COCO's average precision: 101 recalls, IoU 0.5 to 0.95, by size, at most 100 detections of a class in a picture.

    Args:
        truths: the true boxes of each picture.
        detections: the boxes found in each picture, in the same order.
        num_classes: labels run from 0 to `num_classes` - 1.

    Raises:
        InputError: not one set of detections for each picture, or a label beyond the classes.

    Source: `pycocotools.cocoeval.COCOeval`, which it equals.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> result = coco_average_precision([Truth(cat)], [cat], num_classes=1)
        >>> round(result.ap, 6), round(result.medium, 6), result.small
        (1.0, 1.0, nan)
    """
    pooled = coco_matches(truths, detections, num_classes=num_classes)
    return summarise(pooled, names=_class_names(truths, detections, num_classes))


def coco_matches(
    truths: Sequence[Truth], detections: Sequence[Boxes], *, num_classes: int
) -> tuple[PooledMatches, ...]:
    """`pool_matches` with COCO's ten thresholds, four ranges of area and hundred detections.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> coco_matches([Truth(cat)], [cat], num_classes=1)[0].hits.shape
        (4, 10, 1)
    """
    return pool_matches(
        truths,
        detections,
        num_classes=num_classes,
        thresholds=THRESHOLDS,
        area_ranges=AREA_RANGES,
        limit=MOST_DETECTIONS,
    )


def summarise(
    pooled: Sequence[PooledMatches], *, names: Sequence[str], weights: npt.NDArray[np.int64] | None = None
) -> AveragePrecision:
    """COCO's figures from the matches of all classes.

    Args:
        pooled: one entry a class, from `coco_matches`.
        names: the class names.
        weights: (pictures,) how often each picture counts, for resampling; None counts each once.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> round(summarise(coco_matches([Truth(cat)], [cat], num_classes=1), names=("cat",)).ap50, 6)
        1.0
    """
    curves = [precision_at_recalls(matches, weights) for matches in pooled]
    precision = np.stack([curve[0] for curve in curves], axis=-1) if curves else np.zeros((4, 10, 101, 0))
    recall = np.stack([curve[1] for curve in curves], axis=-1) if curves else np.zeros((3, 4, 10, 0))
    by_class = tuple(
        ClassPrecision(
            label,
            names[label],
            int(matches.positives[:, 0].sum() if weights is None else weights @ matches.positives[:, 0]),
            _mean(precision[0, ..., label]),
            _mean(precision[0, 0, :, label]),
        )
        for label, matches in enumerate(pooled)
    )
    return AveragePrecision(
        ap=_mean(precision[0]),
        ap50=_mean(precision[0, 0]),
        ap75=_mean(precision[0, 5]),
        small=_mean(precision[1]),
        medium=_mean(precision[2]),
        large=_mean(precision[3]),
        recall_1=_mean(recall[0, 0]),
        recall_10=_mean(recall[1, 0]),
        recall=_mean(recall[2, 0]),
        recall_small=_mean(recall[2, 1]),
        recall_medium=_mean(recall[2, 2]),
        recall_large=_mean(recall[2, 3]),
        by_class=by_class,
        precision=precision[0],
    )


def voc_average_precision(
    truths: Sequence[Truth],
    detections: Sequence[Boxes],
    *,
    num_classes: int,
    iou_threshold: float = 0.5,
    eleven_points: bool = False,
) -> VocPrecision:
    """Pascal VOC's average precision: one IoU threshold; the area under the curve, or the mean at eleven recalls.

    Args:
        truths, detections, num_classes: as in `coco_average_precision`, but any number of detections.
        iou_threshold: the least IoU of a hit.
        eleven_points: the rule of VOC 2007, recalls 0, 0.1 ... 1; otherwise that of 2010 and later, the area.

    Raises:
        InputError: as `coco_average_precision`.

    Source: Everingham et al. 2010, https://doi.org/10.1007/s11263-009-0275-4, section 4.2; the matching is that of
    `cnn_core.precision_recall.voc_curve`. The VOC kit counts both end pixels into a box: read its files with
    `inclusive=True` for the same overlaps.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> voc_average_precision([Truth(cat)], [cat], num_classes=1).ap
        1.0
    """
    check_pictures(truths, detections, num_classes)
    curves = [voc_curve(truths, detections, label=label, iou_threshold=iou_threshold) for label in range(num_classes)]
    by_class = tuple(area_under(curve, recalls=VOC_RECALLS if eleven_points else None) for curve in curves)
    return VocPrecision(_mean(np.array(by_class)), by_class, tuple(curve.truths for curve in curves))


def precision_at_recalls(
    matches: PooledMatches, weights: npt.NDArray[np.int64] | None = None
) -> tuple[Numbers, Numbers]:
    """Precision of one class at COCO's 101 recalls, and the recall that it reaches.

    Args:
        matches: from `pool_matches`, with A ranges of area and T thresholds.
        weights: (pictures,) how often each picture counts; None counts each once.

    Returns:
        precision (A, T, 101), and recall (3, A, T) with at most 1, 10 and all detections in a picture; NaN where no
        true box counts.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> precision, recall = precision_at_recalls(coco_matches([Truth(cat)], [cat], num_classes=1)[0])
        >>> precision.shape, recall[:, 0, 0].tolist()
        ((4, 10, 101), [1.0, 1.0, 1.0])
    """
    ranges, levels, _ = matches.hits.shape
    times = np.ones(len(matches.positives), np.int64) if weights is None else weights
    positives = times @ matches.positives
    each = times[matches.pictures]
    hits, misses = matches.hits * each, matches.misses * each
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.stack([hits[..., matches.ranks < most].sum(axis=2) for most in (1, 10, MOST_DETECTIONS)])
        recall = recall / positives[:, None]
        recall[:, positives == 0] = np.nan
    precision = np.full((ranges, levels, len(COCO_RECALLS)), np.nan)
    found, wrong = np.cumsum(hits, axis=2), np.cumsum(misses, axis=2)
    # The epsilon is pycocotools'; it makes the precision of no detections 0.
    value = found / (found + wrong + np.spacing(1))
    best = np.maximum.accumulate(value[..., ::-1], axis=2)[..., ::-1]
    best = np.concatenate([best, np.zeros((ranges, levels, 1))], axis=2)
    for a in np.flatnonzero(positives):
        for t in range(levels):
            precision[a, t] = best[a, t, np.searchsorted(found[a, t] / positives[a], COCO_RECALLS, side="left")]
    return precision, recall


def _mean(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _class_names(truths: Sequence[Truth], detections: Sequence[Boxes], num_classes: int) -> tuple[str, ...]:
    known = max((boxes.names for boxes in (*(truth.boxes for truth in truths), *detections)), key=len, default=())
    return tuple(known[:num_classes]) + tuple(f"class {label}" for label in range(len(known), num_classes))
