"""A training from scratch from its config.json to its model.keras; `python -m cnn_core.training RUN_FOLDER`.

One phase of the loop that fine-tuning uses, with every layer trained. Runs on each of Keras' backends; on PyTorch the
copies are left out that a processor spends half of a step on.
"""

import os
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.augmentation import augmented, mixed_up
from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import write_status
from cnn_core.runtime import describe_machine, library_versions
from cnn_core.training.change import Change
from cnn_core.training.config import RECIPE, STARTER, ScratchConfig, config_of
from cnn_core.training.data import ScratchData, load_data
from cnn_core.training.distributed import spread_over, training_on
from cnn_core.training.monitor import Monitor
from cnn_core.training.network import network_code, scratch_network
from cnn_core.training.speed import remember_speed
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.dataset import one_hot
from cnn_core.transfer.device import on_gpu, precision_policy, prepare_device
from cnn_core.transfer.evaluation import figures_by_part, loss_and_accuracy, write_predictions
from cnn_core.transfer.loop import Examples, Outcome, Phase, train_phase
from cnn_core.transfer.pictures import epoch_random
from cnn_core.transfer.train import dtype_policy
from cnn_core.transfer.updates import Recipe
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

PHASE = "scratch"
CHECKPOINT = "checkpoint"
# The network as code: pages, which do not import Keras, put it into the script that is taken home.
CODE = "network.py"
MEASURES = ("loss", "accuracy", "gradient_norm", "dead_relu")
# As the guide's ReduceLROnPlateau.
PATIENCE = 3
_COMPARED = 8


def train_run(run: Path) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there.

    Raises:
        InputError: an option out of its range, data that cannot be read, a network that does not fit, a loss that is no
            number any more.
    """
    write_status(run, "running")
    began = time.perf_counter()
    config = config_of(read_json(run / "config.json") or {})
    watch = Watch(run, measures=MEASURES, began=began)
    try:
        prepare_device()
        watch.start("reading")
        training = Training(config, watch)
        outcome = training.train(run)
        training.save(run, outcome)
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on after its last whole epoch.")
    else:
        write_status(run, "done")


class Training:
    """A configuration made into pictures and a network, with its mistake, if it is to make one.

    Attributes:
        config: what is really trained.
        data: the pictures.
        model: the network, under the run's precision.
        watch: told what is going on.
    """

    def __init__(self, config: ScratchConfig, watch: Watch, *, data: ScratchData | None = None) -> None:
        """Read the pictures and build the network.

        Args:
            config: what is asked for; its mistake may change it.
            watch: told what is going on.
            data: the pictures, without the mistake, where they were read before.

        Raises:
            InputError: as `load_data` and `scratch_network`.
        """
        self._change = change_of(config)
        self.config = self._change.config(config) if self._change.config else config
        self.watch = watch
        if data is None:
            data = load_data(self.config, progress=lambda done, of: watch.batch(done, of, pictures=done))
        self.data: ScratchData = self._change.data(data, config.seed) if self._change.data else data
        watch.start("building")
        self._policy = precision_policy(config.precision)
        self._spread = spread_over(config.devices)
        with dtype_policy(self._policy), self._spread.building():
            self._trained = self._network()
        self.model = self._spread.seen(self._trained)
        if self._spread.virtual:
            watch.note(
                f"There are no {config.devices} GPUs: the processor is divided into so many virtual devices. "
                "The result is that of several devices; nothing gets faster."
            )
        self._targets = one_hot(self.data.truth, len(self.data.classes))

    def train(self, run: Path) -> Outcome:
        """All epochs that are left.

        Raises:
            InputError: the loss is no number any more; the memory does not suffice.
            StoppedError: somebody asked for it.
        """
        examples = self.examples()
        monitor = Monitor(run, self.model, self.data, watch=self.watch, judged=self.judged_inputs)
        examples = Examples(examples.make, examples.weights, examples.validate, monitor.epoch)
        resumed = load_checkpoint(run / CHECKPOINT)
        if resumed is None:
            monitor.begin()
        self.watch.start(PHASE)
        try:
            with dtype_policy(self._policy), native(), training_on(self._spread, self._trained):
                return train_phase(
                    self._trained,
                    phase_of(self.config, pictures=len(self.data.truth)),
                    examples,
                    watch=self.watch,
                    folder=run / CHECKPOINT,
                    resumed=resumed,
                    step=self._spread.step,
                )
        except InputError:
            monitor.astray()
            raise

    def examples(self) -> Examples:
        """What the loop trains on and is judged by."""
        config, data = self.config, self.data
        changes = config.augmentation.changes_pictures

        def make(chosen: npt.NDArray[np.int64], epoch: int, batch: int) -> tuple[Floats, Floats]:
            random = epoch_random(seed=config.seed, phase=PHASE, epoch=epoch, batch=batch)
            pixels = data.pixels[chosen]
            if changes:
                pixels = np.stack([augmented(picture, config.augmentation, random) for picture in pixels])
            inputs = pixels.astype(np.float32)
            return mixed_up(inputs, self._targets[chosen], alpha=config.augmentation.mixup, random=random)

        def validate() -> tuple[float, float]:
            truth = data.judged_truth[: data.validation]
            return loss_and_accuracy(self.answers(self.model, data.judged[: data.validation]), truth)

        weights = np.ones(len(data.truth), np.float32)
        return Examples(make, weights, validate if data.validation else None)

    def answers(self, model: "keras.Model", pixels: npt.NDArray[np.uint8], *, shown: bool = False) -> Floats:
        """Probabilities (N, classes) of these pictures; all batches have one shape.

        Args:
            model: from pixels to probabilities.
            pixels: (N, rows, columns, 3).
            shown: whether the run's progress is about this.
        """
        size = min(self.config.batch_size, max(1, len(pixels)))
        answers = [np.zeros((0, len(self.data.classes)), np.float32)]
        for first in range(0, len(pixels), size):
            some = self.judged_inputs(pixels[first : first + size])
            whole = np.concatenate([some, np.repeat(some[-1:], size - len(some), axis=0)])
            answers.append(np.asarray(model.predict_on_batch(whole), np.float32)[: len(some)])
            if shown:
                self.watch.batch(first // size + 1, -(-len(pixels) // size), pictures=first + len(some))
            else:
                self.watch.check()
        return np.concatenate(answers)

    def save(self, run: Path, outcome: Outcome) -> None:
        """Ask about all held-out pictures once, write the network, its answers and the figures; result.json is last."""
        import keras

        data, config, model = self.data, self.config, self.model
        self.watch.start("evaluating")
        self._spread.end()
        if self._policy != "float32" or self.config.devices > 1:
            # What people take home computes in float32, and on one device, wherever it is loaded.
            model = self._network()
            model.set_weights(self.model.get_weights())
        probabilities = self.answers(model, data.judged, shown=True)
        self.watch.start("saving")
        part = run / "part.model.keras"
        keras.Model(model.input, model.output, name=model.name).save(part)
        saved = keras.saving.load_model(part, compile=False, safe_mode=True)
        found = np.asarray(saved.predict_on_batch(self.judged_inputs(data.judged[:_COMPARED])), np.float32)
        os.replace(part, run / "model.keras")
        if config.network not in (RECIPE, STARTER):
            (run / CODE).write_text(network_code(config, len(data.classes)), encoding="utf-8")
        (run / "labels.txt").write_text("".join(f"{label}\n" for label in data.classes), encoding="utf-8")
        write_predictions(
            run / "predictions.npz",
            data.items,
            truth=data.judged_truth,
            probabilities=probabilities,
            classes=data.classes,
        )
        remember_speed(run, config, pictures=len(data.truth))
        machine = describe_machine()
        write_json(
            run / "result.json",
            {
                **figures_by_part(data.items, data.judged_truth, probabilities),
                "train": {"pictures": len(data.truth)},
                "classes": list(data.classes),
                "network": config.network,
                "input_size": list(config.input_size),
                "phases": {PHASE: asdict(outcome)},
                "parameters": int(model.count_params()),
                "agreement": float(np.abs(found - probabilities[:_COMPARED]).max(initial=0.0)),
                "finished": time.time(),
                "seconds": round(self.watch.seconds, 1),
                "device": machine.gpus[0].name if on_gpu() else f"{machine.cores} cores, {machine.processor}",
                "software": library_versions(),
            },
        )

    def _network(self) -> "keras.Model":
        model = scratch_network(self.config, len(self.data.classes))
        return self._change.network(model) if self._change.network else model

    def judged_inputs(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """What the network is given of held-out pixels (N, rows, columns, 3)."""
        inputs = pixels.astype(np.float32)
        return self._change.judged(inputs) if self._change.judged else inputs


def change_of(config: ScratchConfig) -> Change:
    """What the run's mistake changes; nothing where it is to make none."""
    if not config.mistake:
        return Change()
    from cnn_core.training.mistakes import MISTAKES

    return MISTAKES[config.mistake].change


def phase_of(config: ScratchConfig, *, pictures: int) -> Phase:
    """How a run is trained on so many pictures.

    Example:
        >>> phase_of(ScratchConfig(batch_size=128), pictures=100).recipe.batch_size
        100
        >>> phase_of(ScratchConfig(batch_size=128, devices=8), pictures=100).recipe.batch_size
        96
    """
    whole = max(pictures // config.devices, 1) * config.devices
    return Phase(
        name=PHASE,
        epochs=config.epochs,
        recipe=Recipe(config.optimizer, min(config.batch_size, whole), devices=config.devices),
        learning_rate=config.learning_rate,
        schedule=config.schedule,
        early_stopping=config.early_stopping,
        seed=config.seed,
        patience=PATIENCE,
        shuffled=config.shuffle,
        filled=True,
    )


def native() -> AbstractContextManager[None]:
    """PyTorch's own layout and batch norm, where Keras runs on PyTorch and on a processor."""
    import keras

    if keras.backend.backend() != "torch" or on_gpu():
        return nullcontext()
    from cnn_core.starters.torch_speed import native_torch

    return native_torch()
