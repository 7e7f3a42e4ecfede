"""What a run's files say about its course: curves over all epochs, what was noted, and how good it has become."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json
from cnn_core.runs.folder import read_events, read_progress
from cnn_core.transfer.config import FEATURE_EXTRACTION, FINE_TUNING

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
        seconds: that it took, or has taken: all legs of a run that was stopped and resumed.
        final: whether the network is finished.
    """

    accuracy: float | None
    seconds: float
    final: bool = False

    @property
    def measure(self) -> str:
        """What the accuracy is: the best epoch so far need not be the one whose weights are kept.

        Example:
            >>> Standing(0.9, 7.0).measure, Standing(0.9, 7.0, final=True).measure
            ('best accuracy so far', 'accuracy')
        """
        return "accuracy" if self.final else "best accuracy so far"


def standing(run: Path) -> Standing:
    """How good a run is by now."""
    result = read_json(run / "result.json")
    if isinstance(result, dict):
        part = result.get("validation") or result.get("test") or {}
        return Standing(_number(part.get("accuracy")), _number(result.get("seconds")) or 0.0, final=True)
    history = history_of(read_events(run))
    # The epochs leave out the time that the features take.
    seconds = _number(read_progress(run).get("seconds")) or 0.0
    return Standing(history.best_accuracy, max(seconds, history.seconds))


def chose_an_epoch(run: Path) -> bool:
    """Whether a finished run kept an earlier epoch than its last because its validation loss was the smallest.

    Figures of the validation part are then a little too good. A run that was resumed after its first phase no longer
    knows how that one ended: it is taken to have chosen.

    Args:
        run: its folder.
    """
    config, result = (read_json(run / name) for name in ("config.json", "result.json"))
    if not isinstance(config, dict) or not isinstance(result, dict) or not config.get("early_stopping", 5):
        return False
    method = config.get("method", FEATURE_EXTRACTION)
    expected = (FEATURE_EXTRACTION, FINE_TUNING) if method == "both" else (method,)
    phases = result.get("phases")
    phases = phases if isinstance(phases, dict) else {}
    return any(
        not isinstance(phase := phases.get(name), dict) or phase.get("kept_epoch") != phase.get("epochs")
        for name in expected
    )


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
