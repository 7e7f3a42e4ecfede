"""What goes on inside a network while it learns, behind each epoch: weights, gradients, dead ReLUs, some answers.

All of it is measured on the same few pictures, without augmentation, and with the weights that the epoch ended with:
gradients as training has them (dropout on, batch norm by the batch). The network and its statistics stay as they were.
"""

import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.runs.folder import read_events
from cnn_core.training.data import ScratchData
from cnn_core.transfer.dataset import one_hot
from cnn_core.transfer.updates import assign, values_of
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

FOLDER, SAMPLES = "epochs", "samples.npz"
PROBED = 64
SHOWN = 12
BINS = 40
# From so large a share of dead channels on a layer is named, and from so many times the usual gradient.
DEAD = 0.9
EXPLODED = 10.0
_LARGE = 1_000.0
# Epochs from whose gradients the usual one follows.
_RECENT = 10


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


class Monitor:
    """Looks into a run's network behind each epoch, writes what it sees, and says what is wrong with it by layer."""

    def __init__(
        self, run: Path, model: "keras.Model", data: ScratchData, *, watch: Watch, judged: Callable[[Pixels], Floats]
    ) -> None:
        """Choose the pictures.

        Args:
            run: its folder.
            model: as it is trained.
            data: of the run.
            watch: told what a person should know.
            judged: makes a network's input of held-out pixels.
        """
        self.run, self.model, self.watch = run, model, watch
        random = np.random.default_rng(0)
        chosen = random.permutation(len(data.truth))[:PROBED]
        self._inputs = data.pixels[chosen].astype(np.float32)
        self._targets = one_hot(data.truth[chosen], len(data.classes))
        shown = random.permutation(data.validation or len(data.items))[:SHOWN]
        self.samples = Samples(data.judged[shown], data.judged_truth[shown], data.classes)
        self._shown = judged(self.samples.pixels)
        self._norms: list[float] = []
        self._named: set[str] = set()
        for event in read_events(run):
            if event.get("kind") == "epoch" and isinstance(event.get("gradient_norm"), int | float):
                self._norms.append(float(event["gradient_norm"]))
            self._named |= set(event.get("layers", ()))

    def begin(self) -> None:
        """Keep the samples, and what the network is before its first epoch."""
        (self.run / FOLDER).mkdir(exist_ok=True)
        samples = self.samples
        _write(
            self.run / FOLDER / SAMPLES,
            {"pixels": samples.pixels, "truth": samples.truth, "classes": np.array(samples.classes, dtype=str)},
        )
        _save(self.run, self.measured(0))

    def epoch(self, number: int) -> Mapping[str, float]:
        """Measure, write and warn behind an epoch; what its event tells."""
        found = self.measured(number)
        _save(self.run, found)
        self._warn(found)
        self._norms.append(found.gradient_norm)
        event = {"gradient_norm": found.gradient_norm, "dead_relu": found.dead_relu}
        return {name: value for name, value in event.items() if math.isfinite(value)}

    def measured(self, number: int) -> Epoch:
        """Look into the network as it is now."""
        names = weight_names(self.model)
        gradients = dict(zip(names, gradients_of(self.model, self._inputs, self._targets), strict=True))
        weights = dict(zip(names, values_of(self.model.trainable_variables), strict=True))
        return Epoch(
            number,
            {name: histogram_of(values) for name, values in weights.items()},
            {name: histogram_of(values) for name, values in gradients.items()},
            {name: float(np.linalg.norm(values.astype(np.float64))) for name, values in gradients.items()},
            dead_shares(self.model, self._inputs),
            np.asarray(self.model.predict_on_batch(self._shown), np.float32),
        )

    def astray(self) -> None:
        """Name the layers whose weights are no numbers any more, where training ended for that."""
        names = weight_names(self.model)
        values = values_of(self.model.trainable_variables)
        broken = [name for name, array in zip(names, values, strict=True) if not np.isfinite(array).all()]
        if broken:
            self._note(f"Exploded: weights that are no numbers any more, first in {broken[0]}.", {broken[0]})

    def _warn(self, found: Epoch) -> None:
        for layer, share in found.dead.items():
            if share >= DEAD and layer not in self._named:
                said = f"Dead ReLUs in {layer} (epoch {found.number}): {share:.0%} of its outputs were 0 for all"
                self._note(
                    f"{said} {len(self._inputs)} pictures looked at; no gradient reaches their weights.", {layer}
                )
        usual = float(np.median(self._norms[-_RECENT:])) if self._norms else math.inf
        norm = found.gradient_norm
        if not math.isfinite(norm) or norm > min(EXPLODED * usual, _LARGE):
            layer = max(found.gradient_norms, key=lambda name: _size(found.gradient_norms[name]))
            if f"gradient {layer}" not in self._named:
                usually = f", and {usual:.3g} is usual" if math.isfinite(usual) else ""
                self._note(
                    f"Exploding gradient in epoch {found.number}: its norm is {norm:.3g}{usually}; largest in {layer}.",
                    {f"gradient {layer}"},
                )

    def _note(self, text: str, layers: set[str]) -> None:
        self._named |= layers
        self.watch.note(text, layers=sorted(layers))


def weight_names(model: "keras.Model") -> list[str]:
    """The name of each weight that is trained: of its layer and of itself.

    Example:
        >>> import keras
        >>> weight_names(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")]))
        ['out/kernel', 'out/bias']
    """
    return [variable.path for variable in model.trainable_variables]


def gradients_of(model: "keras.Model", inputs: Floats, targets: Floats) -> list[npt.NDArray[Any]]:
    """The gradient of the loss with respect to each weight that is trained, as training would have it for this batch.

    Whatever Keras computes with: an optimizer that keeps each gradient and changes nothing takes the place of the real
    one, in a model of the same layers.

    Args:
        model: with its weights; its statistics and its optimizer stay as they are.
        inputs: (N, rows, columns, 3) in [0, 255].
        targets: (N, classes).
    """
    import keras

    class Keeper(keras.optimizers.Optimizer):
        """Keeps what it is given."""

        def build(self, variables: list[Any]) -> None:
            if not self.built:
                super().build(variables)
                self.kept = [self.add_variable_from_reference(one, name="gradient") for one in variables]

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:  # noqa: ARG002
            self.assign(self.kept[self._get_variable_index(variable)], gradient)

    probe = keras.Model(model.input, model.output)
    keeper = Keeper(learning_rate=1.0)
    # One batch an epoch: tracing would take longer than it saves.
    probe.compile(keeper, keras.losses.CategoricalCrossentropy(), run_eagerly=True)
    keeper.build(probe.trainable_variables)
    with _states_kept(model):
        probe.train_on_batch(inputs, targets)
    return values_of(keeper.kept)


def dead_shares(model: "keras.Model", inputs: Floats) -> dict[str, float]:
    """The share of channels (units of a dense layer) that give 0 for all of these pictures, by layer with ReLU.

    As in training, where batch norm takes the statistics of the batch.

    Args:
        model: functional.
        inputs: (N, rows, columns, 3) in [0, 255].
    """
    import keras
    from keras import ops

    from cnn_core.starters.torch_speed import without_gradients

    layers = [layer for layer in model.layers if _is_relu(layer)]
    if not layers:
        return {}
    outputs = [ops.max(layer.output, axis=tuple(range(1, len(layer.output.shape) - 1))) for layer in layers]
    with _states_kept(model), without_gradients():
        largest = keras.Model(model.input, outputs)(inputs, training=True)
    largest = largest if isinstance(largest, list | tuple) else [largest]
    return {
        layer.name: float((ops.convert_to_numpy(values).max(axis=0) <= 0).mean())
        for layer, values in zip(layers, largest, strict=True)
    }


@contextmanager
def _states_kept(model: "keras.Model") -> Iterator[None]:
    """What layers keep besides their weights is afterwards as it was: statistics, the state of dropout."""
    states = list(model.non_trainable_variables)
    before = values_of(states)
    try:
        yield
    finally:
        assign(states, before)


def _is_relu(layer: "keras.layers.Layer") -> bool:
    import keras

    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    return getattr(layer, "activation", None) in (keras.activations.relu, keras.activations.relu6)


def _size(norm: float) -> float:
    return norm if math.isfinite(norm) else math.inf


def _file(run: Path, number: int) -> Path:
    return run / FOLDER / f"{number:04d}.npz"


def _save(run: Path, epoch: Epoch) -> None:
    names = list(epoch.weights)
    histograms = {"weights": epoch.weights, "gradients": epoch.gradients}
    arrays: dict[str, Any] = {"names": np.array(names, dtype=str)}
    for what, found in histograms.items():
        arrays[f"{what}_counts"] = np.array([found[name].counts for name in names]).reshape(-1, BINS)
        arrays[f"{what}_edges"] = np.array([found[name].edges for name in names]).reshape(-1, BINS + 1)
    arrays["norms"] = np.array([epoch.gradient_norms[name] for name in names])
    arrays |= {"relu_layers": np.array(list(epoch.dead), dtype=str), "dead": np.array(list(epoch.dead.values()))}
    _write(_file(run, epoch.number), arrays | {"probabilities": epoch.probabilities})


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    """Replace the file in one step."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(part, path)
