"""What a run keeps of its network's inside behind each epoch, in `epochs/`, and the pictures that it is asked about."""

import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

FOLDER, SAMPLES = "epochs", "samples.npz"
BINS = 40


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values of a tensor are how large.

    Attributes:
        counts: (BINS,) values in each bin.
        edges: (BINS + 1,) of the bins.
    """

    counts: Numbers
    edges: Floats


@dataclass(frozen=True, eq=False)
class Epoch:
    """What was measured behind an epoch; 0 is before the first.

    Attributes:
        number: of the epoch.
        weights, gradients: histograms of each weight that is trained, by its name, as "block1_conv1/kernel".
        gradient_norms: the Euclidean norm of the loss's gradient, by the same names.
        dead: share of a layer's channels, or units, that gave 0 for every picture, by the name of each layer with ReLU.
        probabilities: (S, classes) of the samples.
    """

    number: int
    weights: Mapping[str, Histogram]
    gradients: Mapping[str, Histogram]
    gradient_norms: Mapping[str, float]
    dead: Mapping[str, float]
    probabilities: Floats

    @property
    def gradient_norm(self) -> float:
        """Of all weights together."""
        return math.sqrt(sum(norm**2 for norm in self.gradient_norms.values()))

    @property
    def dead_relu(self) -> float:
        """The mean share of dead channels over the layers with ReLU; 0 where there is none."""
        return float(np.mean(list(self.dead.values()))) if self.dead else 0.0


@dataclass(frozen=True, eq=False)
class Samples:
    """The held-out pictures whose answers are kept behind each epoch.

    Attributes:
        pixels: (S, rows, columns, 3).
        truth: (S,) class numbers.
        classes: their names.
    """

    pixels: Pixels
    truth: Numbers
    classes: tuple[str, ...]


def load_epoch(run: Path, number: int) -> Epoch | None:
    """What was measured behind an epoch of a run; None where nothing was, or it cannot be read."""
    try:
        with np.load(_file(run, number), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    names, layers = ([str(name) for name in arrays[key]] for key in ("names", "relu_layers"))
    weights, gradients = (
        {
            name: Histogram(counts, edges)
            for name, counts, edges in zip(names, arrays[f"{what}_counts"], arrays[f"{what}_edges"], strict=True)
        }
        for what in ("weights", "gradients")
    )
    return Epoch(
        number,
        weights,
        gradients,
        dict(zip(names, arrays["norms"].tolist(), strict=True)),
        dict(zip(layers, arrays["dead"].tolist(), strict=True)),
        arrays["probabilities"],
    )


def load_samples(run: Path) -> Samples | None:
    """The held-out pictures that are asked about behind each epoch; None where there are none yet."""
    try:
        with np.load(run / FOLDER / SAMPLES, allow_pickle=False) as found:
            return Samples(found["pixels"], found["truth"], tuple(found["classes"].tolist()))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def save_epoch(run: Path, epoch: Epoch) -> None:
    """Write what was measured behind an epoch, in one step."""
    names = list(epoch.weights)
    histograms = {"weights": epoch.weights, "gradients": epoch.gradients}
    arrays: dict[str, Any] = {"names": np.array(names, dtype=str)}
    for what, found in histograms.items():
        arrays[f"{what}_counts"] = np.array([found[name].counts for name in names]).reshape(-1, BINS)
        arrays[f"{what}_edges"] = np.array([found[name].edges for name in names]).reshape(-1, BINS + 1)
    arrays["norms"] = np.array([epoch.gradient_norms[name] for name in names])
    arrays |= {"relu_layers": np.array(list(epoch.dead), dtype=str), "dead": np.array(list(epoch.dead.values()))}
    _write(_file(run, epoch.number), arrays | {"probabilities": epoch.probabilities})


def save_samples(run: Path, samples: Samples) -> None:
    """Write the held-out pictures that are asked about behind each epoch, in one step."""
    classes = np.array(samples.classes, dtype=str)
    _write(run / FOLDER / SAMPLES, {"pixels": samples.pixels, "truth": samples.truth, "classes": classes})


def histogram_of(values: npt.NDArray[Any]) -> Histogram:
    """Counts in equal bins from the smallest to the largest value; what is no number is left out.

    Example:
        >>> histogram_of(np.array([0.0, 1.0, np.nan])).counts[[0, -1]].tolist()
        [1, 1]
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    # A tensor of equal values has no width to divide.
    margin = max(1e-12, 1e-6 * abs(low)) if high <= low else 0.0
    counts, edges = np.histogram(finite, BINS, (low - margin, high + margin))
    return Histogram(counts.astype(np.int64), edges.astype(np.float32))


def _file(run: Path, number: int) -> Path:
    return run / FOLDER / f"{number:04d}.npz"


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    """Replace the file in one step."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(part, path)
