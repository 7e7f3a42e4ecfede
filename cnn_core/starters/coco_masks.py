"""COCO's polygons and run lengths as label maps of a few classes (Lin et al. 2014). No Keras."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Pixels that are no part of a loss nor of a score, as in Pascal VOC.
UNKNOWN = 255
_FINER = 4


def read_coco_masks(folder: Path, part: str, classes: Sequence[str]) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Photos and label maps: name, (H, W, 3) uint8 RGB, (H, W) uint8 with an index into `classes`.

    Objects of other classes are background (0). Where objects overlap, the smaller lies on top. The area of a crowd of
    one of the classes is unknown (255).

    Args:
        folder: with `annotations` and the photos.
        part: "train2017" or "val2017".
        classes: COCO's names behind "background".
    """
    annotations = json.loads((folder / "annotations" / f"instances_{part}.json").read_text())
    names = {category["id"]: category["name"] for category in annotations["categories"]}
    objects: dict[int, list[dict[str, Any]]] = {image["id"]: [] for image in annotations["images"]}
    for entry in annotations["annotations"]:
        if names[entry["category_id"]] in classes:
            objects[entry["image_id"]].append(entry)
    examples = []
    for photo in annotations["images"]:
        labels = np.zeros((photo["height"], photo["width"]), np.uint8)
        for entry in sorted(objects[photo["id"]], key=lambda entry: (not entry["iscrowd"], -entry["area"])):
            inside = object_mask(entry["segmentation"], labels.shape)
            labels[inside] = UNKNOWN if entry["iscrowd"] else classes.index(names[entry["category_id"]])
        pixels = np.asarray(cv2.imread(str(folder / part / photo["file_name"]), cv2.IMREAD_COLOR))[..., ::-1]
        examples.append((Path(photo["file_name"]).stem, pixels, labels))
    return examples


def object_mask(segmentation: Any, shape: tuple[int, ...]) -> np.ndarray:
    """(H, W) bool from COCO's polygons [[x, y, x, y, …], …] or its run lengths {"counts": […]}, which go down columns.

    Example:
        >>> object_mask([[1, 1, 3, 1, 3, 3, 1, 3]], (4, 5)).astype(int)
        array([[0, 0, 0, 0, 0],
               [0, 1, 1, 0, 0],
               [0, 1, 1, 0, 0],
               [0, 0, 0, 0, 0]])
        >>> object_mask({"counts": [3, 2, 1]}, (3, 2)).astype(int)
        array([[0, 1],
               [0, 1],
               [0, 0]])
    """
    rows, columns = shape[:2]
    if isinstance(segmentation, dict):
        values = np.arange(len(segmentation["counts"])) % 2
        return np.repeat(values, segmentation["counts"]).reshape(columns, rows).T.astype(bool)
    # OpenCV fills every pixel that the outline touches; on a finer grid, read at the pixels' centres, that is an eighth
    # of a pixel and not a half. COCO's corners lie between pixels, OpenCV's on their centres.
    fine = np.zeros((rows * _FINER, columns * _FINER), np.uint8)
    for polygon in segmentation:
        corners = (np.array(polygon).reshape(-1, 2) * _FINER - 0.5) * 256
        cv2.fillPoly(fine, [np.round(corners).astype(np.int32)], 1, shift=8)
    return fine[_FINER // 2 :: _FINER, _FINER // 2 :: _FINER].astype(bool)
