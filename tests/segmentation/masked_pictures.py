"""Tiny photos with masks for tests: coloured blocks on grey, in the layouts that people have."""

import json
from pathlib import Path

import cv2
import numpy as np

from cnn_core.mask_files.coco_masks import write_coco_masks
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_listing import save_masked_listing

NAMES = ("background", "red", "blue")
COLOURS = ("#000000", "#E61E1E", "#1E1EE6")
SIDE = 32


def picture(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(32, 32, 3) uint8 with a red and a blue block, and its label map (32, 32) uint8."""
    random = np.random.default_rng(seed)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for label in (1, 2):
        left, top = (int(side) for side in random.integers(1, 6, 2) + np.array([16 * (label - 1), 0]))
        labels[top : top + int(random.integers(8, 20)), left : left + int(random.integers(5, 9))] = label
    pixels = np.array([[128, 128, 128], [230, 30, 30], [30, 30, 230]], np.uint8)[labels]
    return pixels, labels


def write_photo(path: Path, pixels: np.ndarray) -> None:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1])


def write_folder(folder: Path, count: int, *, photos: str = "images", masks: str = "masks", ending: str = "") -> Path:
    """`images/0.png` with `masks/0.png`, palette, and `classes.txt`."""
    for number in range(count):
        pixels, labels = picture(number)
        write_photo(folder / photos / f"{number}.png", pixels)
        (folder / masks).mkdir(parents=True, exist_ok=True)
        (folder / masks / f"{number}{ending}.png").write_bytes(write_palette_png(labels, colours=COLOURS))
    (folder / "classes.txt").write_text("\n".join(NAMES))
    return folder


def write_coco_folder(folder: Path, parts: dict[str, range], *, way: str = "polygons") -> Path:
    """`train2017/` and the like beside `annotations/instances_train2017.json`."""
    for part, numbers in parts.items():
        for number in numbers:
            write_photo(folder / part / f"{number}.png", picture(number)[0])
        text = write_coco_masks([(f"{number}.png", picture(number)[1]) for number in numbers], names=NAMES, way=way)
        (folder / "annotations").mkdir(exist_ok=True)
        (folder / "annotations" / f"instances_{part}.json").write_text(json.dumps(json.loads(text)))
    return folder


def write_masked_listing(folder: Path, count: int = 6) -> Path:
    """A folder and the list of its photos, of which a third validates."""
    listing = read_masked_folder(write_folder(folder / "pictures", count), validation=1 / 3)
    save_masked_listing(listing, folder / "masks.json")
    return folder / "masks.json"
