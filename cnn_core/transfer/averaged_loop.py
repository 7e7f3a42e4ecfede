"""Epochs of a detector's or segmenter's training: the same whether it runs through or is stopped, killed and resumed.

AdamW with decoupled weight decay, a cosine with warm-up, gradients cut to a norm. What is judged and kept is not the
network of the last step but a moving average of its weights, which is steadier at a large learning rate (Polyak and
Juditsky 1992; as in YOLO's own trainings).
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.transfer.checkpoint import Checkpoint, save_checkpoint
from cnn_core.transfer.device import is_out_of_memory
from cnn_core.transfer.early_stopping import Best
from cnn_core.transfer.pictures import in_background
from cnn_core.transfer.schedules import Schedule
from cnn_core.transfer.updates import (
    Recipe,
    assign,
    changing_variables,
    optimizer_values,
    set_optimizer,
    values_of,
)
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

Arrays = list[npt.NDArray[Any]]
Done = TypeVar("Done")


@dataclass(frozen=True)
class Outcome:
    """How training ended: epochs, the one whose weights are kept, seconds."""

    epochs: int
    kept_epoch: int
    seconds: float


class Settings(Protocol):
    """What a configuration says to the loop."""

    @property
    def epochs(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def early_stopping(self) -> int: ...
    @property
    def input_size(self) -> tuple[int, int]: ...


class Batches(Protocol):
    """The batches of every epoch, which follow from a seed alone.

    Attributes:
        size: examples in each.
        steps: batches an epoch.
    """

    size: int
    steps: int

    def order(self, epoch: int) -> list[tuple[int, npt.NDArray[np.int64]]]: ...
    def make(self, epoch: int, number: int, chosen: npt.NDArray[np.int64]) -> tuple[Any, Any]: ...


class Figures(Protocol):
    """How good a network is.

    Attributes:
        event: what is written down of an epoch, by name.
        cost: the smaller, the better: the weights of the epoch where it is smallest are kept.
        accuracy: what is remembered of that epoch.
    """

    @property
    def event(self) -> dict[str, float]: ...
    @property
    def cost(self) -> float: ...
    @property
    def accuracy(self) -> float: ...


class Judge(Protocol):
    """Judges a network by pictures that it is not trained on."""

    def figures(self, model: "keras.Model", check: Callable[[int, int], None]) -> Figures: ...
    def look_at(self, count: int) -> None: ...


@dataclass(frozen=True)
class Task:
    """What is trained.

    Attributes:
        phase: what checkpoints and events call it.
        compile: gives the model, for a `Recipe` and `total` updates, its optimizer and loss.
        update: trains on a batch; as `averaged_updates.update`.
        best: what was so in the epoch whose weights are kept, "validation mAP was largest".
        judged: told the number of each epoch once its weights have been judged; 0 is before the first.
    """

    phase: str
    compile: Callable[..., None]
    update: Callable[..., float]
    best: str
    judged: Callable[[int], None] = lambda epoch: None  # noqa: ARG005


class Trainer:
    """The state of a training between two epochs, which is what a checkpoint holds.

    Args:
        model: with its first weights; trained in place.
        task: what it learns.
        config: how.
        batches: on what.
        judge: by what; None where nothing is held out.
        watch: told about batches and epochs; it may raise `StoppedError`.
        folder: for the checkpoint.
    """

    def __init__(
        self,
        model: "keras.Model",
        task: Task,
        config: Settings,
        batches: Batches,
        judge: Judge | None,
        *,
        watch: Watch,
        folder: Path,
    ) -> None:
        self.model, self.task, self.config, self.batches, self.judge = model, task, config, batches, judge
        self.watch, self.folder = watch, folder
        self.steps = batches.steps
        self.schedule = Schedule("cosine", config.learning_rate, steps=config.epochs * self.steps)
        self.best, self.best_values = Best(config.early_stopping), Arrays()
        self.epoch, self.seconds = 0, 0.0
        self.recipe = Recipe("adamw", batches.size)

    def begin(self, resumed: Checkpoint | None) -> None:
        """Start, or go on behind a checkpoint.

        Raises:
            InputError: not even one picture at a time fits into the memory.
        """
        if resumed is not None:
            self._restore(resumed)
            return
        self._compile()
        self.kept = self._checkpoint()
        if self.judge:
            # A starter may know the classes already: what training makes worse is not kept.
            judge = self.judge
            self.watch.start("evaluating")
            self._take(0, self._fitting(lambda: judge.figures(self.model, self._judging)))
        self._keep()

    def run(self) -> Outcome:
        """All epochs that are left; leaves the model with the weights that are to be kept.

        Raises:
            InputError: the loss is no number any more, or not even one picture at a time fits into the memory.
        """
        while self.epoch < self.config.epochs and not self.best.stops:
            self._fitting(self._next_epoch)
        return self._end()

    def _fitting(self, work: Callable[[], Done]) -> Done:
        """Do it; where the memory does not suffice, again from the last checkpoint with fewer pictures at once."""
        while True:
            try:
                return work()
            # Each backend has its own error for memory, so every error is looked at.
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(error)

    def _halve(self, error: Exception) -> None:
        """Go through the network with half as many pictures at once, from the end of the last whole epoch on."""
        if self.recipe.part == 1:
            raise InputError(
                "Not even one picture at a time fits into the memory",
                "Choose a smaller input size, and train again",
                input_size=self.config.input_size,
            ) from error
        size = self.recipe.batch_size
        self.recipe = replace(self.recipe, split=min(2 * self.recipe.split, size))
        self.watch.note(
            f"The memory did not suffice for {size} pictures at once. {self.recipe.part} go through the network at a "
            f"time now; their gradients are added up, so that an update still comes from {size}."
        )
        self._restore(self.kept)

    def _next_epoch(self) -> None:
        number, started = self.epoch + 1, time.perf_counter()
        self.watch.start(self.task.phase, epoch=number, epochs=self.config.epochs)
        loss, rate = self._one_pass(number)
        event: dict[str, Any] = {"phase": self.task.phase, "epoch": number, "loss": loss}
        if self.judge:
            steps = values_of(self.model.trainable_variables)
            self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
            figures = self.judge.figures(self.model, self._judging)
            event |= figures.event
            self._take(number, figures)
            assign(self.model.trainable_variables, steps)
        self.epoch = number
        seconds = time.perf_counter() - started
        self.seconds += seconds
        known = {name: value for name, value in event.items() if not isinstance(value, float) or math.isfinite(value)}
        # The event comes first: an epoch that is trained again after a kill in between is written again.
        self.watch.epoch(known | {"learning_rate": rate, "seconds": round(seconds, 3)})
        self._keep()

    def _one_pass(self, number: int) -> tuple[float, float]:
        """Train on all views once: mean loss, the last learning rate."""
        order = self.batches.order(number)
        made = in_background(lambda batch: self.batches.make(number, *batch), order)
        total, rate = 0.0, 0.0
        for (index, _), (inputs, targets) in zip(order, made, strict=True):
            rate = self.schedule.rate((number - 1) * self.steps + index)
            loss = self.task.update(self.model, inputs, targets, recipe=self.recipe, rate=rate, check=self.watch.check)
            if not math.isfinite(loss):
                raise InputError(
                    f"Training went astray in epoch {number}: the loss is no number any more",
                    "Choose a smaller learning rate and train again",
                    learning_rate=rate,
                )
            total += loss
            self.watch.batch(index + 1, self.steps, pictures=(index + 1) * self.batches.size)
        return total / self.steps, rate

    def _take(self, number: int, figures: Figures) -> None:
        """Remember the weights if they are the best so far."""
        self.task.judged(number)
        self.best = self.best.after_epoch(number, loss=figures.cost, accuracy=figures.accuracy)
        if self.best.epoch == number:
            self.best_values = values_of(changing_variables(self.model))

    def _judging(self, done: int, of: int) -> None:  # noqa: ARG002
        self.watch.check()

    def _compile(self) -> None:
        self.task.compile(self.model, self.recipe, total=self.config.epochs * self.steps)
        if self.judge:
            self.judge.look_at(self.recipe.part)

    def _keep(self) -> None:
        """Write the checkpoint, and go back to it where the memory does not suffice."""
        self.kept = self._checkpoint()
        save_checkpoint(self.folder, self.kept)

    def _checkpoint(self) -> Checkpoint:
        state = {"best": asdict(self.best), "split": self.recipe.split, "seconds": self.seconds}
        weights, optimizer = values_of(changing_variables(self.model)), optimizer_values(self.model, self.recipe)
        return Checkpoint(self.task.phase, self.epoch, weights, self.best_values, optimizer, state)

    def _restore(self, checkpoint: Checkpoint) -> None:
        split = max(self.recipe.split, checkpoint.state.get("split", 1))
        self.recipe = replace(self.recipe, split=split)
        self._compile()
        assign(changing_variables(self.model), checkpoint.weights)
        set_optimizer(self.model, checkpoint.optimizer, self.recipe)
        self.best, self.best_values = Best(**checkpoint.state["best"]), checkpoint.best
        self.epoch, self.seconds, self.kept = checkpoint.epoch, checkpoint.state["seconds"], checkpoint

    def _end(self) -> Outcome:
        if not self.best_values:
            self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
            return Outcome(self.epoch, self.epoch, self.seconds)
        assign(changing_variables(self.model), self.best_values)
        kept = self.best.epoch
        if kept != self.epoch:
            which = f"in epoch {kept}" if kept else "before the first epoch"
            begun = f"Training stopped after epoch {self.epoch}: the" if self.best.stops else "The"
            self.watch.note(f"{begun} {self.task.best} {which}; its weights are kept.")
        return Outcome(self.epoch, kept, self.seconds)
