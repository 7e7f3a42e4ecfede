"""The learning rate of each step: constant, a cosine with warm-up, or lowered where the loss no longer falls.

Cosine: Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983, without restarts. Plateau: as Keras'
`ReduceLROnPlateau`.
"""

import math
from dataclasses import dataclass, replace

_WARM_UP = 0.1
_FACTOR = 0.5
# The loss has to fall by this much to count, as in Keras.
_LEAST = 1e-4


@dataclass(frozen=True)
class Schedule:
    """A schedule and where it stands; numbers only, so that a checkpoint holds it.

    Attributes:
        kind: "constant", "cosine" or "plateau".
        peak: the learning rate that was asked for.
        steps: of all epochs.
        factor: what the plateau has brought the rate down to, as a share of the peak.
        best: the smallest validation loss so far.
        waited: epochs since then.
        patience: so many epochs without a smaller loss lower the plateau's rate.
    """

    kind: str
    peak: float
    steps: int
    factor: float = 1.0
    best: float = math.inf
    waited: int = 0
    patience: int = 2

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0.

        Example:
            >>> cosine = Schedule("cosine", 1.0, steps=20)
            >>> [round(cosine.rate(step), 2) for step in (0, 1, 2, 11, 20)]
            [0.5, 1.0, 1.0, 0.5, 0.0]
        """
        if self.kind != "cosine":
            return self.peak * self.factor
        rising = max(1, round(_WARM_UP * self.steps))
        if step < rising:
            return self.peak * (step + 1) / rising
        share = (step - rising) / max(1, self.steps - rising)
        return self.peak * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))

    def after_epoch(self, loss: float) -> "Schedule":
        """The schedule behind an epoch with this validation loss.

        Example:
            >>> schedule = Schedule("plateau", 1.0, steps=20)
            >>> for loss in (1.0, 1.0, 1.0):
            ...     schedule = schedule.after_epoch(loss)
            >>> schedule.rate(0)
            0.5
        """
        if self.kind != "plateau":
            return self
        if loss < self.best - _LEAST:
            return replace(self, best=loss, waited=0)
        if self.waited + 1 < self.patience:
            return replace(self, waited=self.waited + 1)
        return replace(self, waited=0, factor=self.factor * _FACTOR)
