"""One update of a detector's weights from one batch; also in parts, where memory does not suffice.

The loss divides by the cells of the batch that learn a box. A part's loss is weighted so that the sum over the parts
is that of the whole batch, and so is the gradient; `averaged_updates` says what differs all the same.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.detection.training.loss import detector_loss
from cnn_core.transfer import averaged_updates
from cnn_core.transfer.updates import Recipe

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


def compile_for(model: "keras.Model", recipe: Recipe, *, total: int) -> None:
    """Give the model its optimizer and loss.

    Args:
        model: a detector; its optimizer begins anew.
        recipe: how many parts a batch has.
        total: updates of the whole training.
    """
    averaged_updates.compile_with(model, recipe, loss=detector_loss(), total=total)


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
    positive = targets[..., 4].sum(axis=(1, 2))
    return averaged_updates.update(model, inputs, targets, recipe=recipe, rate=rate, check=check, counts=positive)
