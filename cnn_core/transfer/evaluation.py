"""What a trained network says about pictures that it was not trained on, written down for the pages to read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Parts of a listing that a network is judged by.
JUDGED = ("validation", "test")
_SMALLEST = 1e-7


def loss_and_accuracy(
    probabilities: Floats, truth: npt.NDArray[np.int64], *, label_smoothing: float = 0.0
) -> tuple[float, float]:
    """Mean cross-entropy, against smoothed labels as in training, and the share that is right.

    Args:
        probabilities: (N, classes).
        truth: (N,) class numbers.
        label_smoothing: share of each label given to all classes alike.

    Example:
        >>> loss, accuracy = loss_and_accuracy(np.array([[0.5, 0.5], [1.0, 0.0]], np.float32), np.array([0, 0]))
        >>> round(loss, 4), accuracy
        (0.3466, 1.0)
    """
    logs = np.log(np.clip(probabilities.astype(np.float64), _SMALLEST, 1.0))
    named = logs[np.arange(len(truth)), truth]
    losses = -((1 - label_smoothing) * named + label_smoothing * logs.mean(axis=1))
    return float(losses.mean()), float((probabilities.argmax(axis=1) == truth).mean())


def write_predictions(
    path: Path, items: Sequence[Any], *, truth: npt.NDArray[np.int64], probabilities: Floats, classes: Sequence[str]
) -> None:
    """Write predictions.npz in one step: files, parts, truth, probabilities, classes.

    Args:
        path: of the file.
        items: of the listing, in order.
        truth: (N,) class numbers.
        probabilities: (N, classes) float32.
        classes: their names.
    """
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            files=np.array([item.file for item in items], dtype=str),
            parts=np.array([item.part for item in items], dtype=str),
            truth=truth,
            probabilities=probabilities.astype(np.float32),
            classes=np.array(list(classes), dtype=str),
        )
    os.replace(part, path)


def figures_by_part(
    items: Sequence[Any], truth: npt.NDArray[np.int64], probabilities: Floats
) -> dict[str, dict[str, float]]:
    """Pictures, accuracy and loss of each part that has pictures.

    Returns:
        {"validation": {"pictures", "accuracy", "loss"}, …}
    """
    figures = {}
    for part in JUDGED:
        there = np.array([item.part == part for item in items], bool)
        if there.any():
            loss, accuracy = loss_and_accuracy(probabilities[there], truth[there])
            figures[part] = {"pictures": int(there.sum()), "accuracy": accuracy, "loss": loss}
    return figures
