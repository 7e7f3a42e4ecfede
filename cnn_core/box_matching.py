"""Which detection found which true box: true positives, false positives and misses.

The rules are COCO's: within a class, detections are taken from the highest score down, and each takes the free true box
that it overlaps most, if the IoU reaches the threshold. A crowd is a true box around many objects: it may be taken any
number of times, the overlap with it is the part of the detection inside it, and taking it counts neither for nor
against.
Difficult true boxes (Pascal VOC) count neither for nor against; they can be taken once.

Source: `pycocotools.cocoeval.COCOeval.evaluateImg`, https://github.com/cocodataset/cocoapi.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes, Overlaps, areas, inside, iou
from cnn_core.errors import InputError

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

OUTCOMES = ("true positive", "false positive", "ignored")
EVERY_SIZE = np.array([[0.0, 1e10]])


@dataclass(frozen=True, eq=False)
class Truth:
    """The true boxes of one picture, with what evaluation has to know about them.

    Attributes:
        boxes: the boxes; their scores are not looked at.
        crowd: (N,) bool, boxes around many objects; None means none.
        difficult: (N,) bool, boxes that need not be found; None means none.
        areas: (N,) float64 square pixels of the objects, as COCO files give them from the outline; None means the areas
            of the boxes.

    Raises:
        InputError: lengths that differ.

    Example:
        >>> truth = Truth(Boxes([[0, 0, 4, 2]], [0], None, ("cat",)))
        >>> truth.areas.tolist(), truth.crowd.tolist()
        ([8.0], [False])
    """

    boxes: Boxes
    crowd: Flags
    difficult: Flags
    areas: Overlaps

    def __init__(
        self,
        boxes: Boxes,
        crowd: npt.ArrayLike | None = None,
        difficult: npt.ArrayLike | None = None,
        areas: npt.ArrayLike | None = None,
    ) -> None:
        flags = [np.zeros(len(boxes), bool) if f is None else np.array(f, bool).reshape(-1) for f in (crowd, difficult)]
        sizes = boxes.areas if areas is None else np.array(areas, np.float64).reshape(-1)
        if any(len(values) != len(boxes) for values in (*flags, sizes)):
            raise InputError(
                "Each true box needs one flag and one area",
                f"Give {len(boxes)} of each",
                crowd=len(flags[0]),
                difficult=len(flags[1]),
                areas=len(sizes),
            )
        for name, value in (("boxes", boxes), ("crowd", flags[0]), ("difficult", flags[1]), ("areas", sizes)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, which: npt.NDArray) -> "Truth":
        """The true boxes at a mask or indices."""
        return Truth(self.boxes[which], self.crowd[which], self.difficult[which], self.areas[which])


@dataclass(frozen=True, eq=False)
class ClassMatch:
    """The detections of one class in one picture, matched at T thresholds for A ranges of area.

    Attributes:
        order: (D,) places of the detections, best first.
        taken: (A, T, D) int64, the true box that each took, or -1.
        ignored: (A, T, D) bool, detections that count neither for nor against.
        positives: (A,) int64, true boxes that count.
    """

    order: Indices
    taken: Indices
    ignored: Flags
    positives: Indices


@dataclass(frozen=True, eq=False)
class Assignment:
    """What became of each detection and of each true box of one picture.

    Attributes:
        outcome: (N,) str, one of OUTCOMES for each detection.
        taken: (N,) int64, the true box that each detection took, or -1.
        missed: (M,) bool, true boxes that count and were found by none.
    """

    outcome: npt.NDArray[np.str_]
    taken: Indices
    missed: Flags


@dataclass(frozen=True, eq=False)
class PooledMatches:
    """The detections of one class from all pictures, best first, matched at T thresholds for A ranges of area.

    Attributes:
        scores: (D,) float32.
        pictures: (D,) the picture of each.
        ranks: (D,) its place within its picture, 0 for the best.
        hits, misses: (A, T, D) bool; neither where a detection is ignored.
        positives: (pictures, A) true boxes that count.
    """

    scores: npt.NDArray[np.float32]
    pictures: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]
    hits: npt.NDArray[np.bool_]
    misses: npt.NDArray[np.bool_]
    positives: npt.NDArray[np.int64]


def assign(truth: Truth, detections: Boxes, *, iou_threshold: float = 0.5) -> Assignment:
    """True positives, false positives and misses of one picture, class by class.

    Args:
        truth: the true boxes.
        detections: the boxes found; those below a score that counts are left out beforehand.
        iou_threshold: the least IoU of a hit, in (0, 1].

    Raises:
        InputError: the threshold is out of range.

    Example:
        >>> truth = Truth(Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], None, ("cat",)))
        >>> found = assign(truth, Boxes([[0, 0, 4, 3], [5, 0, 7, 2]], [0, 0], [0.9, 0.4], ("cat",)))
        >>> found.outcome.tolist(), found.missed.tolist()
        (['true positive', 'false positive'], [False, True])
    """
    if not 0 < iou_threshold <= 1:
        raise InputError(
            "The IoU threshold lies outside 0 to 1", "Choose 0.5, for example", iou_threshold=iou_threshold
        )
    outcome = np.full(len(detections), OUTCOMES[1], dtype=f"<U{max(map(len, OUTCOMES))}")
    taken = np.full(len(detections), -1, np.int64)
    missed = ~(truth.crowd | truth.difficult)
    for label in np.unique(detections.labels):
        found = np.flatnonzero(detections.labels == label)
        true = np.flatnonzero(truth.boxes.labels == label)
        match = match_class(truth[true], detections[found], thresholds=np.array([iou_threshold]))
        places, chosen = found[match.order], match.taken[0, 0]
        hit = chosen >= 0
        taken[places[hit]] = true[chosen[hit]]
        outcome[places[hit]] = OUTCOMES[0]
        outcome[places[match.ignored[0, 0]]] = OUTCOMES[2]
    missed[taken[taken >= 0]] = False
    return Assignment(outcome, taken, missed)


def match_class(
    truth: Truth,
    detections: Boxes,
    *,
    thresholds: Overlaps,
    area_ranges: Overlaps = EVERY_SIZE,
    limit: int | None = None,
) -> ClassMatch:
    """Match the detections of one class in one picture with its true boxes, at several thresholds at once.

    Args:
        truth, detections: of one class; labels are not looked at.
        thresholds: (T,) the least IoU of a hit.
        area_ranges: (A, 2) least and largest area of the true boxes that count, both included.
        limit: only the best so many detections take part; None takes all.

    Example:
        >>> box = Boxes([[0, 0, 4, 4]], [0], [0.9], ("cat",))
        >>> match_class(Truth(box), box, thresholds=np.array([0.5])).taken.tolist()
        [[[0]]]
    """
    order = np.argsort(-detections.scores, kind="stable")[:limit]
    corners = detections.corners[order]
    sizes = areas(corners)
    low, high = area_ranges.T[:, :, None]
    set_aside = truth.crowd | truth.difficult | (truth.areas < low) | (truth.areas > high)
    overlaps = _overlaps(corners, truth)
    least = np.minimum(thresholds, 1 - 1e-10)

    taken = np.full((len(low), len(least), len(order)), -1, np.int64)
    ignored = np.zeros(taken.shape, bool)
    free = np.ones((*taken.shape[:2], len(truth)), bool)
    for place, row in enumerate(overlaps):
        # Of equal overlaps the last true box wins, as in pycocotools; argmax takes the first, so the order is turned.
        near = np.flatnonzero(row >= least.min())[::-1]
        if not len(near):
            continue
        possible = free[:, :, near] & (row[near] >= least[:, None])
        aside = set_aside[:, near][:, None, :]
        counted = np.where(possible & ~aside, row[near], -1.0)
        spare = np.where(possible & aside, row[near], -1.0)
        best = np.where(counted.max(axis=2) >= 0, counted.argmax(axis=2), spare.argmax(axis=2))
        ranges, levels = np.nonzero(possible.any(axis=2))
        chosen = near[best[ranges, levels]]
        taken[ranges, levels, place] = chosen
        ignored[ranges, levels, place] = set_aside[ranges, chosen]
        free[ranges, levels, chosen] = truth.crowd[chosen]
    outside = (sizes < low) | (sizes > high)
    ignored |= (taken < 0) & outside[:, None, :]
    return ClassMatch(order, taken, ignored, (~set_aside).sum(axis=1))


def pool_matches(
    truths: Sequence[Truth],
    detections: Sequence[Boxes],
    *,
    num_classes: int,
    thresholds: Overlaps,
    area_ranges: Overlaps = EVERY_SIZE,
    limit: int | None = None,
) -> tuple[PooledMatches, ...]:
    """Match every picture once, class by class: what average precision is computed from.

    Args:
        truths: the true boxes of each picture.
        detections: the boxes found in each picture, in the same order.
        num_classes: labels run from 0 to `num_classes` - 1.
        thresholds, area_ranges, limit: as in `match_class`.

    Returns:
        one entry a class.

    Raises:
        InputError: not one set of detections for each picture, or a label beyond the classes.

    Example:
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> pool_matches([Truth(cat)], [cat], num_classes=1, thresholds=np.array([0.5, 0.9]))[0].hits.tolist()
        [[[True], [True]]]
    """
    check_pictures(truths, detections, num_classes)
    shape = (len(area_ranges), len(thresholds))
    pooled = []
    for label in range(num_classes):
        positives = np.zeros((len(truths), len(area_ranges)), np.int64)
        matches: list[tuple[int, npt.NDArray[np.float32], ClassMatch]] = []
        for picture, (truth, found) in enumerate(zip(truths, detections, strict=True)):
            true, boxes = truth.boxes.labels == label, found.labels == label
            if not (true.any() or boxes.any()):
                continue
            chosen = found[boxes]
            match = match_class(truth[true], chosen, thresholds=thresholds, area_ranges=area_ranges, limit=limit)
            positives[picture] = match.positives
            matches.append((picture, chosen.scores[match.order], match))
        scores = np.concatenate([np.zeros(0, np.float32), *(scores for _, scores, _ in matches)])
        pictures = np.concatenate([np.zeros(0, np.int64), *(np.full(len(s), p) for p, s, _ in matches)])
        ranks = np.concatenate([np.zeros(0, np.int64), *(np.arange(len(s)) for _, s, _ in matches)])
        nothing = np.zeros((*shape, 0), bool)
        taken = np.concatenate([nothing, *(match.taken >= 0 for _, _, match in matches)], axis=2)
        counts = ~np.concatenate([nothing, *(match.ignored for _, _, match in matches)], axis=2)
        order = np.argsort(-scores, kind="stable")
        hits, misses = (taken & counts)[:, :, order], (~taken & counts)[:, :, order]
        pooled.append(PooledMatches(scores[order], pictures[order], ranks[order], hits, misses, positives))
    return tuple(pooled)


def check_pictures(truths: Sequence[Truth], detections: Sequence[Boxes], num_classes: int) -> None:
    """Refuse true boxes and detections that cannot be of the same pictures and classes.

    Raises:
        InputError: lists of different lengths, or a label beyond the classes.

    Example:
        >>> check_pictures([], [], 1)
    """
    if len(truths) != len(detections):
        raise InputError(
            "Each picture needs its true boxes and its detections",
            "Give two lists of the same length; a picture without boxes has empty ones",
            truths=len(truths),
            detections=len(detections),
        )
    largest = max((int(b.labels.max(initial=-1)) for b in (*(t.boxes for t in truths), *detections)), default=-1)
    if largest >= num_classes:
        raise InputError("A box has a label beyond the classes", f"Give {largest + 1} classes", num_classes=num_classes)


def _overlaps(corners: npt.NDArray[np.float32], truth: Truth) -> Overlaps:
    """(D, G) IoU, with the part of the detection that lies inside where the true box is a crowd."""
    crowd = truth.boxes.corners[truth.crowd]
    overlaps = iou(corners, truth.boxes.corners)
    overlaps[:, truth.crowd] = inside(corners, crowd)
    return overlaps
