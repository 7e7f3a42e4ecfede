"""The optimizer of detectors and segmenters, and an update from one batch; in parts, where memory does not suffice.

Where a batch goes through the network in parts two things differ by little: batch norm takes its mean and variance from
the part that it sees, and the moving average of the weights lags by less than an update.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.transfer.device import on_gpu
from cnn_core.transfer.updates import Recipe

if TYPE_CHECKING:
    import keras

_WEIGHT_DECAY = 0.02
_GREATEST_NORM = 10.0
# The average looks back over about so many updates, and over no more than a twentieth of the training.
_AVERAGED_UPDATES, _AVERAGED_SHARE = 100, 0.05

Floats = npt.NDArray[np.float32]


def compile_with(model: "keras.Model", recipe: Recipe, *, loss: Any, total: int) -> None:
    """Give the model its loss and AdamW, which averages the weights.

    Args:
        model: its optimizer begins anew.
        recipe: how many parts a batch has.
        loss: as `compile` takes it.
        total: updates of the whole training.
    """
    import keras

    back = max(5.0, min(_AVERAGED_UPDATES, _AVERAGED_SHARE * total))
    optimizer = keras.optimizers.AdamW(
        weight_decay=_WEIGHT_DECAY,
        clipnorm=_GREATEST_NORM,
        use_ema=True,
        # Keras averages after every part.
        ema_momentum=(1 - 1 / back) ** (1 / recipe.split),
        gradient_accumulation_steps=recipe.split if recipe.split > 1 else None,
    )
    # Biases and batch norm are not pulled towards zero.
    optimizer.exclude_from_weight_decay(
        var_list=[weight for weight in model.trainable_variables if len(weight.shape) < 2]
    )
    # XLA takes longer to compile on a processor than it saves.
    model.compile(optimizer=optimizer, loss=loss, jit_compile="auto" if on_gpu() else False)
    model.optimizer.build(model.trainable_variables)


def update(
    model: "keras.Model",
    inputs: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    *,
    recipe: Recipe,
    rate: float,
    check: Callable[[], None] = lambda: None,
    counts: npt.NDArray[Any] | None = None,
) -> float:
    """Train on one batch, and give its loss before the update.

    Args:
        model: compiled by `compile_with`.
        inputs: (N, rows, columns, 3) in [0, 1], N at least the number of parts.
        targets: of each.
        recipe: as it was compiled for.
        rate: learning rate.
        check: called between the parts of a batch; it may raise.
        counts: (N,) what the loss divides by, of each: the parts are then weighted so that their sum is the whole
            batch's loss. None weighs them by their length.
    """
    model.optimizer.learning_rate = rate
    counts = np.ones(len(inputs)) if counts is None else counts
    losses = []
    for part in np.array_split(np.arange(len(inputs)), recipe.split):
        weight = recipe.split * max(counts[part].sum(), 1.0) / max(counts.sum(), 1.0)
        # A whole batch weighs 1, and Keras is not asked to multiply by it.
        weights = np.full(len(part), weight, np.float32) if recipe.split > 1 else None
        losses.append(float(model.train_on_batch(inputs[part], targets[part], sample_weight=weights)))
        model.reset_metrics()
        check()
    return float(np.mean(losses))
