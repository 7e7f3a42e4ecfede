"""Epochs of a phase: the same whether it runs through or is stopped, killed and resumed behind any epoch."""

import math
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.transfer.checkpoint import Arrays, Checkpoint, save_checkpoint
from cnn_core.transfer.device import is_out_of_memory
from cnn_core.transfer.early_stopping import Best
from cnn_core.transfer.pictures import epoch_order, in_background
from cnn_core.transfer.schedules import Schedule
from cnn_core.transfer.updates import (
    Recipe,
    Step,
    assign,
    changing_variables,
    compile_for,
    on_one_device,
    optimizer_values,
    seed_dropout,
    set_optimizer,
    update,
    values_of,
)
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Phase:
    """One of a run's phases.

    Attributes:
        name: "feature_extraction", "fine_tuning" or "scratch".
        epochs: at most.
        recipe: of each update.
        learning_rate: at its peak.
        schedule: its kind.
        early_stopping: epochs without improvement that end it; 0 for never. The best weights are restored.
        seed: of order and dropout.
        from_best: whether the weights before the first epoch count among the best.
        patience: epochs without a smaller validation loss after which a plateau's rate is lowered.
        shuffled: a new order each epoch; else always that of the examples.
        filled: the last batch is filled up from the beginning of the order, and not with rows that weigh nothing, which
            batch norm would see.
    """

    name: str
    epochs: int
    recipe: Recipe
    learning_rate: float
    schedule: str
    early_stopping: int
    seed: int
    from_best: bool = False
    patience: int = 2
    shuffled: bool = True
    filled: bool = False


@dataclass(frozen=True, eq=False)
class Examples:
    """What a phase trains on and is judged by.

    Attributes:
        make: from numbers of examples, the epoch and the batch to inputs and targets.
        weights: (N,) of each example.
        validate: loss and accuracy on the validation part; None where it has no pictures.
        behind: what else is measured behind an epoch of this number, for its event.
    """

    make: Callable[[npt.NDArray[np.int64], int, int], tuple[Floats, Floats]]
    weights: Floats
    validate: Callable[[], tuple[float, float]] | None
    behind: Callable[[int], Mapping[str, float]] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a phase ended: epochs that were trained, the one whose weights are kept, seconds of training."""

    epochs: int
    kept_epoch: int
    seconds: float


def train_phase(
    model: "keras.Model",
    phase: Phase,
    examples: Examples,
    *,
    watch: Watch,
    folder: Path,
    resumed: Checkpoint | None = None,
    step: Step = on_one_device,
) -> Outcome:
    """Train the model in place, and leave it with the weights that are to be kept.

    Args:
        model: with its trainable layers set; compiled here.
        phase: how.
        examples: on what.
        watch: told about batches and epochs; it may raise `StoppedError`.
        folder: for the checkpoint.
        resumed: a checkpoint of this phase to go on from.
        step: how a batch is trained on: on one device, or on several.

    Raises:
        InputError: not even one picture at a time fits into the device's memory, or a batch not into that of several.
    """
    epochs = train_epochs(model, phase, examples, watch=watch, folder=folder, resumed=resumed, step=step)
    while True:
        try:
            next(epochs)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome


def train_epochs(
    model: "keras.Model",
    phase: Phase,
    examples: Examples,
    *,
    watch: Watch,
    folder: Path,
    resumed: Checkpoint | None = None,
    step: Step = on_one_device,
) -> Generator[int, None, Outcome]:
    """As `train_phase`, an epoch at a time, for trainings that go on in turn; gives the number of each epoch."""
    trainer = _Trainer(model, phase, examples, watch, folder)
    trainer.step = step
    trainer.begin(resumed)
    while trainer.epoch < phase.epochs and not trainer.best.stops:
        try:
            trainer.next_epoch()
        # Each backend has its own error for memory, so every error is looked at.
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            trainer.halve(error)
        else:
            yield trainer.epoch
    return trainer.end()


class _Trainer:
    """The state of a phase between two epochs, which is what a checkpoint holds."""

    def __init__(self, model: "keras.Model", phase: Phase, examples: Examples, watch: Watch, folder: Path) -> None:
        self.model, self.phase, self.examples, self.watch, self.folder = model, phase, examples, watch, folder
        self.count, self.recipe = len(examples.weights), phase.recipe
        self.steps = -(-self.count // self.recipe.batch_size)
        self.schedule = Schedule(
            phase.schedule, phase.learning_rate, steps=phase.epochs * self.steps, patience=phase.patience
        )
        self.best, self.best_values = Best(phase.early_stopping), list[npt.NDArray[Any]]()
        self.step: Step = on_one_device
        # Of the epoch at hand, the seconds in which the network waited for its batches.
        self.epoch, self.seconds, self.waited = 0, 0.0, 0.0

    def begin(self, resumed: Checkpoint | None) -> None:
        if resumed is None:
            compile_for(self.model, self.recipe)
            if self.phase.from_best and self.phase.early_stopping and self.examples.validate:
                loss, accuracy = self.examples.validate()
                self.best = self.best.after_epoch(0, loss=loss, accuracy=accuracy)
                self.best_values = values_of(changing_variables(self.model))
            self.kept = self.checkpoint()
            save_checkpoint(self.folder, self.kept)
        else:
            self.restore(resumed)

    def next_epoch(self) -> None:
        number, started = self.epoch + 1, time.perf_counter()
        self.watch.start(self.phase.name, epoch=number, epochs=self.phase.epochs)
        self.waited = 0.0
        loss, accuracy, rate = self.one_pass(number)
        waiting = self.waited / (time.perf_counter() - started)
        event: dict[str, Any] = {"phase": self.phase.name, "epoch": number, "loss": loss, "accuracy": accuracy}
        judged = self.examples.validate() if self.examples.validate else None
        event |= dict(zip(("val_loss", "val_accuracy"), judged or (None, None), strict=True))
        if self.examples.behind:
            event |= self.examples.behind(number)
        deciding = judged or (loss, accuracy)
        self.best = self.best.after_epoch(number, loss=deciding[0], accuracy=deciding[1])
        if self.best.epoch == number and self.phase.early_stopping:
            self.best_values = values_of(changing_variables(self.model))
        self.schedule = self.schedule.after_epoch(deciding[0])
        self.epoch = number
        seconds = time.perf_counter() - started
        self.seconds += seconds
        # The event comes first: an epoch that is trained again after a kill in between is written again.
        self.watch.epoch(event | {"learning_rate": rate, "seconds": round(seconds, 3), "waiting": round(waiting, 4)})
        self.kept = self.checkpoint()
        save_checkpoint(self.folder, self.kept)

    def one_pass(self, number: int) -> tuple[float, float, float]:
        """Train on all examples once: mean loss, share right, the last learning rate."""
        phase, size = self.phase, self.recipe.batch_size
        order = np.arange(self.count)
        if phase.shuffled:
            order = epoch_order(self.count, seed=phase.seed, phase=phase.name, epoch=number)
        if phase.filled:
            order = np.resize(order, self.steps * size)
        batches = [(index, order[index * size : (index + 1) * size]) for index in range(self.steps)]
        seed_dropout(self.model, seed=phase.seed, phase=phase.name, epoch=number)
        made = in_background(lambda batch: self.examples.make(batch[1], number, batch[0]), batches)
        sums, done, rate = np.zeros(2), 0, 0.0
        for index, chosen in batches:
            asked = time.perf_counter()
            inputs, targets = next(made)
            self.waited += time.perf_counter() - asked
            rate = self.schedule.rate((number - 1) * self.steps + index)
            found = update(
                self.model,
                inputs,
                targets,
                self.examples.weights[chosen],
                recipe=self.recipe,
                rate=rate,
                check=self.watch.check,
                step=self.step,
            )
            if not math.isfinite(found[0]):
                raise InputError(
                    f"Training went astray in epoch {number}: the loss is no number any more",
                    "Choose a smaller learning rate and train again",
                    learning_rate=rate,
                )
            sums += np.array(found) * len(chosen)
            done += len(chosen)
            self.watch.batch(index + 1, self.steps, pictures=done)
        made.close()
        return float(sums[0] / done), float(sums[1] / done), rate

    def halve(self, error: Exception) -> None:
        """Go through the network with half as many pictures at once, from the end of the last whole epoch on."""
        if self.recipe.devices > 1:
            # Gradients are accumulated by the optimizer, which TensorFlow's strategies do not allow.
            raise InputError(
                "A batch does not fit into the memory of the devices",
                "Choose a smaller batch, or train on one device: there a batch is gone through in parts",
                batch_size=self.recipe.batch_size,
            ) from error
        if self.recipe.part == 1:
            raise InputError(
                "Not even one picture at a time fits into the memory",
                "Choose a smaller input size, fewer unfrozen layers or a smaller backbone",
            ) from error
        self.recipe = replace(self.recipe, split=self.recipe.split * 2)
        self.watch.note(
            f"The memory did not suffice for {self.recipe.batch_size} pictures at once. "
            f"{self.recipe.part} go through the network at a time now; their gradients are added up, "
            f"so that an update still comes from {self.recipe.batch_size}."
        )
        self.restore(self.kept)

    def checkpoint(self) -> Checkpoint:
        state = {
            "schedule": asdict(self.schedule),
            "best": asdict(self.best),
            "split": self.recipe.split,
            "seconds": self.seconds,
        }
        weights, optimizer = values_of(changing_variables(self.model)), optimizer_values(self.model, self.recipe)
        return Checkpoint(self.phase.name, self.epoch, weights, self.best_values, optimizer, state)

    def restore(self, checkpoint: Checkpoint) -> None:
        split = max(self.recipe.split, checkpoint.state["split"])
        self.recipe = replace(self.recipe, split=split)
        compile_for(self.model, self.recipe)
        assign(changing_variables(self.model), checkpoint.weights)
        set_optimizer(self.model, checkpoint.optimizer, self.recipe)
        self.schedule = Schedule(**checkpoint.state["schedule"])
        self.best, self.best_values = Best(**checkpoint.state["best"]), checkpoint.best
        self.epoch, self.seconds, self.kept = checkpoint.epoch, checkpoint.state["seconds"], checkpoint

    def end(self) -> Outcome:
        """Restore the best weights, if early stopping is on, and say so."""
        kept = self.epoch
        best: Arrays = self.best_values
        if best and self.phase.early_stopping and self.best.epoch != self.epoch:
            assign(changing_variables(self.model), best)
            kept = self.best.epoch
            which = f"in epoch {kept}" if kept else "before the first epoch"
            begun = f"Training stopped after epoch {self.epoch}: the" if self.best.stops else "The"
            self.watch.note(f"{begun} validation loss was smallest {which}; its weights are kept.")
        return Outcome(self.epoch, kept, self.seconds)
