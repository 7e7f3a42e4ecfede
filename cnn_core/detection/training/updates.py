"""One update of a detector's weights from one batch; also in parts, where memory does not suffice.

The loss divides by the cells of the batch that learn a box. A part's loss is weighted so that the sum over the parts
is that of the whole batch, and so is the gradient. Two things differ by little: batch norm takes its mean and variance
from the part that it sees, and the moving average of the weights lags by less than an update.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.detection.training.loss import detector_loss
from cnn_core.transfer.device import on_gpu
from cnn_core.transfer.updates import Recipe

if TYPE_CHECKING:
    import keras

_WEIGHT_DECAY = 0.02
_GREATEST_NORM = 10.0
# The average looks back over about so many updates, and over no more than a twentieth of the training.
_AVERAGED_UPDATES, _AVERAGED_SHARE = 100, 0.05

Floats = npt.NDArray[np.float32]


def compile_for(model: "keras.Model", recipe: Recipe, *, total: int) -> None:
    """Give the model its optimizer and loss.

    Args:
        model: a detector; its optimizer begins anew.
        recipe: how many parts a batch has.
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
    model.compile(optimizer=optimizer, loss=detector_loss(), jit_compile="auto" if on_gpu() else False)
    model.optimizer.build(model.trainable_variables)


def update(
    model: "keras.Model",
    inputs: Floats,
    targets: Floats,
    *,
    recipe: Recipe,
    rate: float,
    check: Callable[[], None] = lambda: None,
) -> float:
    """Train on one batch, and give its loss before the update.

    Args:
        model: compiled by `compile_for`.
        inputs: (N, rows, columns, 3) in [0, 1], N at least the number of parts.
        targets: (N, R, C, 5 + classes) as `targets.assign` gives them.
        recipe: as it was compiled for.
        rate: learning rate.
        check: called between the parts of a batch; it may raise.
    """
    model.optimizer.learning_rate = rate
    positive = targets[..., 4].sum(axis=(1, 2))
    losses = []
    for part in np.array_split(np.arange(len(inputs)), recipe.split):
        weight = recipe.split * max(positive[part].sum(), 1.0) / max(positive.sum(), 1.0)
        # A whole batch weighs 1, and Keras is not asked to multiply by it.
        weights = np.full(len(part), weight, np.float32) if recipe.split > 1 else None
        losses.append(float(model.train_on_batch(inputs[part], targets[part], sample_weight=weights)))
        model.reset_metrics()
        check()
    return float(np.mean(losses))
