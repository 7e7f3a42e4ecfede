"""What resuming a run needs, in one file that is replaced in one step: a kill at any moment leaves a whole one.

Only weights that training can change are kept; the others come from the backbone's own file.
"""

import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FILE = "state.npz"
_META = "meta"

Arrays = list[npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run at the end of an epoch.

    Attributes:
        phase: the phase that it is in.
        epoch: whole epochs of it.
        weights: the variables that training changes, in order.
        best: the same at the best epoch; empty where there is none yet.
        optimizer: the optimizer's variables.
        state: numbers: schedule, early stopping, batches that an update is split into, seconds.
    """

    phase: str
    epoch: int
    weights: Arrays
    best: Arrays
    optimizer: Arrays
    state: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the folder's checkpoint in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    meta = {"phase": checkpoint.phase, "epoch": checkpoint.epoch, "state": checkpoint.state}
    arrays = {_META: np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    for group in ("weights", "best", "optimizer"):
        arrays |= {f"{group}_{number}": array for number, array in enumerate(getattr(checkpoint, group))}
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    part = folder / f"{FILE}.part"
    with part.open("wb") as target:
        target.write(file.getbuffer())
        target.flush()
        os.fsync(target.fileno())
    os.replace(part, folder / FILE)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The folder's checkpoint; None where there is none, or none that can be read."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        meta = json.loads(arrays.pop(_META).tobytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    groups: dict[str, Arrays] = {"weights": [], "best": [], "optimizer": []}
    for name in sorted(arrays, key=lambda name: int(name.rpartition("_")[2])):
        groups[name.rpartition("_")[0]].append(arrays[name])
    return Checkpoint(meta["phase"], meta["epoch"], state=meta["state"], **groups)
