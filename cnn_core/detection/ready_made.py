"""Pictures with boxes for those who have none: procedural scenes, whose boxes are exact."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from cnn_core.annotations import AnnotatedPicture, write_yolo
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError
from cnn_core.folders.disk import check_space, writing
from cnn_core.geometry import Pair
from cnn_core.scenes import CLASSES, scene

MOST_SCENES = 5_000
# No starter was trained on, nor measured by, scenes of this seed.
SEED = 100
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]

Progress = Callable[[int, int], None]


def write_boxed_scenes(
    folder: Path, *, count: int = 400, size: Pair = (192, 192), seed: int = SEED, progress: Progress | None = None
) -> Path:
    """Draw scenes of one to six shapes with their boxes: circle, square, triangle, star, ring, cross.

    Args:
        folder: is made; `images/0000.jpg`, `labels/0000.txt` (YOLO) and so on, and `classes.txt`.
        count: 1 to 5,000.
        size: rows and columns, 32 to 2,048.
        seed: the same pictures for the same seed.
        progress: called with the number of pictures done and of all.

    Returns:
        The folder.

    Raises:
        InputError: an option out of range; a full disk.
    """
    if not 1 <= count <= MOST_SCENES:
        raise InputError("The number of pictures is out of range", f"Choose 1 to {MOST_SCENES:,}", count=count)
    with writing("the scenes"):
        for name in ("images", "labels"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        check_space(folder, count * 40_000, "the scenes")
        (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))
        for index in range(count):
            drawn = scene(seed, index=index, size=size)
            pixels = np.ascontiguousarray(drawn.pixels[..., ::-1])
            jpeg = cv2.imencode(".jpg", pixels, _QUALITY)[1]
            (folder / "images" / f"{index:04d}.jpg").write_bytes(bytes(jpeg))
            truth = Truth(Boxes(drawn.boxes, drawn.labels, None, CLASSES))
            picture = AnnotatedPicture(f"{index:04d}.jpg", (pixels.shape[0], pixels.shape[1]), truth)
            (folder / "labels" / f"{index:04d}.txt").write_text(write_yolo(picture))
            if progress:
                progress(index + 1, count)
    return folder
