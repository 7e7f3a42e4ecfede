"""What a run's events say about its course: curves over all epochs, what was noted, and how good it has become."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json
from cnn_core.runs.folder import read_events
from cnn_core.transfer.config import FINE_TUNING

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")

Curve = tuple[float | None, ...]


@dataclass(frozen=True)
class History:
    """The epochs of a run, those of fine-tuning behind those of feature extraction.

    Attributes:
        curves: each of `CURVES`, one value an epoch, None where there is none.
        phases: of each epoch.
        notes: what a person should know, in order.
        seconds: of all epochs.
    """

    curves: Mapping[str, Curve]
    phases: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    def __len__(self) -> int:
        return len(self.phases)

    @property
    def tuned_from(self) -> int | None:
        """The number, from 1 on, of the first epoch of fine-tuning that follows feature extraction."""
        if FINE_TUNING not in self.phases or self.phases[0] == FINE_TUNING:
            return None
        return self.phases.index(FINE_TUNING) + 1

    @property
    def best_accuracy(self) -> float | None:
        """The largest validation accuracy of an epoch."""
        return max((value for value in self.curves["val_accuracy"] if value is not None), default=None)


def history_of(events: Sequence[Mapping[str, Any]]) -> History:
    """Put the events of a run in order.

    Example:
        >>> history = history_of([
        ...     {"kind": "epoch", "phase": "feature_extraction", "epoch": 1, "loss": 0.7, "val_accuracy": 0.5},
        ...     {"kind": "note", "text": "The batch was halved."},
        ...     {"kind": "epoch", "phase": "fine_tuning", "epoch": 1, "loss": 0.6, "val_accuracy": 0.8}])
        >>> history.curves["loss"], history.tuned_from, history.best_accuracy
        ((0.7, 0.6), 2, 0.8)
    """
    epochs = [event for event in events if event.get("kind") == "epoch"]
    return History(
        curves={name: tuple(_number(event.get(name)) for event in epochs) for name in CURVES},
        phases=tuple(str(event.get("phase", "")) for event in epochs),
        notes=tuple(str(event.get("text", "")) for event in events if event.get("kind") == "note"),
        seconds=sum(_number(event.get("seconds")) or 0.0 for event in epochs),
    )


@dataclass(frozen=True)
class Standing:
    """How good a run is, for a list of runs.

    Attributes:
        accuracy: on the validation part: of the finished network, or the best epoch's so far; None where unknown.
        seconds: that it took, or has taken.
    """

    accuracy: float | None
    seconds: float


def standing(run: Path) -> Standing:
    """How good a run is by now."""
    result = read_json(run / "result.json")
    if isinstance(result, dict):
        part = result.get("validation") or result.get("test") or {}
        return Standing(_number(part.get("accuracy")), _number(result.get("seconds")) or 0.0)
    history = history_of(read_events(run))
    return Standing(history.best_accuracy, history.seconds)


def progress_share(progress: Mapping[str, Any]) -> float:
    """How much of its phase a run has done, from its progress.json; in [0, 1].

    Example:
        >>> progress_share({"epoch": 2, "epochs": 4, "batch": 5, "batches": 10}), progress_share({})
        (0.375, 0.0)
    """
    batches, epochs, epoch = (progress.get(name) or 0 for name in ("batches", "epochs", "epoch"))
    share = (progress.get("batch") or 0) / batches if batches else 0.0
    if epochs:
        share = (max(epoch, 1) - 1 + share) / epochs
    return min(1.0, max(0.0, share))


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    # Plotly and JSON take no NaN, which a loss may become.
    return None if number is None or math.isnan(number) else number
