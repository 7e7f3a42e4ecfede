"""What a detector says of one photo before anything is thrown away, and the boxes that threshold and suppression leave.

A network is run once for a photo; sliders work on what it said: `found` takes milliseconds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cnn_core.box_fusion import weighted_fusion
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError
from cnn_core.letterbox import Letterboxed
from cnn_core.suppression import nms, soft_nms

# Candidates below this score are never kept, and of the others at most so many, the best.
LEAST_SCORE = 0.01
MOST_CANDIDATES = 20_000
# What is done with boxes that overlap.
METHODS = {
    "nms": "NMS",
    "soft": "Soft-NMS",
    "fusion": "Weighted fusion",
    "none": "Keep all",
}


@dataclass(frozen=True, eq=False)
class GridHead:
    """One grid of a detector's raw output, as the network gave it.

    Attributes:
        raw: (rows, columns, 5 + classes) float32: t_x, t_y, t_w, t_h, objectness, class scores.
        stride: pixels of the network's input per cell.
        centre: where a box's centre lies in its cell when t_x is 0: 0.5 for this project's detectors, 0 for YOLOX.
        probabilities: objectness and class scores are in [0, 1] already; else they are logits.
    """

    raw: npt.NDArray[np.float32]
    stride: int
    centre: float = 0.5
    probabilities: bool = False


@dataclass(frozen=True, eq=False)
class Candidates:
    """Every box that a detector considered in one photo.

    Attributes:
        boxes: best first; in pixels of the photo, clipped to it; each with its best class.
        size: (height, width) of the photo.
        suppressed: the network has suppressed overlapping boxes itself.
        framed: how the photo lies in the network's input; None where the network resizes it itself.
        heads: the raw grids; empty where the network gives none.
        cells: (N, 3) head, row and column that each box comes from; (0, 3) without heads.
        seconds: time of the parts, e.g. {"resize": ..., "inference": ..., "decoding": ...}.

    Raises:
        InputError: cells that do not go with the boxes.
    """

    boxes: Boxes
    size: tuple[int, int]
    suppressed: bool = False
    framed: Letterboxed | None = None
    heads: tuple[GridHead, ...] = ()
    cells: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.heads and self.cells.shape != (len(self.boxes), 3):
            raise InputError(
                "Each box needs the cell that it comes from",
                "Give head, row and column of each",
                boxes=len(self.boxes),
                cells=self.cells.shape,
            )


def found(
    candidates: Candidates,
    *,
    threshold: float = 0.35,
    iou_threshold: float = 0.5,
    classes: Collection[int] | None = None,
    method: str = "nms",
    agnostic: bool = False,
    limit: int = 100,
) -> Boxes:
    """The boxes that are left of the candidates, best first.

    Args:
        candidates: of one photo.
        threshold: least score, in [0, 1].
        iou_threshold: in [0, 1]; with "nms" a box goes where a better one overlaps it by more; with "fusion" boxes that
            overlap by more become one. Soft-NMS does not use it.
        classes: places in the class names; None takes all.
        method: one of `METHODS`.
        agnostic: boxes of different classes suppress one another too; "fusion" always works class by class.
        limit: the largest number of boxes.

    Raises:
        InputError: a threshold out of range, or an unknown method.

    Example:
        >>> boxes = Boxes([[0, 0, 9, 9], [1, 0, 9, 9], [0, 0, 3, 3]], [0, 0, 1], [0.9, 0.8, 0.5], ("cat", "dog"))
        >>> left = found(Candidates(boxes, (9, 9)), threshold=0.4)
        >>> [round(score, 2) for score in left.scores.tolist()], left.labels.tolist()
        ([0.9, 0.5], [0, 1])
    """
    if not 0 <= threshold <= 1:
        raise InputError("The threshold is not a probability", "Choose one from 0 to 1", threshold=threshold)
    if method not in METHODS:
        raise InputError("There is no such method", f"Choose one of {', '.join(METHODS)}", method=method)
    boxes = candidates.boxes
    wanted = boxes.scores >= threshold
    if classes is not None:
        wanted &= np.isin(boxes.labels, list(classes))
    boxes = boxes[wanted]
    if method == "none":
        return boxes[:limit]
    if method == "fusion":
        return weighted_fusion([boxes], iou_threshold=iou_threshold)[:limit]
    labels = None if agnostic else boxes.labels
    if method == "nms":
        return boxes[nms(boxes.corners, boxes.scores, labels, iou_threshold=iou_threshold, limit=limit)]
    kept, lowered = soft_nms(
        boxes.corners, boxes.scores, labels, score_threshold=max(0.001, threshold - 1e-6), limit=limit
    )
    return Boxes(boxes.corners[kept], boxes.labels[kept], lowered, boxes.names)
