"""The starter detectors: what each finds, its input and its grid. No Keras, so that measuring needs none."""

from dataclasses import dataclass
from typing import Any

from cnn_core import scenes

CELLS = ("WBC", "RBC", "Platelets")
EVERYDAY = ("person", "cat", "dog")


@dataclass(frozen=True)
class DetectorKind:
    """One detector.

    Attributes:
        classes: names, in the order of the scores.
        size: rows and columns of the input; photos are letterboxed into it.
        grid_stride: pixels per cell.
        network: further arguments of `yolo_like`.
    """

    classes: tuple[str, ...]
    size: tuple[int, int]
    grid_stride: int
    network: dict[str, int]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.size[0] // self.grid_stride, self.size[1] // self.grid_stride

    @property
    def network_arguments(self) -> dict[str, Any]:
        """What `yolo_like` is called with.

        Example:
            >>> KINDS["cells"].network_arguments["input_shape"]
            (192, 256, 3)
        """
        return {
            "input_shape": (*self.size, 3),
            "num_classes": len(self.classes),
            "num_boxes": 1,
            "grid_stride": self.grid_stride,
            **self.network,
        }


KINDS = {
    "cells": DetectorKind(CELLS, (192, 256), 8, {"base_filters": 8, "coarsest_stride": 32}),
    "shapes": DetectorKind(scenes.CLASSES, (192, 192), 8, {"base_filters": 8, "coarsest_stride": 32}),
    "everyday": DetectorKind(EVERYDAY, (224, 224), 16, {"base_filters": 6, "coarsest_stride": 32}),
}


def kind_of(name: str) -> str:
    """The key in `KINDS` of a starter's name.

    Example:
        >>> kind_of("starter_detector_cells")
        'cells'
    """
    return name.removeprefix("starter_detector_")
