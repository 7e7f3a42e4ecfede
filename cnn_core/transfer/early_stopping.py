"""The best epoch so far by validation loss, and whether to go on."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Best:
    """What early stopping remembers; numbers only, so that a checkpoint holds it.

    Attributes:
        patience: epochs without a smaller loss after which training ends; 0 never ends it.
        loss: the smallest validation loss so far.
        accuracy: at that epoch.
        epoch: of it, from 1; 0 is before the first.
        waited: epochs since.
    """

    patience: int
    loss: float = math.inf
    accuracy: float = 0.0
    epoch: int = 0
    waited: int = 0

    def after_epoch(self, epoch: int, *, loss: float, accuracy: float) -> "Best":
        """The same behind one more epoch; a loss that is no number is no improvement.

        Example:
            >>> Best(patience=2).after_epoch(1, loss=0.5, accuracy=0.8).after_epoch(2, loss=0.6, accuracy=0.9).waited
            1
        """
        if loss < self.loss:
            return replace(self, loss=loss, accuracy=accuracy, epoch=epoch, waited=0)
        return replace(self, waited=self.waited + 1)

    @property
    def stops(self) -> bool:
        """Whether it is time to stop."""
        return 0 < self.patience <= self.waited
