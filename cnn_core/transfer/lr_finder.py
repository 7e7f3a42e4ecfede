"""Which learning rate? Raise it batch by batch, and see where the loss falls fastest and where it explodes.

Smith 2015, https://arxiv.org/abs/1506.01186. The network is left as it was.
"""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json, write_json
from cnn_core.runs.folder import write_status
from cnn_core.transfer.config import FEATURE_EXTRACTION, config_of
from cnn_core.transfer.device import prepare_device
from cnn_core.transfer.extraction import LoadBackbone
from cnn_core.transfer.loop import Examples, Phase
from cnn_core.transfer.materials import Materials
from cnn_core.transfer.pictures import epoch_order
from cnn_core.transfer.train import phase_of
from cnn_core.transfer.updates import assign, changing_variables, compile_for, seed_dropout, update, values_of
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

RESULT = "learning_rates.json"

_LOWEST, _HIGHEST = 1e-7, 1.0
_SMOOTHING = 0.9
# The sweep ends where the smoothed loss is so many times its smallest.
_EXPLODED = 4.0


@dataclass(frozen=True)
class Sweep:
    """Losses by learning rate.

    Attributes:
        rates: rising.
        losses: of the batch at each, before its update.
        smoothed: the same, averaged exponentially.
        suggestion: a tenth of the rate where the smoothed loss is smallest, which is safely below where it turns.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float


def sweep_of(rates: list[float], losses: list[float]) -> Sweep:
    """The curve of what was measured, and the rate that it suggests.

    Example:
        >>> sweep_of([1e-4, 1e-3, 1e-2, 1e-1], [1.0, 0.5, 0.1, 9.0]).suggestion
        0.001
    """
    smoothed, average = [], 0.0
    for number, loss in enumerate(losses, start=1):
        average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
        smoothed.append(average / (1 - _SMOOTHING**number))
    suggestion = rates[int(np.argmin(smoothed))] / 10
    return Sweep(tuple(rates), tuple(losses), tuple(smoothed), suggestion)


def learning_rate_sweep(
    model: "keras.Model",
    phase: Phase,
    examples: Examples,
    *,
    watch: Watch | None = None,
    steps: int = 100,
    lowest: float = _LOWEST,
    highest: float = _HIGHEST,
) -> Sweep:
    """Train with a learning rate that rises geometrically, and then undo it.

    Args:
        model: with its trainable layers set.
        phase: whose recipe and seed are used.
        examples: to train on, again and again where they are few.
        watch: told about each batch; it may raise `StoppedError`.
        steps: batches at most.
        lowest: the first rate.
        highest: the last one.
    """
    variables = changing_variables(model)
    before = values_of(variables)
    compile_for(model, phase.recipe)
    seed_dropout(model, seed=phase.seed, phase=phase.name, epoch=0)
    size, count = phase.recipe.batch_size, len(examples.weights)
    each = -(-count // size)
    rates: list[float] = []
    losses: list[float] = []
    best = math.inf
    try:
        for step in range(steps):
            epoch, index = divmod(step, each)
            order = epoch_order(count, seed=phase.seed, phase=phase.name, epoch=epoch)
            chosen = order[index * size : (index + 1) * size]
            inputs, targets = examples.make(chosen, epoch, index)
            rate = lowest * (highest / lowest) ** (step / max(1, steps - 1))
            weights = examples.weights[chosen]
            loss, _ = update(model, inputs, targets, weights, recipe=phase.recipe, rate=rate)
            if not math.isfinite(loss):
                break
            rates.append(rate)
            losses.append(loss)
            smoothed = sweep_of(rates, losses).smoothed[-1]
            best = min(best, smoothed)
            if watch:
                watch.batch(step + 1, steps, pictures=(step + 1) * size)
            if smoothed > _EXPLODED * best:
                break
    finally:
        assign(variables, before)
    return sweep_of(rates, losses)


def find_run(run: Path, *, load: LoadBackbone = load_backbone) -> None:
    """Sweep the first phase of the run's config.json, and leave learning_rates.json; a job of the run service.

    Raises:
        InputError: as `train_run`.
    """
    write_status(run, "running")
    config = config_of(read_json(run / "config.json") or {})
    name = config.phases[0]
    try:
        prepare_device()
        materials = Materials(run, config, load=load)
        if name == FEATURE_EXTRACTION:
            model, examples = materials.head()
        else:
            model, examples, _ = materials.network(None)
        materials.watch.start(name)
        found = learning_rate_sweep(model, phase_of(config, name), examples, watch=materials.watch)
        write_json(run / RESULT, asdict(found))
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped")
    else:
        write_status(run, "done")
