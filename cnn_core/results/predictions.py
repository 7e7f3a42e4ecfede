"""What a run answered about its validation and test pictures: the one source of every figure on the page.

`predictions.npz` in a run's folder holds `files`, `parts`, `truth` and `probabilities`, one row a picture, and the
names of the `classes`.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError

FILE = "predictions.npz"
LABELS = "labels.txt"

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Pictures with their true classes and the probabilities that a network gave.

    Attributes:
        classes: names, C of them.
        files: (N,) names of the pictures.
        parts: (N,) "validation" or "test".
        truth: (N,) int64, index of the true class.
        probabilities: (N, C) float32, rows that sum to 1.
    """

    classes: tuple[str, ...]
    files: tuple[str, ...]
    parts: tuple[str, ...]
    truth: Numbers
    probabilities: Floats

    @property
    def predicted(self) -> Numbers:
        """(N,) int64: the most probable class of each picture; the first of equals."""
        if not len(self):
            return np.zeros(0, np.int64)
        return self.probabilities.argmax(axis=1).astype(np.int64)

    @property
    def confidence(self) -> Floats:
        """(N,) float32: the probability of the class that was predicted."""
        return self.probabilities.max(axis=1, initial=0)

    def __len__(self) -> int:
        return len(self.files)


def make_predictions(
    *,
    classes: tuple[str, ...],
    files: tuple[str, ...],
    parts: tuple[str, ...],
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
) -> Predictions:
    """Check that the columns belong together.

    Args:
        classes: at least one name.
        files, parts, truth: one entry a picture.
        probabilities: (N, C), each at least 0, rows that sum to 1 within 1 %.

    Raises:
        InputError: lengths that differ, a truth that is no class, or rows that are no probabilities.

    Example:
        >>> two = make_predictions(classes=("cat", "dog"), files=("a.jpg", "b.jpg"), parts=("test", "test"),
        ...     truth=[0, 1], probabilities=[[0.9, 0.1], [0.6, 0.4]])
        >>> two.predicted.tolist(), len(two)
        ([0, 0], 2)
    """
    true = np.asarray(truth)
    values = np.asarray(probabilities, np.float32)
    count = len(files)
    if len(parts) != count or true.shape != (count,) or values.shape != (count, len(classes)):
        raise InputError(
            "The predictions do not fit together",
            "Give one file, part, true class and row of probabilities for each picture",
            files=count,
            parts=len(parts),
            truth=true.shape,
            probabilities=values.shape,
            classes=len(classes),
        )
    if count and (true.dtype.kind not in "iu" or not 0 <= true.min() <= true.max() < len(classes)):
        raise InputError(
            "A true class is not among the classes", f"Give whole numbers from 0 to {len(classes) - 1}", truth=true
        )
    if count and not (values.min() >= 0 and np.abs(values.sum(axis=1) - 1).max() < 0.01):
        raise InputError("These are no probabilities", "Give the output of a softmax, rows that sum to 1")
    return Predictions(tuple(classes), tuple(files), tuple(parts), true.astype(np.int64), values)


def only(predictions: Predictions, part: str) -> Predictions:
    """The pictures of one part.

    Args:
        predictions: of any parts.
        part: "validation" or "test".

    Example:
        >>> both = make_predictions(classes=("cat",), files=("a", "b"), parts=("test", "validation"),
        ...     truth=[0, 0], probabilities=[[1], [1]])
        >>> only(both, "test").files
        ('a',)
    """
    return chosen(predictions, np.array([name == part for name in predictions.parts], bool))


def chosen(predictions: Predictions, rows: npt.ArrayLike) -> Predictions:
    """Some of the pictures, in a given order.

    Args:
        predictions: N pictures.
        rows: (N,) bool, or indices.

    Example:
        >>> both = make_predictions(classes=("cat",), files=("a", "b"), parts=("test", "test"),
        ...     truth=[0, 0], probabilities=[[1], [1]])
        >>> chosen(both, [1, 0]).files
        ('b', 'a')
    """
    rows = np.asarray(rows)
    places = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    return Predictions(
        predictions.classes,
        tuple(predictions.files[k] for k in places),
        tuple(predictions.parts[k] for k in places),
        predictions.truth[places],
        predictions.probabilities[places],
    )


def read_predictions(run: Path) -> Predictions:
    """Read what training wrote into a run's folder (`cnn_core.transfer.evaluation.write_predictions`).

    Raises:
        InputError: the run has no predictions yet, or the file is damaged.
    """
    path = run / FILE
    try:
        with np.load(path, allow_pickle=False) as columns:
            read = {name: columns[name] for name in ("classes", "files", "parts", "truth", "probabilities")}
    except FileNotFoundError as error:
        raise InputError("This run has no predictions yet", "Wait until it has been evaluated, or resume it") from error
    # A half-copied archive: each layer of the format has an error of its own.
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} of this run is damaged", "Train again") from error
    classes, files, parts = (tuple(read.pop(name).tolist()) for name in ("classes", "files", "parts"))
    return make_predictions(classes=classes, files=files, parts=parts, **read)


def read_labels(run: Path) -> tuple[str, ...]:
    """The classes of a run, in the order of the network's outputs.

    Raises:
        InputError: the run has no labels yet.
    """
    try:
        # Not splitlines: it breaks at characters that a folder's name may hold.
        return tuple((run / LABELS).read_text(encoding="utf-8").removesuffix("\n").split("\n"))
    except FileNotFoundError as error:
        raise InputError("This run has no classes yet", "Wait until its training has begun, or resume it") from error
