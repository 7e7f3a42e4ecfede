"""What the everyday detector learns from: photos of people, cats and dogs with a teacher's boxes, and COCO's own.

What is known of a photo goes before what the teacher says: in the folder `cat` each cat or dog is a cat. A photo in
which the teacher does not find what is known to be there is left out.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.boxes import Boxes, clip_corners
from cnn_core.detection.training.boxed_picture import BoxedPicture, shrunk
from cnn_core.starters.detector_data import read_coco
from cnn_core.starters.teacher_boxes import training_photos
from cnn_core.suppression import nms

# A box counts from this score of the teacher on; from the lower one where the photo's folder says what it shows.
SURE, EXPECTED = 0.35, 0.2
_KNOWN = {"people": "person", "cat": "cat", "dog": "dog"}
_ALIKE = ("cat", "dog")


def read_everyday(data: Path, boxes: Path, names: Sequence[str], *, side: int) -> list[BoxedPicture]:
    """All training photos with boxes of the classes `names`.

    Args:
        data: the folder of the data sets.
        boxes: what `teacher_boxes` wrote.
        names: classes, by COCO's names.
        side: the longer side to which photos are shrunk.
    """
    found: dict[str, list[dict[str, Any]]] = json.loads(boxes.read_text())
    pictures = []
    for name, pixels in training_photos(data):
        known = pseudo_boxes(found[name], names, known=_KNOWN[name.split("/")[0]])
        if known is not None:
            corners = clip_corners(known.corners, (pixels.shape[0], pixels.shape[1]))
            pictures.append(shrunk(BoxedPicture(name, pixels, corners, known.labels), side))
    return pictures + read_coco(data / "coco_mini", "train2017", names, side=side)


def pseudo_boxes(found: Sequence[Mapping[str, Any]], names: Sequence[str], *, known: str) -> Boxes | None:
    """The teacher's boxes of one photo, as far as they are believed; None if none shows what is known to be there.

    Args:
        found: class, score and box of each.
        names: the classes wanted.
        known: the class that the photo is known to show.

    Example:
        >>> said = [{"class": name, "score": 0.3, "box": [0, 0, 9, 9]} for name in ("dog", "bed", "person")]
        >>> pseudo_boxes(said, ("person", "cat", "dog"), known="cat").labels.tolist()
        [1]
        >>> pseudo_boxes(said[:2], ("person", "cat", "dog"), known="person") is None
        True
    """
    corners, labels, scores = [], [], []
    for one in found:
        kind = known if known in _ALIKE and one["class"] in _ALIKE else one["class"]
        if kind in names and one["score"] >= (EXPECTED if kind == known else SURE):
            corners.append(one["box"])
            labels.append(names.index(kind))
            scores.append(one["score"])
    believed = Boxes(corners, np.array(labels, np.int64), scores, names)
    believed = believed[nms(believed.corners, believed.scores, believed.labels, iou_threshold=0.5)]
    return believed if known in names and names.index(known) in believed.labels else None
