"""How long a training will take here: from the speed at which the same network was trained on this machine before."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn_core.child_process import read_json, write_json
from cnn_core.runs.folder import read_events
from cnn_core.training.config import RECIPE, ScratchConfig, values_of

FILE = ".training_speed.json"
# About that of the recipe on TensorFlow on two cores with AVX-512; `benchmarks/training.py` measures it.
USUAL = 500.0
_NETWORK = ("network", "options", "own", "input_size", "frozen", "batch_norm", "precision")
_MOST_KEPT = 200


@dataclass(frozen=True)
class Speed:
    """Pictures a second in training, judging of the epoch included.

    Attributes:
        pictures: a second.
        measured: whether it was measured here, with this network; else it is that of the recipe on two cores.
    """

    pictures: float
    measured: bool


def expected_speed(store: Path, config: ScratchConfig) -> Speed | None:
    """How fast a configuration was trained last on this machine; None where nothing is known of its network.

    Args:
        store: the folder of all runs.
        config: whose network, size and precision count.

    Example:
        >>> expected_speed(Path("/nowhere"), ScratchConfig()).measured
        False
    """
    kept = _kept(store).get(_key(config))
    if isinstance(kept, int | float) and kept > 0:
        return Speed(float(kept), True)
    return Speed(USUAL, False) if config.network == RECIPE and config.input_size == (32, 32) else None


def remember_speed(run: Path, config: ScratchConfig, *, pictures: int) -> None:
    """Keep how fast a run was trained, beside the runs.

    Args:
        run: its folder, with its events.
        config: what was trained.
        pictures: trained on in each epoch.
    """
    seconds = [event["seconds"] for event in read_events(run) if event.get("kind") == "epoch" and event.get("seconds")]
    if not seconds:
        return
    # The first epoch begins with compiling.
    fastest = min(seconds[1:] or seconds)
    kept = {**_kept(run.parent), _key(config): round(pictures / fastest, 2)}
    write_json(run.parent / FILE, dict(list(kept.items())[-_MOST_KEPT:]))


def _kept(store: Path) -> dict[str, Any]:
    found = read_json(store / FILE)
    return found if isinstance(found, dict) else {}


def _key(config: ScratchConfig) -> str:
    values = values_of(config)
    return json.dumps([values[name] for name in _NETWORK], sort_keys=True)
