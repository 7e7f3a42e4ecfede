"""The loss of a single pixel and its slopes, against the probability that a network gives; NumPy alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnn_core.losses.binary import DEFAULT, LossOptions, loss_of

Numbers = npt.NDArray[np.float64]

# Probabilities of foreground; at 0 and 1 logarithms end.
GRID = np.round(np.linspace(0.005, 0.995, 199), 3)


def pixel_curves(names: Sequence[str], truth: int, options: LossOptions = DEFAULT) -> dict[str, Numbers]:
    """Each loss of a pixel over `GRID`.

    Args:
        names: of losses, as for `loss_of`.
        truth: 1 for foreground, 0 for background.
        options: of the losses.

    Returns:
        name -> (3, 199): the loss, its slope by the probability, its slope by the logit.

    Raises:
        InputError: no such loss.

    Example:
        >>> loss, by_p, by_z = pixel_curves(["cross_entropy"], 1)["cross_entropy"]
        >>> round(float(loss[GRID == 0.5][0]), 3), float(by_p[GRID == 0.5][0]), float(by_z[GRID == 0.5][0])
        (0.693, -2.0, -0.5)
    """
    curves = {}
    for name in names:
        found = [loss_of(name, [truth], [probability], options) for probability in GRID]
        rows = [(one.value, float(one.gradient[0]), float(one.logit_gradient[0])) for one in found]
        curves[name] = np.array(rows).T
    return curves
