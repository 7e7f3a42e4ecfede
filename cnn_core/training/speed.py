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
_NETWORK = ("network", "options", "own", "input_size", "frozen", "batch_norm", "precision", "devices")
_MOST_KEPT = 200
# An epoch of fewer is mostly judging and looking inside: it says little about longer ones, and is kept apart.
FEW = 2_000


@dataclass(frozen=True)
class Speed:
    """Pictures a second in training, judging of the epoch included.

    Attributes:
        pictures: a second.
        measured: whether it was measured here, with this network; else it is that of the recipe on two cores.
    """

    pictures: float
    measured: bool


def expected_speed(store: Path, config: ScratchConfig, *, pictures: int) -> Speed | None:
    """How fast a configuration was trained last on this machine; None where nothing is known of its network.

    Args:
        store: the folder of all runs.
        config: whose network, size and precision count.
        pictures: that will be trained on in each epoch.

    Example:
        >>> expected_speed(Path("/nowhere"), ScratchConfig(), pictures=45_000).measured
        False
    """
    kept, few = _kept(store), pictures < FEW
    speeds = [kept.get(_key(config, few=one)) for one in (few, not few)]
    same, other = (Speed(float(one), True) if isinstance(one, int | float) and one > 0 else None for one in speeds)
    usual = Speed(USUAL, False) if config.network == RECIPE and config.input_size == (32, 32) else None
    # What is known of many pictures holds for few, about; the other way round it is no more than a last resort.
    return same or (other or usual if few else usual or other)


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
    kept = {**_kept(run.parent), _key(config, few=pictures < FEW): round(pictures / fastest, 2)}
    write_json(run.parent / FILE, dict(list(kept.items())[-_MOST_KEPT:]))


def _kept(store: Path) -> dict[str, Any]:
    found = read_json(store / FILE)
    return found if isinstance(found, dict) else {}


def _key(config: ScratchConfig, *, few: bool = False) -> str:
    values = values_of(config)
    return json.dumps([*(values[name] for name in _NETWORK), *(["few"] * few)], sort_keys=True)
