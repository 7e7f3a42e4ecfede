"""Whether a photo is a blood smear: first by its light, which costs next to nothing, then by what a detector sees.

Under the microscope a stained smear is bright and even, and has some colour; its cells are many, sure, and cover much
of the picture. The limits were chosen on 90 pictures of BCCD and 280 ordinary photos. Of those that had no say in them
it knew 272 of 274 of BCCD (all 59 of its test split), and took none of 442 photos (COCO, Pascal VOC, people, cats and
dogs) and 20 membranes for a smear. BCCD comes from one laboratory: other stains and magnifications were not tried.
"""

import numpy as np
import numpy.typing as npt

from cnn_core.detection.candidates import Candidates, found
from cnn_core.drawing import shrink

# Of pixels from 0 to 255, on a picture of 64 pixels: least brightness, most deviation, least difference of the colours.
_THUMB = 64
_BRIGHT, _UNEVEN, _COLOURED = 140.0, 35.0, 4.0
# Of the cells that are found: from which score on, how many, how sure on average, and how much they cover.
_SURE, _FEWEST, _MEAN, _COVERED = 0.5, 6, 0.65, 0.22


def could_be_smear(pixels: npt.NDArray[np.uint8]) -> bool:
    """Whether the light is that of a smear: bright, even, and not grey.

    Args:
        pixels: the photo, (H, W, 3) uint8.

    Example:
        >>> could_be_smear(np.full((80, 80, 3), (220, 190, 200), np.uint8))
        True
    """
    small = shrink(pixels, side=_THUMB).astype(np.float32)
    coloured = (small.max(axis=-1) - small.min(axis=-1)).mean()
    return bool(small.mean() >= _BRIGHT and small.std(axis=(0, 1)).mean() <= _UNEVEN and coloured >= _COLOURED)


def shows_cells(said: Candidates) -> bool:
    """Whether the cells that a detector sees are those of a smear: many, sure, and covering much.

    Args:
        said: of the starter of cells.

    Example:
        >>> from cnn_core.boxes import Boxes
        >>> boxes = Boxes(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32), ("RBC",))
        >>> shows_cells(Candidates(boxes, (64, 64)))
        False
    """
    boxes = found(said, threshold=_SURE, iou_threshold=0.5)
    if len(boxes) < _FEWEST or boxes.scores.mean() < _MEAN:
        return False
    covered = np.zeros(said.size, bool)
    for x_min, y_min, x_max, y_max in np.rint(boxes.corners).astype(int):
        covered[max(y_min, 0) : y_max, max(x_min, 0) : x_max] = True
    return bool(covered.mean() >= _COVERED)
