"""Where a training can be broken on purpose: its configuration, its data, its network, the pixels it is judged by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.training.config import ScratchConfig
from cnn_core.training.data import ScratchData

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """What a mistake does to a run; each part is left out by default.

    Attributes:
        config: the configuration that is really trained.
        data: the pictures and labels, from those that were loaded and the run's seed.
        network: the network before it is trained.
        judged: the pixels (N, rows, columns, 3) in [0, 255] that the network is judged by, as it is given them.
    """

    config: Callable[[ScratchConfig], ScratchConfig] | None = None
    data: Callable[[ScratchData, int], ScratchData] | None = None
    network: "Callable[[keras.Model], keras.Model] | None" = None
    judged: Callable[[Floats], Floats] | None = None
