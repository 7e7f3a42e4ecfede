"""What goes on inside a network while it learns, behind each epoch: weights, gradients, dead ReLUs, some answers.

All of it is measured on the same few pictures, without augmentation, and with the weights that the epoch ended with:
gradients as training has them (dropout on, batch norm by the batch). The network and its statistics stay as they were.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.runs.folder import read_events
from cnn_core.training.data import ScratchData
from cnn_core.training.inside import (
    Epoch,
    Histogram,
    Samples,
    histogram_of,
    load_epoch,
    load_samples,
    save_epoch,
    save_samples,
)
from cnn_core.transfer.dataset import one_hot
from cnn_core.transfer.updates import assign, values_of
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

__all__ = ["Epoch", "Histogram", "Monitor", "Samples", "load_epoch", "load_samples"]

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

PROBED = 64
SHOWN = 12
# From so large a share of dead channels on a layer is named, and from so many times the usual gradient.
DEAD = 0.9
EXPLODED = 10.0
_LARGE = 1_000.0
# Epochs from whose gradients the usual one follows.
_RECENT = 10


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
        save_samples(self.run, self.samples)
        save_epoch(self.run, self.measured(0))

    def epoch(self, number: int) -> Mapping[str, float]:
        """Measure, write and warn behind an epoch; what its event tells."""
        found = self.measured(number)
        save_epoch(self.run, found)
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
                said = (
                    f"Dead ReLUs in {layer} (epoch {found.number}): {share * 100:.0f} % of its outputs were 0 for all"
                )
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
        >>> values = keras.Input((2,))
        >>> weight_names(keras.Model(values, keras.layers.Dense(1, name="out")(values)))
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
