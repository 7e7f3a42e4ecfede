"""What a detector found in one photo beside what is there: hits, false alarms and misses, and the curve behind AP.

Detections are those that suppression leaves of all candidates, whatever their score; a threshold then cuts the list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.box_matching import Truth, assign
from cnn_core.boxes import Boxes, iou
from cnn_core.precision_recall import (
    COCO_RECALLS,
    VOC_RECALLS,
    PrecisionRecall,
    area_under,
    precision_recall,
    voc_curve,
)

# Rule: its title, and the recalls whose precision it averages; None for the area under the steps.
RULES: dict[str, tuple[str, npt.NDArray[np.float64] | None]] = {
    "coco": ("COCO, 101 recalls", COCO_RECALLS),
    "voc07": ("VOC 2007, 11", VOC_RECALLS),
    "area": ("VOC 2010, area", None),
}


@dataclass(frozen=True)
class Outcome:
    """One line of the list: a detection, or a true box that was missed.

    Attributes:
        kind: "true positive", "false positive", "ignored" or "missed".
        box: place among the detections; among the true boxes where it was missed.
        name: of its class.
        score: of the detection; None where there is none.
        overlap: IoU with the true box that decides; 0 where there is none of its class.
        why: one sentence.
    """

    kind: str
    box: int
    name: str
    score: float | None
    overlap: float
    why: str


@dataclass(frozen=True, eq=False)
class Outcomes:
    """All lines at one threshold, and how many there are of each kind."""

    rows: tuple[Outcome, ...]
    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float:
        """Part of the detections that are right; NaN without a detection."""
        found = self.hits + self.false_alarms
        return self.hits / found if found else float("nan")

    @property
    def recall(self) -> float:
        """Part of the true boxes that were found; NaN without a true box."""
        true = self.hits + self.misses
        return self.hits / true if true else float("nan")


def in_classes(truth: Truth, classes: Sequence[str]) -> tuple[Truth, tuple[str, ...]]:
    """The true boxes with a detector's class names; those that it does not know are left out, and said.

    Upper and lower case, spaces, hyphens and underscores make no difference.

    Example:
        >>> truth = Truth(Boxes([[0, 0, 4, 4], [0, 0, 9, 9]], [0, 1], None, ("Traffic_Light", "tree")))
        >>> known, problems = in_classes(truth, ("car", "traffic light"))
        >>> known.boxes.labels.tolist(), problems
        ([1], ('1 box of class tree is left out: the detector does not know it.',))
    """
    place = {_folded(name): label for label, name in enumerate(classes)}
    labels = np.array([place.get(_folded(truth.boxes.names[label]), -1) for label in truth.boxes.labels], np.int64)
    known = labels >= 0
    unknown = [truth.boxes.names[label] for label in truth.boxes.labels[~known]]
    problems = []
    for name in dict.fromkeys(unknown):
        count = unknown.count(name)
        boxes, they = ("box", "is") if count == 1 else ("boxes", "are")
        problems.append(f"{count} {boxes} of class {name} {they} left out: the detector does not know it.")
    kept = truth[known]
    boxes_kept = Boxes(kept.boxes.corners, labels[known], None, classes)
    return Truth(boxes_kept, kept.crowd, kept.difficult, kept.areas), tuple(problems)


def outcomes(truth: Truth, detections: Boxes, *, threshold: float, iou_threshold: float = 0.5) -> Outcomes:
    """What became of each detection at a threshold, and which true boxes were missed, with COCO's matching.

    Args:
        truth: the true boxes, in the detections' classes.
        detections: best first.
        threshold: least score.
        iou_threshold: least IoU of a hit, in (0, 1].

    Raises:
        InputError: the IoU threshold is out of range.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> found = outcomes(Truth(cats[[0]]), cats, threshold=0.3)
        >>> found.hits, found.false_alarms, found.misses, found.rows[1].why
        (1, 1, 0, 'No cat that is there overlaps it.')
    """
    chosen = np.flatnonzero(detections.scores >= threshold)
    boxes = detections[chosen]
    matched = assign(truth, boxes, iou_threshold=iou_threshold)
    overlaps = iou(boxes.corners, truth.boxes.corners)
    overlaps = np.where(boxes.labels[:, None] == truth.boxes.labels[None, :], overlaps, 0.0)
    rows = []
    for place, (kind, taken) in enumerate(zip(matched.outcome.tolist(), matched.taken.tolist(), strict=True)):
        name = boxes.names[boxes.labels[place]]
        best = float(overlaps[place].max(initial=0.0))
        overlap = float(overlaps[place, taken]) if taken >= 0 else best
        why = _why(kind, name, overlap, iou_threshold)
        rows.append(Outcome(kind, int(chosen[place]), name, float(boxes.scores[place]), overlap, why))
    for place in np.flatnonzero(matched.missed).tolist():
        name = truth.boxes.names[truth.boxes.labels[place]]
        best = float(overlaps[:, place].max(initial=0.0))
        why = (
            f"No {name} that was found overlaps it."
            if best == 0
            else f"The nearest {name} found overlaps it by IoU {best:.2f}."
        )
        rows.append(Outcome("missed", place, name, None, best, why))
    kinds = [row.kind for row in rows]
    return Outcomes(tuple(rows), kinds.count("true positive"), kinds.count("false positive"), kinds.count("missed"))


def ranked_curve(
    truth: Truth, detections: Boxes, *, label: int, rule: str, iou_threshold: float = 0.5
) -> PrecisionRecall:
    """The precision-recall curve of one class by the rule's own matching.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> ranked_curve(Truth(cats[[0]]), cats, label=0, rule="coco").precision.tolist()
        [1.0, 0.5]
    """
    draw = precision_recall if rule == "coco" else voc_curve
    return draw([truth], [detections], label=label, iou_threshold=iou_threshold)


def rule_precision(curve: PrecisionRecall, rule: str) -> float:
    """Average precision by one of `RULES`; NaN where no true box counts.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> round(rule_precision(ranked_curve(Truth(cats), cats[[0]], label=0, rule="voc07"), "voc07"), 4)
        0.5455
    """
    return area_under(curve, recalls=RULES[rule][1])


@dataclass(frozen=True)
class ClassAverages:
    """Average precision of one class by each of `RULES`, in order, and how many true boxes it has."""

    label: int
    truths: int
    values: tuple[float, ...]


def rule_averages(
    truth: Truth, detections: Boxes, *, iou_threshold: float = 0.5
) -> tuple[tuple[ClassAverages, ...], tuple[float, ...]]:
    """Average precision of each class with true boxes by each of `RULES`, and the mean over the classes.

    A class whose true boxes do not count has NaN, and takes no part in the mean; NaN where no class does.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat", "dog"))
        >>> classes, means = rule_averages(Truth(cats[[0]]), cats)
        >>> [(row.label, row.truths) for row in classes], [round(value, 6) for value in means]
        ([(0, 1)], [1.0, 1.0, 1.0])
    """

    def average(label: int, rule: str) -> float:
        return rule_precision(
            ranked_curve(truth, detections, label=label, rule=rule, iou_threshold=iou_threshold), rule
        )

    classes = tuple(
        ClassAverages(label, count, tuple(average(label, rule) for rule in RULES))
        for label, count in enumerate(np.bincount(truth.boxes.labels).tolist())
        if count
    )
    known = [row.values for row in classes if not np.isnan(row.values).any()]
    return classes, tuple(np.mean(known, axis=0).tolist()) if known else (float("nan"),) * len(RULES)


def envelope(curve: PrecisionRecall) -> npt.NDArray[np.float64]:
    """At each point of the curve the best precision there or at a higher recall: what the rules average.

    Example:
        >>> cats = Boxes([[9, 9, 12, 12], [0, 0, 4, 4]], [0, 0], [0.9, 0.4], ("cat",))
        >>> envelope(ranked_curve(Truth(cats[[1]]), cats, label=0, rule="coco")).tolist()
        [0.5, 0.5]
    """
    return np.maximum.accumulate(curve.precision[::-1])[::-1]


def sampled(curve: PrecisionRecall, recalls: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The envelope at these recalls, 0 beyond the highest recall reached.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> sampled(ranked_curve(Truth(cats), cats[[0]], label=0, rule="voc07"), VOC_RECALLS).tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    return np.append(envelope(curve), 0.0)[np.searchsorted(curve.recall, recalls, side="left")]


def at_threshold(curve: PrecisionRecall, threshold: float) -> tuple[float, float] | None:
    """Recall and precision of the detections down to a threshold; None where none reaches it.

    Example:
        >>> cats = Boxes([[0, 0, 4, 4], [9, 9, 12, 12]], [0, 0], [0.9, 0.4], ("cat",))
        >>> at_threshold(ranked_curve(Truth(cats[[0]]), cats, label=0, rule="coco"), 0.5)
        (1.0, 1.0)
    """
    count = int((curve.scores >= threshold).sum())
    return (float(curve.recall[count - 1]), float(curve.precision[count - 1])) if count else None


def _why(kind: str, name: str, overlap: float, least: float) -> str:
    if kind == "true positive":
        return f"It overlaps a true {name} by IoU {overlap:.2f}."
    if kind == "ignored":
        return "It covers a box that counts neither for nor against."
    if overlap == 0:
        return f"No {name} that is there overlaps it."
    if overlap >= least:
        return f"A better box has taken the {name} that it overlaps by IoU {overlap:.2f}."
    return f"It overlaps a true {name} by IoU {overlap:.2f} only."


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
