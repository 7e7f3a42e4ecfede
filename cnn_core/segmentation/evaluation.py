"""How good a segmenter is on photos with masks: looked at one by one, then measured from one confusion matrix.

One photo at a time is in memory, with 2,048 pixels on its longer side at most; its mask is brought to that size,
nearest neighbour. IoU and Dice come from the pixels of all photos together, as in Pascal VOC; boundary F1 is the mean
over the photos (Csurka et al. 2013). Intervals are bootstraps over the photos.
"""

import csv
import io
import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn_core.confidence import Interval, bootstrap_interval
from cnn_core.errors import InputError
from cnn_core.images import load_image
from cnn_core.mask_files.reading import fitted
from cnn_core.masks import Labels
from cnn_core.segmentation.judged import JudgedMasks, no_masks
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import MaskedItem, MaskedListing
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.shared_classes import shared_labels
from cnn_core.segmentation.truth import compared
from cnn_core.segmentation_metrics import (
    class_dice,
    class_iou,
    mean_iou,
    mean_of_known,
    pixel_accuracy,
    segmentation_figures,
)

WORKING_SIDE = 2048
DRAWS = 500

Progress = Callable[[int, int], None]
Keep = Callable[[int, Labels, tuple[str, ...]], None]


def judge(
    listing: MaskedListing,
    segmenter: Segmenter,
    *,
    items: Sequence[MaskedItem] | None = None,
    known: JudgedMasks | None = None,
    progress: Progress | None = None,
    done: Callable[[JudgedMasks], None] | None = None,
    keep: Keep | None = None,
) -> tuple[JudgedMasks, tuple[str, ...]]:
    """Let a segmenter look at each photo.

    Args:
        listing: photos and masks.
        segmenter: any.
        items: the photos to look at; None takes all.
        known: what was said before, for work that goes on.
        progress: called with the number of photos done and of all before each; what it raises ends the work.
        done: is given all that is done where something ends the work early.
        keep: called with the number of a photo, the label map said, and the class names.

    Returns:
        what was said, in the classes that both know; and what was left out or assumed, a sentence each.

    Raises:
        InputError: no class in common, or no photo that can be read.
    """
    classes = shared_labels(listing.names, segmenter.classes)
    wanted = listing.items if items is None else items
    before = (
        {} if known is None or known.names != classes.names else dict(zip(known.files, range(len(known)), strict=True))
    )
    rows: list[tuple[str, str, int, np.ndarray, np.ndarray]] = []
    unread: list[str] = []
    try:
        for number, item in enumerate(wanted):
            if progress:
                progress(number, len(wanted))
            if known is not None and item.file in before:
                at = before[item.file]
                rows.append((item.file, item.part, known.places[at], known.matrices[at], known.boundary[at]))
                continue
            try:
                image = load_image(listing.path(item.file), name=item.file, working_side=WORKING_SIDE)
                size = (image.shape[0], image.shape[1])
                truth = fitted(classes.truth(read_labels(listing, item)), size, name=item.mask)[0]
            except InputError as error:
                unread.append(f"{error} It is left out.")
                continue
            found = classes.found(segmenter.look(image).labels)
            figures = compared(truth, found, names=classes.names)
            if keep:
                keep(number, found, classes.names)
            rows.append((item.file, item.part, number, figures.matrix, figures.boundary))
    except BaseException:
        if done:
            done(_joined(classes.names, rows))
        raise
    if progress:
        progress(len(wanted), len(wanted))
    if not rows:
        raise InputError(unread[0].rstrip(".") if unread else "There are no photos to look at", "Choose others")
    return _joined(classes.names, rows), (*classes.notes, *unread)


@dataclass(frozen=True)
class ClassFigures:
    """One class over all photos: IoU and Dice with their intervals, boundary F1, its pixels and photos."""

    name: str
    iou: Interval
    dice: Interval
    boundary: float
    precision: float
    recall: float
    pixels: int
    photos: int


@dataclass(frozen=True)
class Evaluation:
    """All figures of a segmenter on some photos."""

    mean_iou: Interval
    mean_dice: Interval
    pixel_accuracy: Interval
    boundary: float
    by_class: tuple[ClassFigures, ...]


def evaluate(judged: JudgedMasks, *, seed: int = 0, draws: int = DRAWS) -> Evaluation:
    """The figures of all photos together.

    Args:
        judged: what was said.
        seed: of the intervals.
        draws: of each bootstrap.

    Raises:
        InputError: no photos.

    Example:
        >>> judged = JudgedMasks(("ground", "cat"), ("a.jpg",), ("train",), (0,),
        ...                      np.array([[[3, 1, 0], [0, 4, 0]]]), np.array([[1.0, 0.5]]))
        >>> figures = evaluate(judged, draws=10)
        >>> figures.mean_iou.value, figures.boundary, figures.by_class[1].iou.value
        (0.775, 0.75, 0.8)
    """
    if not len(judged):
        raise InputError("There are no photos to measure", "Choose another part")
    flat = judged.matrices.reshape(len(judged), -1)
    shape = judged.matrices.shape[1:]
    count = len(judged.names)

    def figures_at(weights: np.ndarray) -> np.ndarray:
        matrix = (weights @ flat).reshape(shape)
        dice = class_dice(matrix)
        sums = [mean_iou(matrix), mean_of_known(dice), pixel_accuracy(matrix)]
        return np.concatenate([sums, class_iou(matrix), dice])

    # One matrix a draw serves all figures.
    drawn: dict[bytes, np.ndarray] = {}

    def figure(place: int) -> Interval:
        def at(weights: np.ndarray) -> float:
            key = weights.tobytes()
            if key not in drawn:
                drawn[key] = figures_at(weights)
            return float(drawn[key][place])

        return bootstrap_interval(at, len(judged), seed=seed, draws=draws)

    whole = segmentation_figures(judged.matrices.sum(axis=0), names=judged.names)
    boundary = np.array([mean_of_known(judged.boundary[:, label]) for label in range(count)])
    rows = tuple(
        ClassFigures(
            one.name,
            figure(3 + label),
            figure(3 + count + label),
            float(boundary[label]),
            one.precision,
            one.recall,
            one.pixels,
            int((judged.matrices[:, label].sum(axis=1) > 0).sum()),
        )
        for label, one in enumerate(whole.by_class)
    )
    return Evaluation(figure(0), figure(1), figure(2), mean_of_known(boundary), rows)


@dataclass(frozen=True)
class PhotoRow:
    """One photo: its place in `JudgedMasks`, and its own figures."""

    place: int
    file: str
    mean_iou: float
    pixel_accuracy: float
    boundary: float
    wrong: int


def photo_rows(judged: JudgedMasks, *, label: int | None = None) -> list[PhotoRow]:
    """The photos, worst first: by mean IoU, or by the IoU of one class where it occurs.

    Example:
        >>> judged = JudgedMasks(("ground", "cat"), ("a.jpg", "b.jpg"), ("train", "train"), (0, 1),
        ...                      np.array([[[4, 0, 0], [0, 4, 0]], [[3, 1, 0], [0, 4, 0]]]), np.ones((2, 2)))
        >>> [row.file for row in photo_rows(judged)]
        ['b.jpg', 'a.jpg']
    """
    rows = []
    for place, (file, matrix) in enumerate(zip(judged.files, judged.matrices, strict=True)):
        value = mean_iou(matrix) if label is None else float(class_iou(matrix)[label])
        if not math.isnan(value):
            wrong = int(matrix.sum() - np.trace(matrix))
            rows.append(
                PhotoRow(place, file, value, pixel_accuracy(matrix), mean_of_known(judged.boundary[place]), wrong)
            )
    return sorted(rows, key=lambda row: (row.mean_iou, -row.wrong))


def figures_of(judged: JudgedMasks, *, parts: Collection[str] | None = None) -> dict[str, Any]:
    """The figures that result.json holds; what is not known is left out.

    Example:
        >>> figures_of(no_masks(("background",)))
        {'pictures': 0}
    """
    some = judged if parts is None else judged.of(parts)
    if not len(some):
        return {"pictures": 0}
    matrix = some.matrices.sum(axis=0)
    figures = segmentation_figures(matrix, names=some.names)
    boundary = mean_of_known([mean_of_known(some.boundary[:, label]) for label in range(len(some.names))])
    values = {"mean_iou": figures.mean_iou, "mean_dice": figures.mean_dice, "pixel_accuracy": figures.pixel_accuracy}
    values |= {"boundary_f1": boundary, **{f"iou_{row.name}": row.iou for row in figures.by_class}}
    return {"pictures": len(some)} | {name: value for name, value in values.items() if not math.isnan(value)}


def classes_csv(figures: Evaluation) -> str:
    """A line for each class: its figures, and the bounds of those that have an interval.

    Example:
        >>> one = Interval(0.5, 0.4, 0.6, 0.95)
        >>> print(classes_csv(Evaluation(one, one, one, 0.5, (ClassFigures("cat", one, one, 0.5, 0.5, 0.5, 9, 1),))))
        class,IoU,IoU low,IoU high,Dice,Dice low,Dice high,precision,recall,boundary F1,pixels,photos
        cat,0.5,0.4,0.6,0.5,0.4,0.6,0.5,0.5,0.5,9,1
        mean,0.5,0.4,0.6,0.5,0.4,0.6,,,0.5,,
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    bounds = [name for kind in ("IoU", "Dice") for name in (kind, f"{kind} low", f"{kind} high")]
    writer.writerow(["class", *bounds, "precision", "recall", "boundary F1", "pixels", "photos"])
    for row in figures.by_class:
        values = [*_bounds(row.iou), *_bounds(row.dice), row.precision, row.recall, row.boundary]
        writer.writerow([_safe(row.name), *map(_written, values), row.pixels, row.photos])
    means = map(_written, [*_bounds(figures.mean_iou), *_bounds(figures.mean_dice)])
    writer.writerow(["mean", *means, "", "", _written(figures.boundary), "", ""])
    return buffer.getvalue().rstrip("\n")


def photos_csv(judged: JudgedMasks) -> str:
    """A line for each photo: its figures and the IoU of each class; what has no value is left empty.

    Example:
        >>> photos_csv(no_masks(("background", "cat")))
        'photo,part,mean IoU,pixel accuracy,boundary F1,IoU background,IoU cat'
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = [f"IoU {name}" for name in judged.names]
    writer.writerow(["photo", "part", "mean IoU", "pixel accuracy", "boundary F1", *names])
    for place, (file, part, matrix) in enumerate(zip(judged.files, judged.parts, judged.matrices, strict=True)):
        values = [mean_iou(matrix), pixel_accuracy(matrix), mean_of_known(judged.boundary[place]), *class_iou(matrix)]
        writer.writerow([_safe(file), part, *map(_written, values)])
    return buffer.getvalue().rstrip("\n")


def _bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def _written(value: float) -> float | str:
    return "" if math.isnan(value) else round(float(value), 6)


def _safe(name: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name


def _joined(names: tuple[str, ...], rows: Sequence[tuple[str, str, int, np.ndarray, np.ndarray]]) -> JudgedMasks:
    if not rows:
        return no_masks(names)
    files, parts, places, matrices, boundary = zip(*rows, strict=True)
    return JudgedMasks(names, files, parts, places, np.stack(matrices), np.stack(boundary))
