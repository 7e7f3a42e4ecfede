"""One step of non-maximum suppression as a learner sees it: what each box is by then, and which box goes next.

The steps themselves are `cnn_core.suppression.nms_trace`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes
from cnn_core.suppression import SuppressionStep, nms_trace

# What a box can be at a step. Boxes behind a limit stay "waiting" to the end.
STATES = {
    "kept": "kept before",
    "current": "kept now",
    "going": "suppressed now",
    "waiting": "waiting",
    "gone": "suppressed before",
}


@dataclass(frozen=True)
class Waiting:
    """A box that was waiting when another was kept.

    Attributes:
        box: its place.
        overlap: IoU with the box kept.
        goes: whether it is suppressed.
        same_class: whether it is of the kept box's class; where suppression is class-wise, others never go.
    """

    box: int
    overlap: float
    goes: bool
    same_class: bool


@dataclass(frozen=True)
class Verdict:
    """Whether a guess was right, and the sentence that says why."""

    right: bool
    why: str


def trace(boxes: Boxes, *, iou_threshold: float, agnostic: bool = False) -> tuple[SuppressionStep, ...]:
    """Non-maximum suppression of these boxes step by step, class by class unless `agnostic`.

    Raises:
        InputError: the threshold is out of range.

    Example:
        >>> boxes = Boxes([[0, 0, 4, 4], [0, 0, 4, 5]], [0, 1], [0.9, 0.6], ("cat", "dog"))
        >>> len(trace(boxes, iou_threshold=0.5)), len(trace(boxes, iou_threshold=0.5, agnostic=True))
        (2, 1)
    """
    labels = None if agnostic else boxes.labels
    return nms_trace(boxes.corners, boxes.scores, labels, iou_threshold=iou_threshold)


def states(steps: Sequence[SuppressionStep], number: int, *, count: int, told: bool = True) -> npt.NDArray[np.str_]:
    """What each box is at a step, one of `STATES`.

    Args:
        steps: of `trace`.
        number: the step, counted from 0.
        count: of the boxes.
        told: False leaves those that go now among the waiting, for who is to guess them.

    Returns:
        (count,) str.

    Example:
        >>> steps = nms_trace([[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]], [0.9, 0.6, 0.3])
        >>> states(steps, 0, count=3).tolist(), states(steps, 1, count=3).tolist()
        (['current', 'going', 'waiting'], ['kept', 'gone', 'current'])
    """
    found = np.full(count, "waiting", f"<U{max(map(len, STATES))}")
    for step in steps[:number]:
        found[step.kept] = "kept"
        found[step.waiting[step.suppressed]] = "gone"
    now = steps[number]
    found[now.kept] = "current"
    if told:
        found[now.waiting[now.suppressed]] = "going"
    return found


def waiting_boxes(step: SuppressionStep, boxes: Boxes) -> list[Waiting]:
    """The boxes waiting at a step, those first that overlap the kept one most.

    Example:
        >>> boxes = Boxes([[0, 0, 4, 4], [9, 9, 12, 12], [0, 0, 4, 5]], [0, 0, 0], [0.9, 0.6, 0.3], ("cat",))
        >>> [(box.box, box.goes) for box in waiting_boxes(trace(boxes, iou_threshold=0.5)[0], boxes)]
        [(2, True), (1, False)]
    """
    order = np.argsort(-step.overlaps, kind="stable")
    return [
        Waiting(
            int(step.waiting[place]),
            float(step.overlaps[place]),
            bool(step.suppressed[place]),
            bool(boxes.labels[step.waiting[place]] == boxes.labels[step.kept]),
        )
        for place in order
    ]


def choices(step: SuppressionStep, boxes: Boxes, *, most: int = 6) -> list[int]:
    """Boxes to ask about: those that narrowly go, and those that narrowly stay, in the order of their scores.

    Example:
        >>> boxes = Boxes([[0, 0, 4, 4], [9, 9, 12, 12], [0, 0, 4, 5]], [0, 0, 0], [0.9, 0.6, 0.3], ("cat",))
        >>> choices(trace(boxes, iou_threshold=0.5)[0], boxes)
        [1, 2]
    """
    rows = waiting_boxes(step, boxes)
    going, staying = [row.box for row in rows if row.goes][::-1], [row.box for row in rows if not row.goes]
    few = most // 2
    from_going = max(few, most - len(staying))
    chosen = going[:from_going] + staying[: most - min(from_going, len(going))]
    rank = {box: place for place, box in enumerate(step.waiting.tolist())}
    return sorted(chosen, key=rank.__getitem__)


def judge(
    step: SuppressionStep, boxes: Boxes, guess: int | None, *, iou_threshold: float, agnostic: bool = False
) -> Verdict:
    """Whether a box goes at this step, as was guessed; a guess of None says that none does.

    Args:
        step: one of `trace`'s.
        boxes: those that were traced.
        guess: the place of a box, or None.
        iou_threshold, agnostic: those of the trace, for the words.

    Example:
        >>> boxes = Boxes([[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]], [0, 0, 0], [0.9, 0.6, 0.3], ("cat",))
        >>> judge(trace(boxes, iou_threshold=0.5)[0], boxes, 1, iou_threshold=0.5)
        Verdict(right=True, why='IoU 0.800 is above 0.5: the box goes.')
    """
    rows = waiting_boxes(step, boxes)
    rivals = [row for row in rows if agnostic or row.same_class]
    if guess is None:
        if not rivals:
            return Verdict(True, "No box of the kept one's class is waiting." if rows else "No box is waiting.")
        value = said(rivals[0].overlap, iou_threshold)
        if rivals[0].goes:
            return Verdict(False, f"The largest IoU {value}: that box goes.")
        return Verdict(True, f"The largest IoU {value}: every box stays.")
    chosen = next((row for row in rows if row.box == guess), None)
    if chosen is None:
        return Verdict(False, "This box is not waiting.")
    value = said(chosen.overlap, iou_threshold)
    if chosen not in rivals:
        kept, name = (boxes.names[boxes.labels[place]] for place in (step.kept, guess))
        return Verdict(False, f"IoU {chosen.overlap:.3f}, but a {kept} suppresses no {name}: the box stays.")
    return Verdict(chosen.goes, f"IoU {value}: the box {'goes' if chosen.goes else 'stays'}.")


def said(overlap: float, threshold: float) -> str:
    """An IoU beside its threshold, in words, with as many digits as tell them apart.

    Example:
        >>> said(0.8, 0.5), said(0.50004, 0.5), said(0.5, 0.5)
        ('0.800 is above 0.5', '0.50004 is above 0.5', '0.500 is not above 0.5')
    """
    digits = next((d for d in range(3, 8) if round(overlap, d) != round(threshold, d)), 3)
    relation = "is above" if np.float32(overlap) > np.float32(threshold) else "is not above"
    return f"{overlap:.{digits}f} {relation} {threshold:g}"
