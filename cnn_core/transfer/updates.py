"""One update of the weights from one batch, all batches of one shape; also in parts, where memory does not suffice.

Every batch is filled up to the same size with rows that weigh nothing, so that the step is compiled once. The gradient
is the mean over the rows that are there: exactly what a shorter last batch would give.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.transfer.device import on_gpu

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
# From a network, inputs, targets and weights of the rows to what `train_on_batch` tells.
Step = Callable[["keras.Model", Floats, Floats, Floats], Mapping[str, Any]]

_MOMENTUM = 0.9
_WEIGHT_DECAY = 0.004


@dataclass(frozen=True)
class Recipe:
    """How a network's weights are updated.

    Attributes:
        optimizer: "adam", "adamw", "rmsprop" or "sgd" (Nesterov momentum 0.9).
        batch_size: examples an update.
        label_smoothing: share of each label given to all classes alike.
        split: parts that a batch goes through the network in, their gradients accumulated.
        devices: that a batch is spread over.
    """

    optimizer: str
    batch_size: int
    label_smoothing: float = 0.0
    split: int = 1
    devices: int = 1

    @property
    def part(self) -> int:
        """Rows that are in memory at once."""
        return -(-self.batch_size // self.split)


def compile_for(model: "keras.Model", recipe: Recipe) -> None:
    """Give the model its optimizer and loss."""
    with _scope(model):
        _compile(model, recipe)


def _compile(model: "keras.Model", recipe: Recipe) -> None:
    import keras

    steps = recipe.split if recipe.split > 1 else None
    optimizers: dict[str, Callable[[], Any]] = {
        "adam": lambda: keras.optimizers.Adam(gradient_accumulation_steps=steps),
        "adamw": lambda: keras.optimizers.AdamW(weight_decay=_WEIGHT_DECAY, gradient_accumulation_steps=steps),
        "rmsprop": lambda: keras.optimizers.RMSprop(gradient_accumulation_steps=steps),
        "sgd": lambda: keras.optimizers.SGD(momentum=_MOMENTUM, nesterov=True, gradient_accumulation_steps=steps),
    }
    model.compile(
        optimizer=optimizers[recipe.optimizer](),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[_right],
        jit_compile=_compiled(recipe),
    )
    if model.trainable_variables:
        model.optimizer.build(model.trainable_variables)


def _scope(model: "keras.Model") -> AbstractContextManager[Any]:
    """Where a network is on several devices, the optimizer's variables have to be there too."""
    strategy = getattr(model, "distribute_strategy", None)
    several = strategy is not None and strategy.num_replicas_in_sync > 1
    return strategy.scope() if strategy is not None and several else nullcontext()


def _compiled(recipe: Recipe) -> bool | str:
    if recipe.devices > 1:
        import keras

        # On JAX a step that is spread is one program; TensorFlow's devices talk to one another between theirs.
        return bool(keras.backend.backend() == "jax")
    # XLA takes longer to compile on a processor than it saves.
    return "auto" if on_gpu() else False


def _right(targets: Any, answers: Any) -> Any:
    """1 for a row that is right, 0 for one that is wrong or that only fills the batch up."""
    from keras import ops

    same = ops.equal(ops.argmax(targets, axis=-1), ops.argmax(answers, axis=-1))
    return ops.cast(ops.logical_and(same, ops.max(targets, axis=-1) > 0), "float32")


def on_one_device(model: "keras.Model", inputs: Floats, targets: Floats, weights: Floats) -> Mapping[str, Any]:
    """Keras' own step of training with a batch; the loss and the share of rows that were right."""
    logs: Mapping[str, Any] = model.train_on_batch(inputs, targets, sample_weight=weights, return_dict=True)
    return logs


def update(
    model: "keras.Model",
    inputs: Floats,
    targets: Floats,
    weights: Floats,
    *,
    recipe: Recipe,
    rate: float,
    check: Callable[[], None] = lambda: None,
    step: Step = on_one_device,
) -> tuple[float, float]:
    """Train on one batch.

    Args:
        model: compiled by `compile_for`.
        inputs: (n, ...), n at most the batch size.
        targets: (n, classes) shares.
        weights: (n,) of the rows.
        recipe: as it was compiled for.
        rate: learning rate.
        check: called between the parts of a batch; it may raise.
        step: what is done with a part: on one device, or on several.

    Returns:
        Loss, with everything that is in it, and the share of rows that were right, before the update.
    """
    count, rows = len(inputs), recipe.part * recipe.split
    fill = rows - count
    if fill:
        inputs = np.concatenate([inputs, np.repeat(inputs[-1:], fill, axis=0)])
        targets = np.concatenate([targets, np.zeros((fill, targets.shape[1]), np.float32)])
    scaled = np.zeros(rows, np.float32)
    scaled[:count] = weights * np.float32(rows / count)
    model.optimizer.learning_rate = rate
    losses, right = [], []
    for first in range(0, rows, recipe.part):
        part = slice(first, first + recipe.part)
        model.reset_metrics()
        logs = step(model, inputs[part], targets[part], scaled[part])
        losses.append(float(logs["loss"]))
        right.append(float(logs["_right"]))
        check()
    return float(np.mean(losses)), float(np.mean(right)) * rows / count


def changing_variables(model: "keras.Model") -> list[Any]:
    """The variables that training may change, in order: those of layers that are trained, statistics included."""
    return [variable for layer in model.layers if layer.trainable for variable in layer.weights]


def values_of(variables: list[Any]) -> list[npt.NDArray[Any]]:
    """Copies of their values."""
    from keras import ops

    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: list[Any], values: list[npt.NDArray[Any]]) -> None:
    """Set them."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def optimizer_values(model: "keras.Model", recipe: Recipe) -> list[npt.NDArray[Any]]:
    """The optimizer's variables between two updates; the same whatever a batch is split into."""
    values = values_of(_kept(model.optimizer))
    # Keras counts parts.
    values[0] = values[0] // recipe.split
    return values


def set_optimizer(model: "keras.Model", values: list[npt.NDArray[Any]], recipe: Recipe) -> None:
    """Set them again, in an optimizer compiled for the recipe."""
    assign(_kept(model.optimizer), [values[0] * recipe.split, *values[1:]])


def _kept(optimizer: Any) -> list[Any]:
    """The count of steps first; without the sums of gradients, which are empty between two updates."""
    kept = [variable for variable in optimizer.variables if "accumulator" not in variable.path]
    return sorted(kept, key=lambda variable: not variable.path.endswith("iteration"))


def seed_dropout(model: "keras.Model", *, seed: int, phase: str, epoch: int) -> None:
    """Set the random state of every layer that drops values, so that an epoch is the same after a resume."""
    for number, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            state = np.random.SeedSequence((seed, int(phase == "fine_tuning"), epoch, number)).generate_state(2)
            generator.state.assign((state >> 1).astype(np.uint32))
