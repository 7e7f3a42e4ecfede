"""Photos with boxes, as the detectors' training reads them: BCCD (Pascal VOC XML), COCO, and procedural scenes.

Pictures are uint8 RGB, shrunk when read to what the training can use; boxes are pixels of the shrunk picture.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core import scenes
from cnn_core.boxes import clip_corners, to_corners
from cnn_core.detection.training.boxed_picture import BoxedPicture, shrunk
from cnn_core.starters.detector_kinds import CELLS

SPLITS = Path(__file__).parent / "splits"
# Procedural scenes: those that a detector learns from, and those that it is measured on.
TRAINING_SEED, HELD_OUT_SEED = 1, 2


def split(data: str, part: str) -> list[str]:
    """Names of a part of the data, as the split file in `splits/` says.

    Example:
        >>> len(split("bccd", "held_out"))
        72
    """
    names: list[str] = json.loads((SPLITS / f"{data}.json").read_text())[part]
    return names


def read_bccd(folder: Path, part: str, *, side: int | None = None) -> tuple[list[BoxedPicture], list[str]]:
    """BCCD's photos of a part, and its boxes without area by name, which are left out.

    Args:
        folder: with `JPEGImages/` and `Annotations/`.
        part: "train", "validation" or "held_out" of `splits/bccd.json`.
        side: the longer side to which photos are shrunk; None keeps them.
    """
    pictures, skipped = [], []
    for name in split("bccd", part):
        tree = ElementTree.parse(folder / "Annotations" / f"{name}.xml")
        corners, labels = [], []
        for found in tree.iter("object"):
            frame = [float(found.findtext(f"bndbox/{key}", "0")) for key in ("xmin", "ymin", "xmax", "ymax")]
            if frame[2] > frame[0] and frame[3] > frame[1]:
                corners.append(frame)
                labels.append(CELLS.index(found.findtext("name", "")))
            else:
                skipped.append(f"{name}: {found.findtext('name')} at {frame}")
        pixels = read_pixels(folder / "JPEGImages" / f"{name}.jpg")
        pictures.append(shrunk(BoxedPicture(name, pixels, np.array(corners, np.float32), np.array(labels)), side))
    return pictures, skipped


def read_coco(
    folder: Path, part: str, names: Sequence[str], *, side: int | None = None, crowds: bool = False
) -> list[BoxedPicture]:
    """COCO's photos of a part with the boxes of some classes.

    Args:
        folder: with `annotations/` and a folder of photos per part.
        part: "train2017" or "val2017".
        names: the classes wanted, by COCO's names; a label is a place among them.
        side: as for `read_bccd`.
        crowds: whether boxes around many objects are among them.
    """
    described = json.loads((folder / "annotations" / f"instances_{part}.json").read_text())
    place = {kind["id"]: names.index(kind["name"]) for kind in described["categories"] if kind["name"] in names}
    pictures = []
    for image in described["images"]:
        chosen = [
            found
            for found in described["annotations"]
            if found["image_id"] == image["id"] and found["category_id"] in place and (crowds or not found["iscrowd"])
        ]
        pixels = read_pixels(folder / part / image["file_name"])
        frames = clip_corners(to_corners([found["bbox"] for found in chosen], "xywh"), pixels.shape[:2])
        labels = np.array([place[found["category_id"]] for found in chosen], np.int64)
        crowd = np.array([found["iscrowd"] for found in chosen], bool)
        wide = ((frames[:, 2:] - frames[:, :2]) > 1).all(axis=1)
        name = Path(image["file_name"]).stem
        pictures.append(shrunk(BoxedPicture(name, pixels, frames[wide], labels[wide], crowd[wide]), side))
    return pictures


def drawn(number: int, size: tuple[int, int], *, seed: int = TRAINING_SEED) -> BoxedPicture:
    """A procedural scene with its boxes.

    Example:
        >>> drawn(3, (64, 96)).pixels.shape
        (64, 96, 3)
    """
    scene = scenes.scene(seed, index=number, size=size)
    return BoxedPicture(f"scene {number}", scene.pixels, scene.boxes, scene.labels)


def read_pixels(path: Path) -> npt.NDArray[np.uint8]:
    """A photo as (H, W, 3) uint8 RGB, turned upright as its file says."""
    return decoded(path.read_bytes(), str(path))


def decoded(content: bytes, name: str) -> npt.NDArray[np.uint8]:
    """The photo that a file holds, as `read_pixels`."""
    photo = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if photo is None:
        raise OSError(f"{name} is no picture that OpenCV can read")
    return np.ascontiguousarray(photo[..., ::-1], np.uint8)
