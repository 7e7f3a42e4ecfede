"""What a segmenter said of one photo beside what is there: counts and figures by class, and a map of the mistakes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import rgb
from cnn_core.errors import InputError
from cnn_core.masks import UNSURE, Labels, has_background
from cnn_core.segmentation_metrics import (
    Matrix,
    Numbers,
    SegmentationFigures,
    boundary_f1,
    boundary_tolerance,
    confusion_matrix,
    mean_of_known,
    segmentation_figures,
)

# Kinds of pixels in an error map, in the order of their numbers; the colours are told apart by colour-blind people.
RIGHT, MISSED, FALSE, CONFUSED, UNDECIDED, LEFT_OUT = range(6)
KINDS = ("right", "missed (FN)", "false (FP)", "another class", "undecided", "left out")
KIND_COLOURS = ("#009E73", "#0072B2", "#D55E00", "#F0E442", "#CC79A7", "#7F7F7F")

COLUMNS = ("class", "TP", "FP", "FN", "IoU", "Dice", "precision", "recall", "boundary F1")


@dataclass(frozen=True, eq=False)
class PhotoFigures:
    """How a label map agrees with the true one.

    Attributes:
        names: the K classes.
        matrix: (K, K + 1) pixels: true class by predicted class, undecided last.
        figures: IoU, Dice and pixel accuracy.
        boundary: (K,) boundary F1; NaN where there is no outline.
        tolerance: pixels that it allows for.
    """

    names: tuple[str, ...]
    matrix: Matrix
    figures: SegmentationFigures
    boundary: Numbers
    tolerance: float

    @property
    def mean_boundary(self) -> float:
        """Boundary F1, the mean over the classes that have an outline."""
        return mean_of_known(self.boundary)

    def counts(self, label: int) -> tuple[int, int, int]:
        """True positives, false positives and false negatives of a class, in pixels."""
        hits = int(self.matrix[label, label])
        return hits, int(self.matrix[:, label].sum()) - hits, int(self.matrix[label].sum()) - hits

    @property
    def present(self) -> tuple[int, ...]:
        """The classes that occur in either map."""
        return tuple(label for label in range(len(self.names)) if any(self.counts(label)))


def compared(truth: Labels, found: Labels, *, names: Sequence[str], tolerance: float | None = None) -> PhotoFigures:
    """Compare a segmenter's label map with the true one.

    Args:
        truth: (H, W) labels; 255 is left out.
        found: (H, W) labels; 255 is undecided.
        names: the K classes.
        tolerance: of the boundary F1 in pixels; None takes 0.75 % of the diagonal.

    Raises:
        InputError: maps of different sizes, or labels without a class.

    Example:
        >>> figures = compared(np.array([[0, 1], [1, 255]]), np.array([[0, 1], [255, 0]]), names=("ground", "cat"))
        >>> figures.counts(1), figures.figures.by_class[1].iou
        ((1, 0, 1), 0.5)
    """
    count = len(names)
    matrix = confusion_matrix(truth, found, num_classes=count, ignore=UNSURE, undecided=UNSURE)
    reach = boundary_tolerance(truth.shape) if tolerance is None else tolerance
    boundary = boundary_f1(truth, found, num_classes=count, ignore=UNSURE, tolerance=reach)
    return PhotoFigures(tuple(names), matrix, segmentation_figures(matrix, names=names), boundary, reach)


def error_map(truth: Labels, found: Labels, *, names: Sequence[str], label: int | None = None) -> Labels:
    """What became of each pixel, as places in `KINDS`.

    Args:
        truth: (H, W) labels; 255 is left out.
        found: (H, W) labels; 255 is undecided.
        names: the classes.
        label: look at one class alone; None at all of them: an object taken for background is missed, background taken
            for an object is false, an object of another class is confused. Without a background every pixel
            that is wrong is confused.

    Raises:
        InputError: maps of different sizes.

    Example:
        >>> error_map(np.array([[0, 0, 1, 1, 255]]), np.array([[0, 2, 1, 0, 0]]), names=("background", "a", "b"))
        array([[0, 2, 0, 1, 5]], dtype=uint8)
    """
    if truth.shape != found.shape:
        raise InputError("The label maps differ in size", "Give two of one size", truth=truth.shape, found=found.shape)
    kinds = np.full(truth.shape, RIGHT, np.uint8)
    if label is None:
        wrong = truth != found
        kinds[wrong] = CONFUSED
        if has_background(names):
            kinds[wrong & (found == 0)] = MISSED
            kinds[wrong & (truth == 0)] = FALSE
        kinds[found == UNSURE] = UNDECIDED
    else:
        kinds[(truth == label) & (found != label)] = MISSED
        kinds[(truth != label) & (found == label)] = FALSE
    kinds[truth == UNSURE] = LEFT_OUT
    return kinds


def error_picture(
    pixels: npt.NDArray[np.uint8], kinds: Labels, *, hits: npt.NDArray[np.bool_] | None = None, opacity: float = 0.75
) -> npt.NDArray[np.uint8]:
    """The photo in grey with its mistakes in colour, (H, W, 3) uint8.

    Args:
        pixels: (H, W, 3) uint8.
        kinds: of `error_map`.
        hits: right pixels to be coloured too, those of the classes looked at.
        opacity: of the colours, in [0, 1].

    Example:
        >>> error_picture(np.zeros((1, 2, 3), np.uint8), np.array([[0, 2]]), opacity=1.0)[0].tolist()
        [[115, 115, 115], [213, 94, 0]]
    """
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    # Light enough that blue shows on black.
    canvas = np.repeat((115 + 0.45 * grey)[..., None], 3, axis=2)
    painted = kinds != RIGHT if hits is None else (kinds != RIGHT) | hits
    colours = np.array([rgb(colour) for colour in KIND_COLOURS], np.float32)[kinds]
    canvas[painted] = (1 - opacity) * canvas[painted] + opacity * colours[painted]
    return np.rint(np.clip(canvas, 0, 255)).astype(np.uint8)


def kind_counts(kinds: Labels) -> dict[str, int]:
    """Pixels of each kind.

    Example:
        >>> kind_counts(np.array([[0, 2]]))["false (FP)"]
        1
    """
    return dict(zip(KINDS, np.bincount(kinds.ravel(), minlength=len(KINDS)).tolist(), strict=True))


def rows_of(compared: PhotoFigures) -> list[tuple[str, int, int, int, float, float, float, float, float]]:
    """A row for each class that occurs in either map, as in `COLUMNS`."""
    rows = []
    for label in compared.present:
        one = compared.figures.by_class[label]
        rows.append(
            (
                *(one.name, *compared.counts(label), one.iou, one.dice, one.precision, one.recall),
                float(compared.boundary[label]),
            )
        )
    return rows


def figures_csv(compared: PhotoFigures) -> str:
    """The figures as CSV: a line a class, then their means; what has no value is left empty.

    Example:
        >>> one = np.array([[0, 1]])
        >>> print(figures_csv(compared(one, one, names=("ground", "cat"), tolerance=1.0)))
        class,TP,FP,FN,IoU,Dice,precision,recall,boundary F1
        ground,1,0,0,1.0,1.0,1.0,1.0,1.0
        cat,1,0,0,1.0,1.0,1.0,1.0,1.0
        mean,,,,1.0,1.0,,,1.0
        pixel accuracy,,,,1.0,,,,
    """
    figures = compared.figures
    lines: list[Sequence[object]] = [COLUMNS, *rows_of(compared)]
    lines.append(("mean", "", "", "", figures.mean_iou, figures.mean_dice, "", "", compared.mean_boundary))
    lines.append(("pixel accuracy", "", "", "", figures.pixel_accuracy, "", "", "", ""))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for line in lines:
        writer.writerow(["" if isinstance(cell, float) and np.isnan(cell) else _cell(cell) for cell in line])
    return buffer.getvalue().rstrip("\n")


def _cell(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    # A class name that a spreadsheet would take for a formula.
    text = value if isinstance(value, str) else ""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else value
