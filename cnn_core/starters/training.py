"""Training of a starter: seeded batches, one schedule, averaged weights, and a checkpoint an epoch to go on from.

Runs on each of Keras' backends and whatever device it finds. Each epoch leaves a checkpoint and a line in
`events.jsonl`; the same command on the same folder goes on behind the last whole epoch.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnn_core.runtime import describe_machine
from cnn_core.starters.code_commit import code_commit
from cnn_core.starters.torch_speed import native_torch, without_gradients

# Examples of some indices, in an epoch, with that batch's own random numbers: network input and target.
MakeBatch = Callable[[np.ndarray, int, np.random.Generator], tuple[Any, Any]]


@dataclass(frozen=True)
class Recipe:
    """How a starter is trained.

    Attributes:
        epochs: passes over the examples.
        batch_size: examples a step.
        optimizer: "sgd" (Nesterov momentum 0.9) or "adamw".
        peak_rate: learning rate at the top; it rises linearly over `warm_up` and falls linearly to zero.
        warm_up: share of the steps in which it rises.
        weight_decay: decoupled, times the learning rate; not on biases and batch norm.
        average: momentum of the moving average of the weights, which are what is kept; None keeps the last.
        clip: greatest norm of the gradient; None for no limit.
    """

    epochs: int
    batch_size: int
    optimizer: str
    peak_rate: float
    warm_up: float = 0.2
    weight_decay: float = 0.0
    average: float | None = None
    clip: float | None = None


class SeededBatches(keras.utils.PyDataset):
    """Batches in an order and with random numbers that depend on the seed, the epoch and the batch alone."""

    def __init__(self, make: MakeBatch, *, count: int, batch_size: int, seed: int, workers: int = 1) -> None:
        super().__init__(workers=workers, max_queue_size=4)
        self.make, self.count, self.batch_size, self.seed = make, count, batch_size, seed
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Shuffle for this epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(self.count)

    def __len__(self) -> int:
        return max(1, self.count // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.make(chosen, self.epoch, np.random.default_rng((self.seed, self.epoch, index)))


class _Diary(keras.callbacks.Callback):
    """Starts each epoch of the batches, and writes a line when it ends."""

    def __init__(self, batches: SeededBatches, events: Path, check: Callable[[], dict[str, float]] | None) -> None:
        super().__init__()
        self.batches, self.events, self.check = batches, events, check

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self.batches.start_epoch(epoch)
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        seconds = time.perf_counter() - self.started
        images = len(self.batches) * self.batches.batch_size
        line = {"epoch": epoch + 1, "seconds": seconds, "images_per_second": images / seconds}
        line |= {name: float(value) for name, value in (logs or {}).items()}
        if self.check:
            line |= self.check()
        with self.events.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print({name: round(value, 4) for name, value in line.items()}, flush=True)


def set_precision(precision: str) -> str:
    """Compute in "float32" or "bfloat16" (weights stay float32); "auto" takes what this device likes. Says which."""
    if precision == "auto":
        precision = "bfloat16" if bfloat16_is_fast() else "float32"
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    return precision


def bfloat16_is_fast() -> bool:
    """Whether this device multiplies bfloat16 fast: a GPU, or on PyTorch a processor with AVX-512 BF16 or AMX."""
    if describe_machine().gpus:
        return True
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return keras.backend.backend() == "torch" and ("avx512_bf16" in flags or "amx_bf16" in flags)


def train(
    model: keras.Model,
    loss: Any,
    batches: SeededBatches,
    *,
    recipe: Recipe,
    folder: Path,
    metrics: tuple[Any, ...] = (),
    check: Callable[[], dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Train the model in place, and save its weights as `folder/trained.weights.h5`.

    Args:
        model: uncompiled, with its first weights.
        loss: as `compile` takes it.
        batches: the examples.
        recipe: how.
        folder: for checkpoint, events and weights; what is there is gone on from.
        metrics: as `compile` takes them.
        check: called behind each epoch; its figures are written beside the loss (the moving average is not in use yet).

    Returns:
        What a model card says of the run: commit of the code, recipe, device, backend, images a second and seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    commit = code_commit()
    events = folder / "events.jsonl"
    model.compile(
        optimizer=_optimizer(recipe, steps=recipe.epochs * len(batches), model=model), loss=loss, metrics=metrics
    )
    # Variables that come into being in the first step have TensorFlow trace it twice.
    model.optimizer.build(model.trainable_variables)
    backup = keras.callbacks.BackupAndRestore(folder / "checkpoint", delete_checkpoint=False)
    with native_torch():
        model.fit(batches, epochs=recipe.epochs, verbose=0, callbacks=[backup, _Diary(batches, events, check)])
    model.save_weights(folder / "trained.weights.h5")
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    machine = describe_machine()
    return {
        "commit": commit,
        "recipe": asdict(recipe),
        "backend": keras.backend.backend(),
        "device": machine.gpus[0].name if machine.gpus else f"{machine.cores} cores, {machine.processor}",
        "precision": keras.config.dtype_policy().compute_dtype,
        "images_per_second": round(float(np.median([line["images_per_second"] for line in lines])), 1),
        "seconds": round(sum(line["seconds"] for line in lines)),
        "epochs": lines,
    }


def settle_batch_norm(model: keras.Model, images: np.ndarray, *, batch_size: int = 500) -> None:
    """Set batch norm's statistics to their means over these pictures, as the network sees them when it is used.

    What training leaves are the last batches' statistics, of changed pictures and of weights that were not averaged yet
    (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407, section 3.2).

    Args:
        model: with its final weights.
        images: (N, H, W, 3) uint8, which become float32 in [0, 1].
        batch_size: pictures whose statistics are taken at once.
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.momentum for layer in norms]
    for number, first in enumerate(range(0, len(images) - batch_size + 1, batch_size)):
        for layer in norms:
            layer.momentum = number / (number + 1)
        batch = images[first : first + batch_size].astype("float32") / 255.0
        with native_torch(), without_gradients():
            model(batch, training=True)
    for layer, momentum in zip(norms, before, strict=True):
        layer.momentum = momentum


def _optimizer(recipe: Recipe, *, steps: int, model: keras.Model) -> keras.optimizers.Optimizer:
    schedule = OneCycle(peak=recipe.peak_rate, steps=steps, warm_up=recipe.warm_up)
    options: dict[str, Any] = {"weight_decay": recipe.weight_decay or None, "clipnorm": recipe.clip}
    if recipe.average:
        options |= {"use_ema": True, "ema_momentum": recipe.average}
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, **options)
    else:
        # AdamW refuses None, which is no decay to the others.
        optimizer = keras.optimizers.AdamW(schedule, **(options | {"weight_decay": recipe.weight_decay}))
    if recipe.weight_decay:
        flat = [weight for weight in model.trainable_variables if len(weight.shape) < 2]
        optimizer.exclude_from_weight_decay(var_list=flat)
    return optimizer


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly from zero to its peak and falls linearly back (Smith and Topin 2018).

    Example:
        >>> rate = OneCycle(peak=1.0, steps=10, warm_up=0.5)
        >>> [round(float(rate(step)), 2) for step in (0, 4, 5, 9, 10)]
        [0.2, 1.0, 1.0, 0.2, 0.0]
    """

    def __init__(self, *, peak: float, steps: int, warm_up: float) -> None:
        self.peak, self.steps, self.warm_up = peak, steps, warm_up

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        risen = (step + 1.0) / max(1.0, self.warm_up * self.steps)
        left = (self.steps - step) / max(1.0, (1.0 - self.warm_up) * self.steps)
        return self.peak * keras.ops.clip(keras.ops.minimum(risen, left), 0.0, 1.0)

    def get_config(self) -> dict[str, float]:
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}
