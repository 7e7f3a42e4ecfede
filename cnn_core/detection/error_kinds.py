r"""What kind of mistake each wrong box is, and how much average precision each kind costs.

A box is right if it takes a true box by COCO's matching at IoU $t_f = 0.5$. What a wrong one is follows from its
largest IoU with the true boxes of its own class, $a$, and with those of the other classes, $b$; the first that holds,
with $t_b = 0.1$:

1. *localisation*: $t_b \le a < t_f$, the class is right and the box is not;
2. *confusion*: $b \ge t_f$, the box is right and the class is not;
3. *duplicate*: $a \ge t_f$, but a better box has taken that object;
4. *background*: $a, b < t_b$, there is nothing;
5. *both*: $t_b \le b < t_f$, neither box nor class is right.

*Missed* is a true box that no box took, nor any wrong box of the first two kinds is near.

The cost of a kind is how much AP at IoU 0.5 rises if its mistakes alone are mended: a localisation error gets the true
box, a confusion the true class (only the best box for an object that nothing else has found; the others go); a
duplicate, a box on the background or one with both faults goes; a missed object is no longer asked for. The costs do
not add up to what is missing, since mending one kind changes what the others cost.

Source: Bolya et al. 2020, TIDE, https://arxiv.org/abs/2008.08115, sections 2.2 and 2.3; order and mending as in
https://github.com/dbolya/tide. Crowds and difficult boxes count neither for nor against.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.average_precision import MOST_DETECTIONS, precision_at_recalls
from cnn_core.box_matching import OUTCOMES, PooledMatches, Truth, assign, check_pictures
from cnn_core.boxes import Boxes, iou
from cnn_core.errors import InputError

FOREGROUND, BACKGROUND = 0.5, 0.1
WRONG = ("localisation", "confusion", "duplicate", "background", "both")
MISSED = "missed"
KINDS = (*WRONG, MISSED)

_NEAR = (WRONG.index("localisation"), WRONG.index("confusion"))

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PictureErrors:
    """The mistakes in one picture.

    Attributes:
        kind: (N,) place in `WRONG` of each box found, or -1 where it is right or does not count.
        right: (N,) bool, boxes that took a true box that counts.
        meant: (N,) the true box that a wrong one is nearest to, of its own class for localisation and duplicate, of
            another for confusion and both; that it took for a right one; else -1.
        missed: (M,) bool, true boxes that nothing comes near.
        unfound: (M,) bool, true boxes that count and that no box took.
    """

    kind: Indices
    right: Flags
    meant: Indices
    missed: Flags
    unfound: Flags

    def counts(self) -> dict[str, int]:
        """How many of each of `KINDS`."""
        counted = {name: int((self.kind == place).sum()) for place, name in enumerate(WRONG)}
        return counted | {MISSED: int(self.missed.sum())}


def errors_of(
    truth: Truth, detections: Boxes, *, foreground: float = FOREGROUND, background: float = BACKGROUND
) -> PictureErrors:
    """The mistakes in one picture.

    Args:
        truth: the true boxes.
        detections: the boxes found; those below a score that counts are left out beforehand.
        foreground: $t_f$, the least IoU of a hit.
        background: $t_b$, the IoU below which boxes have nothing to do with one another.

    Raises:
        InputError: thresholds that are not 0 < background < foreground <= 1.

    Example:
        >>> truth = Truth(Boxes([[0, 0, 10, 10]], [0], None, ("cat", "dog")))
        >>> found = Boxes([[0, 0, 10, 9], [0, 0, 10, 8], [5, 0, 15, 10]], [0, 0, 0], [0.9, 0.8, 0.7], ("cat", "dog"))
        >>> [WRONG[kind] if kind >= 0 else "" for kind in errors_of(truth, found).kind]
        ['', 'duplicate', 'localisation']
    """
    if not 0 < background < foreground <= 1:
        raise InputError(
            "The thresholds of the error kinds are out of order",
            "Choose 0 < background < foreground <= 1",
            foreground=foreground,
            background=background,
        )
    outcome = assign(truth, detections, iou_threshold=foreground)
    count, true = len(detections), truth.boxes
    right, wrong = outcome.outcome == OUTCOMES[0], outcome.outcome == OUTCOMES[1]
    counted = ~(truth.crowd | truth.difficult)
    kind, meant = np.full(count, -1, np.int64), np.where(right, outcome.taken, -1)
    if wrong.any():
        overlaps = iou(detections.corners, true.corners) if len(true) else np.zeros((count, 1))
        same = detections.labels[:, None] == true.labels if len(true) else np.zeros((count, 1), bool)
        considered = counted if len(true) else np.zeros(1, bool)
        own = np.where(same & considered, overlaps, 0.0)
        other = np.where(~same & considered, overlaps, 0.0)
        a, b = own.max(axis=1), other.max(axis=1)
        # In the order of WRONG; what is left over is both.
        holds = ((a >= background) & (a < foreground), b >= foreground, a >= foreground, np.maximum(a, b) < background)
        found_kind = np.select(holds, range(4), default=WRONG.index("both"))
        nearest = np.select(holds, (own.argmax(1), other.argmax(1), own.argmax(1), -1), default=other.argmax(axis=1))
        kind[wrong], meant[wrong] = found_kind[wrong], nearest[wrong]
    unfound = outcome.missed.copy()
    missed = unfound.copy()
    missed[meant[np.isin(kind, _NEAR)]] = False
    return PictureErrors(kind, right, meant, missed, unfound)


@dataclass(frozen=True)
class ErrorCosts:
    """What each kind of mistake costs.

    Attributes:
        ap50: mean AP at the foreground threshold as it is.
        costs: by kind, how much it would rise, in [0, 1]; NaN where no true box counts.
    """

    ap50: float
    costs: dict[str, float]


def error_costs(
    truths: Sequence[Truth],
    detections: Sequence[Boxes],
    *,
    num_classes: int,
    foreground: float = FOREGROUND,
    background: float = BACKGROUND,
) -> ErrorCosts:
    """How much average precision each kind of mistake costs.

    Args:
        truths: the true boxes of each picture.
        detections: the boxes found in each, down to low scores; the best hundred of a class count.
        num_classes: labels run from 0 to `num_classes` - 1.
        foreground, background: as in `errors_of`.

    Raises:
        InputError: as `errors_of`; lists of different lengths; a label beyond the classes.

    Example:
        >>> truth = Truth(Boxes([[0, 0, 10, 10]], [0], None, ("cat",)))
        >>> found = Boxes([[0, 0, 10, 4]], [0], [0.9], ("cat",))
        >>> costs = error_costs([truth], [found], num_classes=1)
        >>> round(costs.ap50, 3), round(costs.costs["localisation"], 3), costs.costs["missed"]
        (0.0, 1.0, 0.0)
    """
    check_pictures(truths, detections, num_classes)
    pool = _Pool(num_classes)
    for truth, found in zip(truths, detections, strict=True):
        best = found[_best_of_each(found)]
        pool.add(truth, best, errors_of(truth, best, foreground=foreground, background=background))
    pool.close()
    base = pool.ap()
    return ErrorCosts(base, {kind: pool.ap(mended=kind) - base for kind in KINDS})


class _Pool:
    """The boxes of all pictures in one row each, and the average precision once some of them are mended."""

    def __init__(self, num_classes: int) -> None:
        self.classes = num_classes
        self.positives = np.zeros(num_classes, np.int64)
        self.missed = np.zeros(num_classes, np.int64)
        # Score, label, whether it is right, whether it counts, kind, label meant, whether it may be mended.
        self.rows: list[npt.NDArray[np.float64]] = [np.zeros((0, 7))]

    def add(self, truth: Truth, found: Boxes, errors: PictureErrors) -> None:
        labels = truth.boxes.labels
        counted = ~(truth.crowd | truth.difficult)
        self.positives += np.bincount(labels[counted], minlength=self.classes)
        self.missed += np.bincount(labels[errors.missed], minlength=self.classes)
        aims = np.where(errors.meant >= 0, labels[errors.meant], -1) if len(labels) else np.full(len(found), -1)
        mends = np.zeros(len(found), bool)
        for kind in _NEAR:
            places = np.flatnonzero(errors.kind == kind)
            # Of several for one object the best; found are in the order of their scores.
            _, first = np.unique(errors.meant[places], return_index=True)
            mends[places[first]] = errors.unfound[errors.meant[places[first]]]
        counts = errors.right | (errors.kind >= 0)
        columns = (found.scores, found.labels, errors.right, counts, errors.kind, aims, mends)
        self.rows.append(np.stack([np.asarray(column, float) for column in columns], axis=1))

    def close(self) -> None:
        rows = np.concatenate(self.rows)
        self.rows = [rows[np.argsort(-rows[:, 0], kind="stable")]]

    def ap(self, *, mended: str | None = None) -> float:
        rows, positives = self.rows[0], self.positives
        rows = rows[rows[:, 3] > 0]
        labels, right = rows[:, 1].astype(np.int64), rows[:, 2] > 0
        if mended == MISSED:
            positives = positives - self.missed
        elif mended is not None:
            of_kind = rows[:, 4] == WRONG.index(mended)
            good = of_kind & (rows[:, 6] > 0)
            labels, right = np.where(good, rows[:, 5].astype(np.int64), labels), right | good
            kept = ~of_kind | good
            labels, right = labels[kept], right[kept]
        values = [_ap(right[labels == label], int(positives[label])) for label in range(self.classes)]
        known = [value for value, count in zip(values, self.positives, strict=True) if count]
        return float(np.mean(known)) if known else float("nan")


def _ap(right: Flags, positives: int) -> float:
    if not positives:
        # All that were asked for were missed, and are no longer asked for: what was said all the same is wrong.
        return 0.0 if len(right) else 1.0
    nothing = np.zeros(len(right), np.int64)
    hits = right[None, None]
    pooled = PooledMatches(nothing.astype(np.float32), nothing, nothing, hits, ~hits, np.array([[positives]]))
    return float(precision_at_recalls(pooled)[0].mean())


def _best_of_each(found: Boxes) -> Indices:
    """The best hundred of each class, in the order of their scores."""
    order = np.argsort(-found.scores, kind="stable")
    kept = [order[found.labels[order] == label][:MOST_DETECTIONS] for label in np.unique(found.labels)]
    chosen = np.concatenate([np.zeros(0, np.int64), *kept])
    return chosen[np.argsort(-found.scores[chosen], kind="stable")]
