"""What a trained segmenter gets right on its held-out photos: one confusion matrix a photo, and the figures of them."""

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.confidence import Interval, bootstrap_interval
from cnn_core.errors import InputError
from cnn_core.segmentation_metrics import class_dice, class_iou, mean_iou, pixel_accuracy

FILE = "measured.npz"
_DRAWS = 400


@dataclass(frozen=True, eq=False)
class Measured:
    """Photos that a network was not trained on.

    Attributes:
        names: of the K classes.
        files: of the N photos.
        parts: "validation" or "test", of each.
        matrices: (N, K, K) int64, rows true, columns found.
    """

    names: tuple[str, ...]
    files: tuple[str, ...]
    parts: tuple[str, ...]
    matrices: npt.NDArray[np.int64]

    def of(self, part: str) -> "Measured":
        """The photos of one part."""
        chosen = [number for number, one in enumerate(self.parts) if one == part]
        return Measured(
            self.names,
            tuple(self.files[number] for number in chosen),
            tuple(self.parts[number] for number in chosen),
            self.matrices[chosen],
        )


@dataclass(frozen=True)
class ClassFigures:
    """One class: IoU with its interval over photos, Dice, and true pixels; None where it never occurs."""

    name: str
    iou: Interval | None
    dice: float | None
    pixels: int


def save_measured(measured: Measured, path: Path) -> None:
    """Write it in one step."""
    part = path.with_name(f"part.{path.name}")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            names=np.array(measured.names),
            files=np.array(measured.files),
            parts=np.array(measured.parts),
            matrices=measured.matrices,
        )
    os.replace(part, path)


def load_measured(path: Path) -> Measured:
    """What `save_measured` wrote.

    Raises:
        InputError: it is gone, or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            names, files, parts = (tuple(found[name].tolist()) for name in ("names", "files", "parts"))
            return Measured(names, files, parts, found["matrices"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError("The figures of this run are gone or damaged", "Train again") from error


def figures_of(measured: Measured) -> dict[str, Any]:
    """The figures of all photos together, as a result.json has them; no value where no pixel is known.

    Example:
        >>> figures_of(Measured(("a", "b"), ("x",), ("test",), np.array([[[3, 1], [0, 4]]])))["mean_iou"]
        0.775
    """
    total = measured.matrices.sum(axis=0)
    known = total.sum() > 0
    return {
        "pictures": len(measured.files),
        "mean_iou": mean_iou(total) if known else None,
        "pixel_accuracy": pixel_accuracy(total) if known else None,
        "classes": {
            one.name: {
                "iou": None if one.iou is None else one.iou.value,
                "low": None if one.iou is None else one.iou.low,
                "high": None if one.iou is None else one.iou.high,
                "dice": one.dice,
                "pixels": one.pixels,
            }
            for one in by_class(measured)
        },
    }


def mean_iou_of(measured: Measured) -> Interval | None:
    """The mean IoU with its 95 % interval over photos; None where no pixel is known."""
    return _interval(measured.matrices, mean_iou)


def by_class(measured: Measured) -> tuple[ClassFigures, ...]:
    """The figures of each class.

    Example:
        >>> rows = by_class(Measured(("a", "b"), ("x",), ("test",), np.array([[[3, 1], [0, 4]]])))
        >>> [(row.name, row.iou.value, row.pixels) for row in rows]
        [('a', 0.75, 4), ('b', 0.8, 4)]
    """
    total = measured.matrices.sum(axis=0)
    dice = class_dice(total)
    return tuple(
        ClassFigures(
            name,
            _interval(measured.matrices, _of_class(label)),
            None if np.isnan(dice[label]) else float(dice[label]),
            int(total[label].sum()),
        )
        for label, name in enumerate(measured.names)
    )


def by_picture(measured: Measured) -> list[tuple[str, float]]:
    """File and mean IoU of each photo, the worst first; photos without known pixels are left out.

    Example:
        >>> by_picture(Measured(("a", "b"), ("x",), ("test",), np.array([[[3, 1], [0, 4]]])))
        [('x', 0.775)]
    """
    rows = [(file, mean_iou(matrix)) for file, matrix in zip(measured.files, measured.matrices, strict=True)]
    return sorted((row for row in rows if not np.isnan(row[1])), key=lambda row: row[1])


def _of_class(label: int) -> Callable[[npt.NDArray], float]:
    return lambda matrix: float(class_iou(matrix)[label])


def _interval(matrices: npt.NDArray[np.int64], figure: Callable[[npt.NDArray], float]) -> Interval | None:
    """The figure of the summed matrices, and where it lies in 95 % of samples of the photos."""
    if np.isnan(figure(matrices.sum(axis=0))):
        return None
    return bootstrap_interval(
        lambda weights: figure(np.tensordot(weights, matrices, 1)), len(matrices), seed=0, draws=_DRAWS
    )
