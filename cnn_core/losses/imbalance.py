"""What a loss makes of a prediction that says "background" everywhere, where the foreground is rare."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.errors import InputError
from cnn_core.losses.binary import DEFAULT, LossOptions, loss_of

PIXELS = 10_000
SHARES = (0.001, 0.5)
GRID = np.geomspace(*SHARES, 41)


@dataclass(frozen=True)
class Imbalance:
    """A loss of the all-background prediction.

    Attributes:
        value: the loss.
        foreground_pull: sum of the sizes of its gradient by the logits over the foreground.
        background_pull: the same over the background.
    """

    value: float
    foreground_pull: float
    background_pull: float

    @property
    def foreground_share(self) -> float:
        """Part of the gradient that comes from the foreground."""
        whole = self.foreground_pull + self.background_pull
        return self.foreground_pull / whole if whole else float("nan")


def imbalance_of(name: str, *, share: float, says: float, options: LossOptions = DEFAULT) -> Imbalance:
    """A loss where each of 10,000 pixels is said to be foreground with the same small probability.

    Args:
        name: of the loss, as for `loss_of`.
        share: part of the pixels that are foreground, 0.001 to 0.5.
        says: probability of foreground that the network gives everywhere.
        options: of the loss.

    Raises:
        InputError: a number out of its range.

    Example:
        >>> round(imbalance_of("cross_entropy", share=0.01, says=0.01).foreground_share, 3)
        0.5
    """
    low, high = SHARES
    if not low <= share <= high:
        raise InputError("The share of foreground is out of its range", f"Choose {low:g} to {high:g}", share=share)
    truth = np.zeros(PIXELS)
    truth[: round(PIXELS * share)] = 1
    found = loss_of(name, truth, np.full(PIXELS, says), options)
    pulls = np.abs(found.logit_gradient)
    return Imbalance(found.value, float(pulls[truth == 1].sum()), float(pulls[truth == 0].sum()))


def imbalance_curves(names: Sequence[str], *, says: float, options: LossOptions = DEFAULT) -> dict[str, np.ndarray]:
    """Each loss over `GRID`, shares of foreground from the smallest to the largest.

    Args:
        names: of losses.
        says, options: as for `imbalance_of`.

    Returns:
        name -> (2, 41): the loss, and the foreground's part of the gradient.

    Example:
        >>> imbalance_curves(["dice"], says=0.01)["dice"].shape
        (2, 41)
    """
    curves = {}
    for name in names:
        found = [imbalance_of(name, share=float(share), says=says, options=options) for share in GRID]
        curves[name] = np.array([(one.value, one.foreground_share) for one in found]).T
    return curves
