"""A sum of losses, each with a weight, as one loss. Keras."""

from collections.abc import Sequence
from typing import Any

import keras

from cnn_core.errors import InputError
from cnn_core.losses.targets import PACKAGE, check_between


@keras.saving.register_keras_serializable(package=PACKAGE)
class WeightedSum(keras.losses.Loss):
    """The sum of losses, each reduced by itself and then weighted.

    Args:
        losses: `keras.losses.Loss` objects, at least one.
        weights: one for each, 0 or more; all 1 where they are not given.
        name: of the sum.

    Raises:
        InputError: no loss, not one weight for each, or a weight below 0.

    Example:
        >>> both = WeightedSum([keras.losses.MeanSquaredError(), keras.losses.MeanAbsoluteError()], [2.0, 1.0])
        >>> import numpy as np
        >>> float(both(np.array([0.0]), np.array([2.0])))
        10.0
    """

    def __init__(
        self,
        losses: Sequence[keras.losses.Loss],
        weights: Sequence[float] | None = None,
        *,
        name: str = "weighted_sum",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        self.losses = list(losses)
        self.weights = [1.0] * len(self.losses) if weights is None else list(weights)
        if not self.losses or len(self.weights) != len(self.losses):
            raise InputError(
                "A sum needs a weight for each loss",
                "Give as many weights as losses, at least one",
                losses=len(self.losses),
                weights=self.weights,
            )
        for weight in self.weights:
            check_between(0, float("inf"), weight=weight)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The weighted sum; each part sees the sample weights."""
        parts = [
            weight * loss(y_true, y_pred, sample_weight) for loss, weight in zip(self.losses, self.weights, strict=True)
        ]
        return sum(parts[1:], start=parts[0])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, the losses serialised."""
        losses = [keras.saving.serialize_keras_object(loss) for loss in self.losses]
        return {**super().get_config(), "losses": losses, "weights": self.weights}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WeightedSum":
        """The sum again."""
        losses = [keras.saving.deserialize_keras_object(loss) for loss in config["losses"]]
        return cls(**{**config, "losses": losses})
