"""Trainings of a few hundred weights on a few drawn shapes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cnn_core.own_network.layers import layer
from cnn_core.own_network.link import encode_network
from cnn_core.runs.folder import read_events
from cnn_core.runs.store import RunStore
from cnn_core.training import data
from cnn_core.training.config import new_training

NETWORK = encode_network(
    [
        layer("convolution", filters=4, bias=False, activation="linear", stride=2),
        layer("batch_norm", momentum=0.5),
        layer("activation"),
        layer("dropout", rate=0.3),
        layer("flatten"),
        layer("dense", units=3),
    ],
    (16, 16, 3),
)
TINY: dict[str, Any] = {
    **{"data": "shapes", "pictures": 44, "network": "own", "own": NETWORK, "batch_size": 8, "epochs": 3},
    **{"learning_rate": 0.01, "early_stopping": 0},
}
FIGURES = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "gradient_norm", "dead_relu")


@contextmanager
def few_held_out(count: int = 12) -> Iterator[None]:
    """So many validation pictures, and twice as many to test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "_LEAST_HELD_OUT", count)
        yield


def make_run(store: Path, **changes: Any) -> Path:
    return new_training(RunStore(store), {**TINY, **changes}, owner="me")


def epochs_of(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(run) if event["kind"] == "epoch"]


def notes_of(run: Path) -> list[str]:
    return [event["text"] for event in read_events(run) if event["kind"] == "note"]
