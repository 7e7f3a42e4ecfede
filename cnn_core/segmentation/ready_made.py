"""Photos with masks for those who have none: procedural scenes, whose masks are exact."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from cnn_core.errors import InputError
from cnn_core.folders.disk import check_space, writing
from cnn_core.geometry import Pair
from cnn_core.mask_files.palette_picture import write_palette_png
from cnn_core.masks import class_colours
from cnn_core.scenes import CLASSES, scene

NAMES = ("background", *CLASSES)
MOST_SCENES = 5_000
# No starter was trained on, nor measured by, scenes of this seed.
SEED = 101
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]

Progress = Callable[[int, int], None]


def write_masked_scenes(
    folder: Path, *, count: int = 200, size: Pair = (128, 128), seed: int = SEED, progress: Progress | None = None
) -> Path:
    """Draw scenes of one to six shapes with their masks: circle, square, triangle, star, ring, cross.

    Args:
        folder: is made; `images/0000.jpg`, `masks/0000.png` (palette) and so on, and `classes.txt`.
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
    colours = class_colours(len(NAMES))
    with writing("the scenes"):
        for name in ("images", "masks"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        check_space(folder, count * 30_000, "the scenes")
        (folder / "classes.txt").write_text("".join(f"{name}\n" for name in NAMES))
        for index in range(count):
            drawn = scene(seed, index=index, size=size)
            pixels = np.ascontiguousarray(drawn.pixels[..., ::-1])
            encoded = cv2.imencode(".jpg", pixels, _QUALITY)[1]
            (folder / "images" / f"{index:04d}.jpg").write_bytes(bytes(encoded))
            (folder / "masks" / f"{index:04d}.png").write_bytes(write_palette_png(drawn.label_map, colours=colours))
            if progress:
                progress(index + 1, count)
    return folder
