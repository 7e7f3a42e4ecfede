"""The precision-recall curve of one class, matched as COCO or Pascal VOC do, and the average precision under it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.box_matching import Truth, pool_matches
from cnn_core.boxes import Boxes, iou

Numbers = npt.NDArray[np.float64]

# As pycocotools has them: some, 0.07 among them, lie a rounding error above the fraction that they stand for.
COCO_RECALLS = np.linspace(0, 1, 101)
VOC_RECALLS = np.arange(11) / 10


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """The curve of one class as the score threshold falls: one point for each detection that counts.

    Attributes:
        scores: (D,) float32, falling.
        hits: (D,) bool, true positives.
        precision, recall: (D,) float64 of the detections down to this score.
        truths: number of true boxes that count.
    """

    scores: npt.NDArray[np.float32]
    hits: npt.NDArray[np.bool_]
    precision: Numbers
    recall: Numbers
    truths: int


def precision_recall(
    truths: Sequence[Truth], detections: Sequence[Boxes], *, label: int, iou_threshold: float = 0.5
) -> PrecisionRecall:
    """Precision and recall of one class as the score threshold falls, with COCO's matching.

    Args:
        truths, detections: as in `coco_average_precision`, but any number of detections.
        label: the class.
        iou_threshold: the least IoU of a hit.

    Raises:
        InputError: not one set of detections for each picture, or a label below 0.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> curve = precision_recall([Truth(cats[[0]])], [cats], label=0)
        >>> curve.precision.tolist(), curve.recall.tolist()
        ([1.0, 0.5], [1.0, 1.0])
    """
    classes = max([label, *(int(b.labels.max(initial=0)) for b in (*detections, *(t.boxes for t in truths)))]) + 1
    matches = pool_matches(
        truths,
        detections,
        num_classes=classes,
        thresholds=np.array([iou_threshold]),
    )[label]
    hits, misses = matches.hits[0, 0], matches.misses[0, 0]
    return _curve(matches.scores, hits, hits | misses, int(matches.positives.sum()))


def area_under(curve: PrecisionRecall, *, recalls: Numbers | None = COCO_RECALLS) -> float:
    """Area under a precision-recall curve whose precision is first made to fall: at each recall the best to its right.

    Args:
        curve: from `precision_recall` or `voc_curve`.
        recalls: the mean of the precision at these, 101 for COCO and VOC_RECALLS for VOC 2007; None: the area under
            the steps, as VOC since 2010.

    Returns:
        in [0, 1], or NaN where no true box counts.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> area_under(precision_recall([Truth(cats)], [cats[[0]]], label=0), recalls=VOC_RECALLS)
        0.5454545454545454
    """
    if not curve.truths:
        return float("nan")
    best = np.maximum.accumulate(curve.precision[::-1])[::-1]
    if recalls is None:
        return float(np.sum(np.diff(curve.recall, prepend=0.0) * best))
    places = np.searchsorted(curve.recall, recalls, side="left")
    return float(np.append(best, 0.0)[places].mean())


def voc_curve(
    truths: Sequence[Truth], detections: Sequence[Boxes], *, label: int, iou_threshold: float = 0.5
) -> PrecisionRecall:
    """The precision-recall curve of one class with Pascal VOC's matching.

    Unlike COCO's rule, a detection looks only at the true box that it overlaps most: if that one is already taken the
    detection is a false positive. Difficult boxes and crowds count neither for nor against. The arguments are those of
    `precision_recall`.

    Source: VOCevaldet.m of the VOC development kit, http://host.robots.ox.ac.uk/pascal/VOC/.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> voc_curve([Truth(cat)], [cat], label=0).hits.tolist()
        [True]
    """
    scores: list[npt.NDArray[np.float32]] = [np.zeros(0, np.float32)]
    hits, counted, positives = [np.zeros(0, bool)], [np.zeros(0, bool)], 0
    for truth, found in zip(truths, detections, strict=True):
        true, boxes = truth[truth.boxes.labels == label], found[found.labels == label]
        boxes = boxes[np.argsort(-boxes.scores, kind="stable")]
        spared = true.crowd | true.difficult
        positives += int((~spared).sum())
        overlaps = iou(boxes.corners, true.boxes.corners)
        nearest = overlaps.argmax(axis=1) if len(true) else np.zeros(len(boxes), np.int64)
        reached = overlaps.max(axis=1, initial=-1) >= iou_threshold
        # Only the first to reach a true box is a hit; within a picture the boxes are in order.
        hit = np.zeros(len(boxes), bool)
        aside = reached & spared[nearest] if len(true) else hit
        candidates = np.flatnonzero(reached & ~aside)
        hit[candidates[np.unique(nearest[candidates], return_index=True)[1]]] = True
        scores.append(boxes.scores)
        hits.append(hit)
        counted.append(~aside)
    pooled = np.concatenate(scores)
    order = np.argsort(-pooled, kind="stable")
    return _curve(pooled[order], np.concatenate(hits)[order], np.concatenate(counted)[order], positives)


def _curve(
    scores: npt.NDArray[np.float32], hits: npt.NDArray[np.bool_], counted: npt.NDArray[np.bool_], truths: int
) -> PrecisionRecall:
    scores, hits = scores[counted], hits[counted]
    found = np.cumsum(hits)
    recall = found / truths if truths else np.full(len(hits), np.nan)
    return PrecisionRecall(scores, hits, found / np.arange(1, len(hits) + 1), recall, truths)
