"""The scales on which a descent is shown: one for all kernels, one for the outputs, one for the photo."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnn_core.kernel_learning import Path, Task


@dataclass(frozen=True)
class Scales:
    """Where each scale begins and ends.

    Attributes:
        limit: the largest weight of any kernel, whatever its sign.
        reach: the largest magnitude of the target; errors are shown from its negative to it.
        signed: whether the target has values below 0; outputs are then shown on the errors' scale, else from 0 on.
        darkest: the value of the photo that is black.
        brightest: the one that is white.
    """

    limit: float
    reach: float
    signed: bool
    darkest: float
    brightest: float

    @property
    def low(self) -> float:
        """Where the outputs' scale begins."""
        return -self.reach if self.signed else 0.0


def scales_of(task: Task, path: Path, kernels: Sequence[npt.NDArray[np.floating]]) -> Scales:
    """Scales for photo, target and kernels.

    Args:
        task: photo and target.
        path: its last kernel is on the scale as well, unless it has exploded.
        kernels: that are on the scale.

    Example:
        >>> from cnn_core.kernel_learning import descend, make_task
        >>> task = make_task(np.eye(9), [[2.0]], side=1)
        >>> path = descend(task, optimizer="gradient", rate=0.5, steps=9)
        >>> scales_of(task, path, [np.array([[-3.0]])])
        Scales(limit=3.0, reach=2.0, signed=False, darkest=0.0, brightest=1.0)
    """
    shown = [*kernels] if path.exploded else [*kernels, path.kernels[-1]]
    limit = max(float(np.abs(one).max()) for one in shown)
    reach = max(float(np.abs(task.target).max()), 1e-6)
    darkest, brightest = float(task.photo.min()), float(task.photo.max())
    if darkest == brightest:
        # A flat picture is shown at its own grey.
        darkest, brightest = 0.0, max(1.0, brightest)
    return Scales(limit if limit > 0 else 1.0, reach, bool(task.target.min() < 0), darkest, brightest)
