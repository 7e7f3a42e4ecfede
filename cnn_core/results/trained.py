"""The network of a finished run, loaded once and kept: raw pixels in, probabilities out.

`model.keras` was written by this project's own training, of Keras' own layers; it is still loaded in safe mode.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.results.predictions import read_labels

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
FILE = "model.keras"

# A class of 30 looks at a handful of runs; the largest backbone takes 100 MB.
_KEPT = 4
# Pictures computed at once: 32 of 224 x 224 take VGG-16 half a gigabyte.
_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A run's network.

    Attributes:
        model: the Keras model; hold `turn` while computing with it.
        classes: names in the order of its outputs.
        size: rows and columns that it takes.
        turn: the model is shared by all visitors.
    """

    model: "keras.Model"
    classes: tuple[str, ...]
    size: tuple[int, int]
    turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, batch: npt.ArrayLike) -> Floats:
        """(N, rows, columns, 3) raw pixels 0 to 255 -> (N, C) float32 probabilities."""
        pictures = np.asarray(batch, np.float32)
        chunks = []
        for first in range(0, len(pictures), _AT_ONCE):
            part = pictures[first : first + _AT_ONCE]
            # Keras compiles for each length anew: filled up to a power of two there are five of them.
            full = np.resize(part, (1 << (len(part) - 1).bit_length(), *part.shape[1:]))
            with self.turn:
                chunks.append(np.asarray(self.model.predict_on_batch(full), np.float32)[: len(part)])
        return np.concatenate(chunks) if chunks else np.zeros((0, len(self.classes)), np.float32)


_networks: OrderedDict[tuple[str, int], TrainedNetwork] = OrderedDict()
_loading = threading.Lock()


def trained_network(run: Path) -> TrainedNetwork:
    """The network of a run; imports Keras and loads it at the first call, the last four are kept.

    Args:
        run: its folder.

    Raises:
        InputError: the run has no network yet, or its file is damaged.
    """
    path = run / FILE
    try:
        key = (str(path.resolve()), path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise InputError("This run has no trained network yet", "Wait until it is done, or resume it") from error
    with _loading:
        if key not in _networks:
            _networks[key] = _load(run)
        _networks.move_to_end(key)
        while len(_networks) > _KEPT:
            _networks.popitem(last=False)
        return _networks[key]


def model_time(run: Path) -> int:
    """When a run's network was written, in nanoseconds; 0 where there is none yet.

    Example:
        >>> model_time(Path("/nowhere"))
        0
    """
    try:
        return (run / FILE).stat().st_mtime_ns
    except OSError:
        return 0


def load_model(path: Path) -> "keras.Model":
    """A `.keras` file that this project wrote, uncompiled.

    Raises:
        InputError: it is damaged.
    """
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # A file that was cut short is no archive; one whose disk was full lacks a part.
    except (ValueError, OSError, KeyError) as error:
        raise InputError(f"{path.name} of this run is damaged", "Train again") from error


def _load(run: Path) -> TrainedNetwork:
    model = load_model(run / FILE)
    rows, columns = model.input_shape[1:3]
    if rows is None or columns is None:
        config: dict[str, Any] = read_json(run / "config.json") or {}
        rows, columns = config["input_size"]
    return TrainedNetwork(model, read_labels(run), (int(rows), int(columns)))
