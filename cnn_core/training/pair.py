"""Two trainings as one run, from config.json to result.json; `python -m cnn_core.training RUN_FOLDER`.

The sides of an experiment are trained epoch by epoch in turn, so that their curves can be watched over one another; a
broken training comes first and is mended after, while somebody thinks about it. Each training, of a side with a seed,
has a folder of its own in `legs/`, from which a run that was stopped or killed goes on.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import read_json, write_json
from cnn_core.runs.folder import write_status
from cnn_core.runtime import library_versions
from cnn_core.training.pair_config import SIDES, PairConfig, pair_of
from cnn_core.training.pair_leg import Leg, leg_folder
from cnn_core.training.train import native
from cnn_core.training.verdict import as_json, verdict_of
from cnn_core.transfer.device import prepare_device
from cnn_core.transfer.watch import StoppedError, Watch

RIGHT, FIGURES = "right.npz", "figures.json"


def train_run(run: Path) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there.

    Raises:
        InputError: an option out of its range, data that cannot be read, the memory does not suffice.
    """
    write_status(run, "running")
    began = time.perf_counter()
    pair = pair_of(read_json(run / "config.json") or {})
    watch = Watch(run, began=began)
    try:
        prepare_device()
        with native():
            _train(run, pair, watch)
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on after its last whole epoch.")
    else:
        _conclude(run, pair, watch)
        write_status(run, "done")


def _train(run: Path, pair: PairConfig, watch: Watch) -> None:
    legs = [Leg(run, pair, side, seed, watch) for seed in _seeds(pair) for side in SIDES]
    loaded: dict[Any, Any] = {}
    for group in _groups(pair, legs):
        waiting = [leg for leg in group if not leg.is_finished]
        for leg in waiting:
            leg.begin(loaded)
        while waiting:
            # After a kill one side may be an epoch behind.
            leg = min(waiting, key=lambda one: one.epoch)
            if not leg.next_epoch():
                _keep(leg)
                waiting.remove(leg)


def _seeds(pair: PairConfig) -> range:
    return range(pair.seed, pair.seed + pair.seeds)


def _groups(pair: PairConfig, legs: list[Leg]) -> Iterator[list[Leg]]:
    """Trainings that go on in turn."""
    together = 1 if pair.case else len(SIDES)
    for first in range(0, len(legs), together):
        yield legs[first : first + together]


def _keep(leg: Leg) -> None:
    """Its answers and figures; a training whose answers are there is finished."""
    found = leg.judged()
    write_json(leg.folder / FIGURES, found.figures)
    part = leg.folder / f"{RIGHT}.part"
    with part.open("wb") as file:
        np.savez_compressed(file, right=found.right)
    os.replace(part, leg.folder / RIGHT)
    leg.forget()


def _conclude(run: Path, pair: PairConfig, watch: Watch) -> None:
    right = {side: np.stack([_right(run, side, seed) for seed in _seeds(pair)]) for side in SIDES}
    write_json(
        run / "result.json",
        {
            "labels": pair.labels(),
            "seeds": list(_seeds(pair)),
            "verdict": as_json(verdict_of(right["first"], right["second"])),
            **{side: [leg_figures(run, side, seed) for seed in _seeds(pair)] for side in SIDES},
            "finished": time.time(),
            "seconds": round(watch.seconds, 1),
            "software": library_versions(),
        },
    )


def leg_figures(run: Path, side: str, seed: int) -> dict[str, Any] | None:
    """What was measured of a side with a seed; None where it is not finished.

    Args:
        run: its folder.
        side: "first" or "second".
        seed: of the training.
    """
    folder = leg_folder(run, side, seed)
    found = read_json(folder / FIGURES) if (folder / RIGHT).is_file() else None
    return found if isinstance(found, dict) else None


def _right(run: Path, side: str, seed: int) -> npt.NDArray[np.bool_]:
    with np.load(leg_folder(run, side, seed) / RIGHT, allow_pickle=False) as found:
        return np.asarray(found["right"], bool)
