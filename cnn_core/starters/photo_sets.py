"""Real photos for measuring a classifier: the cats and dogs, and objects cut out of COCO's photos."""

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np

from cnn_core.starters.cifar import CLASSES, decoded

_SPLIT = Path(__file__).parent / "splits" / "cats_dogs.json"
_COCO_NAMES = {"car": "automobile", "boat": "ship"}
_SMALLEST = 48
_MARGIN = 0.1


def read_cats_dogs(path: Path, *, part: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Photos (N, size, size, 3) uint8 RGB, stretched from the originals, and labels (N,): 0 cat, 1 dog.

    Args:
        path: the zip with the folders `cat` and `dog`.
        part: "train" or "held_out" of the split file.
        size: rows and columns.
    """
    names = json.loads(_SPLIT.read_text())[part]
    with zipfile.ZipFile(path) as archive:
        images = [stretched(decoded(archive.read(name)), size) for name in names]
    return np.stack(images), np.array([int(name.startswith("dog/")) for name in names])


def read_coco_objects(folder: Path, *, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Objects of CIFAR-10's classes in COCO mini's photos, at least 48 pixels high and wide, cut out with a margin.

    Returns:
        (N, size, size, 3) uint8 RGB and (N,) labels into CIFAR-10's classes.
    """
    images, labels = [], []
    for part in ("train2017", "val2017"):
        annotations = json.loads((folder / "annotations" / f"instances_{part}.json").read_text())
        names = {category["id"]: category["name"] for category in annotations["categories"]}
        files = {image["id"]: image["file_name"] for image in annotations["images"]}
        for entry in annotations["annotations"]:
            name = _COCO_NAMES.get(names[entry["category_id"]], names[entry["category_id"]])
            left, top, width, height = entry["bbox"]
            if name not in CLASSES or min(width, height) < _SMALLEST or entry["iscrowd"]:
                continue
            photo = decoded((folder / part / files[entry["image_id"]]).read_bytes())
            half = (0.5 + _MARGIN) * max(width, height)
            row, column = top + height / 2, left + width / 2
            cut = photo[
                max(0, round(row - half)) : round(row + half), max(0, round(column - half)) : round(column + half)
            ]
            images.append(stretched(cut, size))
            labels.append(CLASSES.index(name))
    return np.stack(images), np.array(labels)


def stretched(photo: np.ndarray, size: int) -> np.ndarray:
    """The photo at size x size pixels, averaged over areas where it shrinks.

    Example:
        >>> stretched(np.zeros((60, 80, 3), np.uint8), 32).shape
        (32, 32, 3)
    """
    smaller = size < max(photo.shape[:2])
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(photo), (size, size), interpolation=way)
