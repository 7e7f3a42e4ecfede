"""Tiny pictures with boxes for tests: coloured blocks on grey, in the layouts that people have."""

import json
from pathlib import Path

import cv2
import numpy as np

from cnn_core.detection.boxed_folder import read_boxed_folder
from cnn_core.detection.boxed_listing import save_boxed_listing

NAMES = ("red", "blue")
COLOURS = ((230, 30, 30), (30, 30, 230))
SIDE = 64


def picture(seed: int) -> tuple[np.ndarray, list[tuple[int, list[int]]]]:
    """(64, 64, 3) uint8 with a red and a blue block, and (label, corners) of each."""
    random = np.random.default_rng(seed)
    pixels = np.full((SIDE, SIDE, 3), 128, np.uint8)
    boxes = []
    for label in range(2):
        left, top = (int(side) for side in random.integers(2, 16, 2) + np.array([32 * label, 0]))
        right, bottom = left + int(random.integers(10, 16)), top + int(random.integers(20, 40))
        pixels[top:bottom, left:right] = COLOURS[label]
        boxes.append((label, [left, top, right, bottom]))
    return pixels, boxes


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1])


def write_yolo_folder(folder: Path, count: int) -> Path:
    """`images/`, `labels/` and `classes.txt`."""
    for number in range(count):
        pixels, boxes = picture(number)
        write_picture(folder / "images" / f"{number}.png", pixels)
        lines = [
            f"{label} {(x0 + x1) / 2 / SIDE} {(y0 + y1) / 2 / SIDE} {(x1 - x0) / SIDE} {(y1 - y0) / SIDE}"
            for label, (x0, y0, x1, y1) in boxes
        ]
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{number}.txt").write_text("\n".join(lines))
    (folder / "classes.txt").write_text("\n".join(NAMES))
    return folder


def write_coco_folder(folder: Path, parts: dict[str, range]) -> Path:
    """`train2017/` and the like beside `annotations/instances_train2017.json`."""
    for part, numbers in parts.items():
        images, annotations = [], []
        for number in numbers:
            pixels, boxes = picture(number)
            write_picture(folder / part / f"{number}.png", pixels)
            images.append({"id": number + 1, "file_name": f"{number}.png", "height": SIDE, "width": SIDE})
            annotations += [
                {"image_id": number + 1, "category_id": label + 1, "bbox": [x0, y0, x1 - x0, y1 - y0]}
                for label, (x0, y0, x1, y1) in boxes
            ]
        content = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": number + 1, "name": name} for number, name in enumerate(NAMES)],
        }
        (folder / "annotations").mkdir(exist_ok=True)
        (folder / "annotations" / f"instances_{part}.json").write_text(json.dumps(content))
    return folder


def write_voc_folder(folder: Path, sets: dict[str, range]) -> Path:
    """`JPEGImages/`, `Annotations/` and `ImageSets/Main/`."""
    (folder / "Annotations").mkdir(parents=True)
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    for part, numbers in sets.items():
        (folder / "ImageSets" / "Main" / f"{part}.txt").write_text("\n".join(map(str, numbers)))
        for number in numbers:
            pixels, boxes = picture(number)
            write_picture(folder / "JPEGImages" / f"{number}.png", pixels)
            objects = "".join(
                f"<object><name>{NAMES[label]}</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin>"
                f"<xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
                for label, (x0, y0, x1, y1) in boxes
            )
            size = f"<size><width>{SIDE}</width><height>{SIDE}</height><depth>3</depth></size>"
            (folder / "Annotations" / f"{number}.xml").write_text(
                f"<annotation><filename>{number}.png</filename>{size}{objects}</annotation>"
            )
    return folder


def write_boxed_listing(folder: Path, count: int = 36) -> Path:
    """A YOLO folder and the list of its pictures: a third validates, a third tests where there are that many."""
    listing = read_boxed_folder(write_yolo_folder(folder / "pictures", count), validation=1 / 3)
    save_boxed_listing(listing, folder / "boxes.json")
    return folder / "boxes.json"
