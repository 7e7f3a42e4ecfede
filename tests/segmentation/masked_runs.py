"""Photos with masks and a training on them, small enough for a test."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cnn_core.runs.folder import create_run
from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_listing import save_masked_listing
from cnn_core.segmentation.training.config import NEW, default_config

NAMES = ("background", "red", "blue")
COLOURS = ((200, 30, 30), (30, 30, 200))


def write_masked_photos(folder: Path, count: int) -> Path:
    """Grey photos of 40 x 56 pixels with a red and a blue block, and their masks; every third mask has a void edge."""
    random = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in NAMES))
    for number in range(count):
        pixels = random.integers(90, 130, (40, 56, 3)).astype(np.uint8)
        labels = np.zeros((40, 56), np.uint8)
        for label, colour in enumerate(COLOURS, 1):
            top, left = random.integers(0, 24), random.integers(0, 24) + 16 * (label - 1)
            pixels[top : top + 16, left : left + 16] = colour
            labels[top : top + 16, left : left + 16] = label
        if number % 3 == 0:
            labels[:, -2:] = 255
        cv2.imwrite(str(folder / "images" / f"{number:02d}.png"), pixels[..., ::-1])
        cv2.imwrite(str(folder / "masks" / f"{number:02d}.png"), labels)
    return folder


def write_masked_listing(folder: Path, count: int) -> Path:
    """The same, listed: a third is held out."""
    path = folder / "listing.json"
    save_masked_listing(read_masked_folder(write_masked_photos(folder / "files", count), validation=1 / 3), path)
    return path


def make_run(store: Path, listing: Path, **changes: Any) -> Path:
    """A training that waits: two epochs of a U-Net with two channels."""
    config = default_config(listing, start=NEW, name="Blocks")
    config |= {"input_size": [32, 32], "epochs": 2, "batch_size": 12, "learning_rate": 0.02, "mirrors": 2}
    config |= {"network": {"depth": 1, "base_filters": 4}}
    return create_run(store, config | changes, owner="me", name="Blocks")
