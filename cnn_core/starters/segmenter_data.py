"""What segmenters learn from and are measured on: photos with a label map, read from files. No Keras.

A picture is (H, W, 3) uint8 RGB; its label map (H, W) uint8 has the class of each pixel, or `UNKNOWN` (255).
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cnn_core.scenes import CLASSES, scenes
from cnn_core.starters.coco_masks import UNKNOWN, read_coco_masks

SPLITS = Path(__file__).parent / "splits"
PEOPLE = ("background", "person")
MEMBRANES = ("membrane", "cell")
SHAPES = ("background", *CLASSES)
# Those of Pascal VOC's classes that the photos at hand show often enough.
EVERYDAY = ("background", "person", "cat", "dog")
# Rows and columns that each segmenter is given.
SIZES = {"people": (224, 224), "membranes": (512, 512), "shapes": (128, 128), "everyday": (224, 224)}
# Of the scenes that segmenters of shapes are measured on; they learn from other seeds.
HELD_OUT_SEED = 2


class Example(NamedTuple):
    """A picture with its truth.

    Attributes:
        name: of the file, without its ending.
        image: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8.
    """

    name: str
    image: np.ndarray
    labels: np.ndarray


def read_people(folder: Path, *, part: str, longest: int | None = None) -> list[Example]:
    """Photos of people and their masks: 0 background, 1 person.

    198 masks differ in size from their photo, with the same aspect; they are resized to it, nearest neighbour.

    Args:
        folder: with `Training_Images` and `Ground_Truth`.
        part: "train" or "held_out" of `splits/people.json`.
        longest: reduce larger photos to this many pixels on their longer side.
    """
    examples = []
    for name in _names("people", part):
        image = read_rgb(folder / "Training_Images" / f"{name}.jpg")
        mask = read_grey(folder / "Ground_Truth" / f"{name}.png")
        examples.append(reduced(Example(name, image, (mask > 127).astype(np.uint8)), longest))
    return examples


def read_membranes(folder: Path, *, part: str) -> list[Example]:
    """ISBI 2012 slices, grey in all three channels, and their labels: 0 membrane (black), 1 cell (white), 512 x 512.

    Args:
        folder: with `train/image` and `train/label`.
        part: "train" or "held_out" of `splits/membranes.json`.
    """
    examples = []
    for name in _names("membranes", part):
        label = read_grey(folder / "train" / "label" / f"{name}.png")
        image = read_rgb(folder / "train" / "image" / f"{name}.png")
        examples.append(Example(name, image, (label > 127).astype(np.uint8)))
    return examples


def read_shapes(count: int, *, seed: int) -> list[Example]:
    """Procedural scenes of 128 x 128 pixels: 0 background, then the classes of `cnn_core.scenes`.

    Args:
        count: how many, from index 0.
        seed: `HELD_OUT_SEED`, or another one for training.
    """
    drawn = scenes(count, seed=seed, size=SIZES["shapes"])
    return [Example(str(i), scene.pixels, scene.label_map.astype(np.uint8)) for i, scene in enumerate(drawn)]


def read_everyday(data: Path, masks: Path, *, longest: int) -> dict[str, list[Example]]:
    """Photos to learn everyday classes from, by data set, with the best masks there are of each.

    COCO's training photos have their own polygons. The photos of people have true masks of the people, and the
    teacher's for all else; where only the teacher sees a person, the pixel is unknown. Of the cats and dogs there are
    the teacher's masks alone, in which each animal is called what its folder says; photos in which the teacher sees no
    animal are left out.

    Args:
        data: the folder with people, coco_mini and cats_dogs.zip.
        masks: what `teacher_masks` wrote: PNG files of `EVERYDAY` classes and `UNKNOWN`.
        longest: reduce photos to this many pixels on their longer side.
    """
    coco = [reduced(Example(*entry), longest) for entry in read_coco_masks(data / "coco_mini", "train2017", EVERYDAY)]
    person = EVERYDAY.index("person")
    people, animals = [], []
    for name, image, truth in read_people(data / "people", part="train", longest=longest):
        labels = _fitted(read_grey(masks / "people" / f"{name}.png"), image)
        labels[labels == person] = UNKNOWN
        labels[truth == 1] = person
        people.append(Example(name, image, labels))
    for name, image in read_cats_dogs_photos(data / "cats_dogs.zip", part="train"):
        labels = read_grey(masks / "cats_dogs" / f"{Path(name).stem}.png")
        species = EVERYDAY.index(Path(name).parent.name)
        labels[(labels == EVERYDAY.index("cat")) | (labels == EVERYDAY.index("dog"))] = species
        if (labels == species).any():
            animals.append(reduced(Example(name, image, labels), longest))
    return {"people": people, "cats_dogs": animals, "coco": coco}


def read_cats_dogs_photos(path: Path, *, part: str) -> list[tuple[str, np.ndarray]]:
    """Names in the zip, such as "cat/cat.0.jpg", and photos (H, W, 3) uint8 RGB of a part of the split file."""
    with zipfile.ZipFile(path) as archive:
        return [(name, _decoded(archive.read(name))) for name in _names("cats_dogs", part)]


def read_rgb(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    return _decoded(path.read_bytes())


def read_grey(path: Path) -> np.ndarray:
    """(H, W) uint8."""
    return np.asarray(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE))


def reduced(example: Example, longest: int | None) -> Example:
    """The picture with its longer side at most `longest`, averaged over areas, and the labels at the picture's size.

    Example:
        >>> small = reduced(Example("", np.zeros((60, 80, 3), np.uint8), np.zeros((30, 40), np.uint8)), 64)
        >>> small.image.shape, small.labels.shape
        ((48, 64, 3), (48, 64))
    """
    name, image, labels = example
    scale = min(1.0, longest / max(image.shape[:2])) if longest else 1.0
    if scale < 1:
        rows, columns = (round(side * scale) for side in image.shape[:2])
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
    return Example(name, image, _fitted(labels, image))


def network_input(image: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The picture stretched to (rows, columns, 3) float32 in [0, 1], averaged over areas where it shrinks.

    Example:
        >>> network_input(np.zeros((60, 80, 3), np.uint8), (32, 48)).shape
        (32, 48, 3)
    """
    rows, columns = size
    way = cv2.INTER_AREA if max(rows, columns) < max(image.shape[:2]) else cv2.INTER_LINEAR
    return cv2.resize(image.astype(np.float32) / 255.0, (columns, rows), interpolation=way)


def _fitted(labels: np.ndarray, image: np.ndarray) -> np.ndarray:
    """The labels at the picture's size, nearest neighbour."""
    return cv2.resize(labels, image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def _names(data: str, part: str) -> list[str]:
    return json.loads((SPLITS / f"{data}.json").read_text())[part]


def _decoded(encoded: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]
