"""How good a detector is on pictures with true boxes: looked at one by one, then measured as COCO and Pascal VOC do.

One picture at a time is in memory. What was found is kept down to a score of 0.01, so that thresholds are applied
afterwards; average precision looks at all of it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.average_precision import (
    AveragePrecision,
    VocPrecision,
    coco_matches,
    summarise,
    voc_average_precision,
)
from cnn_core.confidence import Interval, precision_interval
from cnn_core.detection.boxed_listing import BoxedItem, BoxedListing
from cnn_core.detection.candidates import LEAST_SCORE, found
from cnn_core.detection.class_names import shared_classes
from cnn_core.detection.detector import Detector
from cnn_core.detection.error_kinds import KINDS, ErrorCosts, error_costs, errors_of
from cnn_core.detection.judged import Judged, JudgedPicture
from cnn_core.errors import InputError
from cnn_core.images import load_image

MOST_FOUND = 300
SHOWN_SCORE = 0.35
_OVERLAP = 0.5
# Bounds to about two digits, in a tenth of a second for some hundred pictures.
_DRAWS = 300
# A picture larger than this gains nothing before it is brought to a network's input.
_WORKING_SIDE = 2048

Progress = Callable[[int, int], None]


def judge(
    listing: BoxedListing,
    detector: Detector,
    *,
    items: Sequence[BoxedItem] | None = None,
    known: Mapping[str, JudgedPicture] | None = None,
    progress: Progress | None = None,
    done: list[JudgedPicture] | None = None,
) -> tuple[Judged, tuple[str, ...]]:
    """Let a detector look at each picture.

    Args:
        listing: pictures and true boxes.
        detector: any.
        items: the pictures to look at; None takes all.
        known: what was found before, by file, for work that goes on.
        progress: called with the number of pictures done and of all before each; what it raises ends the work.
        done: gets each picture as it is done, for whoever ends the work early.

    Returns:
        what was found, in the classes that both know; and what is left out, by name.

    Raises:
        InputError: no class in common, or no picture that can be read.
    """
    classes = shared_classes(listing.names, detector.classes)
    wanted = listing.items if items is None else items
    pictures = [] if done is None else done
    unread: list[str] = []
    for number, item in enumerate(wanted):
        if progress:
            progress(number, len(wanted))
        before = (known or {}).get(item.file)
        if before is not None:
            pictures.append(before)
            continue
        try:
            image = load_image(listing.path(item.file), name=item.file, working_side=_WORKING_SIDE)
        except InputError as error:
            unread.append(f"{error} It is left out.")
            continue
        scale = np.array([item.size[1] / image.shape[1], item.size[0] / image.shape[0]] * 2, np.float32)
        seen = found(detector.look(image), threshold=LEAST_SCORE, iou_threshold=_OVERLAP, limit=MOST_FOUND)
        answers = classes.found(seen)
        scaled = type(answers)(answers.corners * scale, answers.labels, answers.scores, answers.names)
        pictures.append(JudgedPicture(item.file, item.part, item.size, classes.truth(item.truth), scaled))
    if progress:
        progress(len(wanted), len(wanted))
    if not pictures:
        raise InputError(unread[0] if unread else "There are no pictures to look at", "Choose others")
    return Judged(classes.names, tuple(pictures)), (*classes.notes(), *unread)


@dataclass(frozen=True)
class ClassRow:
    """One class at the score threshold shown.

    Attributes:
        name: of it.
        truths: true boxes that count.
        ap, ap50: COCO's; NaN without true boxes.
        right, wrong, unfound: true positives, false positives, false negatives at the threshold and IoU 0.5.
    """

    name: str
    truths: int
    ap: float
    ap50: float
    right: int
    wrong: int
    unfound: int

    @property
    def precision(self) -> float:
        """Share of the boxes found that are right; NaN where there are none."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true boxes that are found; NaN where there are none."""
        return self.right / (self.right + self.unfound) if self.right + self.unfound else float("nan")


@dataclass(frozen=True)
class PictureRow:
    """One picture at the score threshold shown.

    Attributes:
        place: in `Judged.pictures`.
        right, wrong, unfound: as in `ClassRow`.
        kinds: mistakes by kind.
    """

    place: int
    right: int
    wrong: int
    unfound: int
    kinds: Mapping[str, int]

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN); 1 where there is nothing to find and nothing was found."""
        every = 2 * self.right + self.wrong + self.unfound
        return 2 * self.right / every if every else 1.0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A detector's figures.

    Attributes:
        coco: AP over IoU 0.5 to 0.95, at 0.5 and 0.75, by size, recalls.
        voc07, voc12: Pascal VOC's at IoU 0.5: eleven points, and the area.
        costs: what each kind of mistake costs.
        interval50: `coco.ap50` and its 95 % interval: how much it depends on which pictures were looked at.
    """

    coco: AveragePrecision
    voc07: VocPrecision
    voc12: VocPrecision
    costs: ErrorCosts
    interval50: Interval


def evaluate(judged: Judged, *, seed: int = 0) -> Evaluation:
    """All figures that no score threshold changes; the interval's draws follow from the seed.

    Example:
        >>> from cnn_core.box_matching import Truth
        >>> from cnn_core.boxes import Boxes
        >>> cat = Boxes([[0, 0, 40, 40]], [0], [0.9], ("cat",))
        >>> figures = evaluate(Judged(("cat",), (JudgedPicture("a.jpg", "test", (50, 50), Truth(cat), cat),)))
        >>> round(figures.coco.ap, 6), figures.voc12.ap
        (1.0, 1.0)
    """
    truths, answers, count = judged.truths, judged.found, len(judged.names)
    pooled = coco_matches(truths, answers, num_classes=count)
    nothing = Interval(math.nan, math.nan, math.nan, 0.95)
    return Evaluation(
        summarise(pooled, names=judged.names),
        voc_average_precision(truths, answers, num_classes=count, eleven_points=True),
        voc_average_precision(truths, answers, num_classes=count),
        error_costs(truths, answers, num_classes=count),
        precision_interval(pooled, thresholds=[0], seed=seed, draws=_DRAWS) if judged.pictures else nothing,
    )


def at_threshold(
    judged: Judged, *, threshold: float = SHOWN_SCORE
) -> tuple[list[PictureRow], dict[str, int], dict[str, tuple[int, int, int]]]:
    """What became of each box at a score threshold.

    Args:
        judged: what was found.
        threshold: boxes below this score are not looked at.

    Returns:
        a row for each picture, in order; mistakes by kind in all; right, wrong and unfound boxes by class.
    """
    rows: list[PictureRow] = []
    kinds = dict.fromkeys(KINDS, 0)
    by_class = np.zeros((len(judged.names), 3), np.int64)
    for place, picture in enumerate(judged.pictures):
        seen = picture.found[picture.found.scores >= threshold]
        errors = errors_of(picture.truth, seen)
        counts = errors.counts()
        for kind, count in counts.items():
            kinds[kind] += count
        wrong = errors.kind >= 0
        labels = picture.truth.boxes.labels
        for column, which in enumerate((seen.labels[errors.right], seen.labels[wrong], labels[errors.unfound])):
            by_class[:, column] += np.bincount(which, minlength=len(judged.names))
        rows.append(PictureRow(place, int(errors.right.sum()), int(wrong.sum()), int(errors.unfound.sum()), counts))
    classes = {
        name: (right, wrong, unfound)
        for name, (right, wrong, unfound) in zip(judged.names, by_class.tolist(), strict=True)
    }
    return rows, kinds, classes


def class_rows(coco: AveragePrecision, by_class: Mapping[str, tuple[int, int, int]]) -> list[ClassRow]:
    """A table by class: average precision, and what became of the boxes at a score threshold.

    Args:
        coco: of all pictures.
        by_class: what `at_threshold` says of each class.
    """
    return [ClassRow(row.name, row.truths, row.ap, row.ap50, *by_class[row.name]) for row in coco.by_class]


def worst_pictures(rows: Sequence[PictureRow], *, kind: str | None = None, count: int = 12) -> list[PictureRow]:
    """The pictures that went worst: by F1, then by the number of mistakes; or those with most mistakes of one kind.

    Example:
        >>> rows = [PictureRow(0, 4, 1, 0, {"missed": 0}), PictureRow(1, 0, 0, 2, {"missed": 2})]
        >>> [row.place for row in worst_pictures(rows)]
        [1, 0]
    """
    if kind is not None:
        some = [row for row in rows if row.kinds[kind]]
        return sorted(some, key=lambda row: (-row.kinds[kind], row.f1))[:count]
    some = [row for row in rows if row.wrong or row.unfound]
    return sorted(some, key=lambda row: (row.f1, -(row.wrong + row.unfound)))[:count]
