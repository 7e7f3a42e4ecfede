"""A listing as numbers: which pictures train, which judge, their classes, and how much each class weighs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.transfer.evaluation import JUDGED

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """The pictures of a run.

    Attributes:
        listing: where they are.
        classes: their names, in the order of the network's outputs.
        train: items to train on.
        judged: items of the validation part, then of the test part.
        train_truth: (N,) class numbers of `train`.
        judged_truth: (M,) of `judged`.
        validation: how many of `judged` are the validation part's.
    """

    listing: Any
    classes: tuple[str, ...]
    train: tuple[Any, ...]
    judged: tuple[Any, ...]
    train_truth: Numbers
    judged_truth: Numbers
    validation: int


def dataset_of(listing: Any) -> Dataset:
    """The listing's pictures by what they are for.

    Raises:
        InputError: fewer than two classes, or a class with nothing to train on; names it.
    """
    classes = tuple(listing.classes)
    if len(classes) < 2:
        raise InputError(
            "There is only one class" if classes else "There are no classes",
            "Make a folder for each of two or more classes",
            classes=classes,
        )
    number = {label: index for index, label in enumerate(classes)}
    train = tuple(item for item in listing.items if item.part == "train")
    judged = tuple(item for part in JUDGED for item in listing.items if item.part == part)
    train_truth, judged_truth = (
        np.array([number[item.label] for item in items], np.int64).reshape(-1) for items in (train, judged)
    )
    counts = np.bincount(train_truth, minlength=len(classes))
    for label, count in zip(classes, counts, strict=True):
        if not count:
            raise InputError(f"The class {label} has no pictures to train on", "Add some, or remove the class")
    validation = sum(item.part == "validation" for item in judged)
    return Dataset(listing, classes, train, judged, train_truth, judged_truth, validation)


def example_weights(truth: Numbers, classes: int, *, balanced: bool) -> Floats:
    """How much each example counts: all alike, or so that every class counts alike, 1 on average (n / (k n_c)).

    Example:
        >>> [round(float(weight), 3) for weight in example_weights(np.array([0, 0, 0, 1]), 2, balanced=True)]
        [0.667, 0.667, 0.667, 2.0]
    """
    if not balanced:
        return np.ones(len(truth), np.float32)
    counts = np.bincount(truth, minlength=classes)
    return np.asarray(len(truth) / (classes * np.maximum(counts, 1)), np.float32)[truth]


def one_hot(truth: Numbers, classes: int) -> Floats:
    """(N,) class numbers -> (N, classes) float32.

    Example:
        >>> one_hot(np.array([1]), 3).tolist()
        [[0.0, 1.0, 0.0]]
    """
    return np.eye(classes, dtype=np.float32)[truth]
