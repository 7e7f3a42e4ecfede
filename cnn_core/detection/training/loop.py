"""A detector's training: what the loop of `cnn_core.transfer.averaged_loop` has to know of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from cnn_core.detection.training.config import DetectionConfig
from cnn_core.detection.training.examples import PHASE, Batches
from cnn_core.detection.training.judging import Judge
from cnn_core.detection.training.updates import compile_for, update
from cnn_core.transfer import averaged_loop
from cnn_core.transfer.averaged_loop import Task
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

TASK = Task(PHASE, compile_for, update, best="validation mAP was largest")


class Trainer(averaged_loop.Trainer):
    """The state of a detector's training between two epochs.

    Args:
        model, config, batches, judge, watch, folder: as `averaged_loop.Trainer` takes them.
    """

    def __init__(
        self,
        model: "keras.Model",
        config: DetectionConfig,
        batches: Batches,
        judge: Judge | None,
        *,
        watch: Watch,
        folder: Path,
    ) -> None:
        super().__init__(model, TASK, config, batches, judge, watch=watch, folder=folder)
