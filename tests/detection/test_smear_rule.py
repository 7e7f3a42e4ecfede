"""Which photos are taken for blood smears: real and drawn ones are, ordinary photos are not."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from cnn_core.blood_smear import blood_smear
from cnn_core.detection.detector import Detector
from cnn_core.detection.loading import load_detector
from cnn_core.detection.smear_rule import could_be_smear, shows_cells
from cnn_core.images import open_photo, to_float
from cnn_core.samples import CELLS, SAMPLES, sample


@lru_cache
def detector() -> Detector:
    return load_detector("starter_detector_cells")


def taken(pixels: np.ndarray) -> bool:
    return could_be_smear(pixels) and shows_cells(detector().look(to_float(pixels)))


def test_of_the_samples_only_the_smear_is_one() -> None:
    assert [name for name in SAMPLES if taken(sample(name))] == [CELLS]
    assert taken(blood_smear(seed=9).pixels)


def test_grey_dark_and_empty_pictures_are_none() -> None:
    smear = blood_smear(seed=0).pixels
    grey = np.repeat(smear.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    assert could_be_smear(smear)
    assert not could_be_smear(grey)
    assert not could_be_smear(smear // 3)
    assert not taken(np.full((200, 200, 3), (225, 195, 205), np.uint8))


def test_smears_of_bccd_are_told_from_photos(data_folder: Path, photos: Path) -> None:
    held_out = (data_folder / "bccd/ImageSets/Main/test.txt").read_text().split()
    if not held_out:
        pytest.skip("no test split of BCCD")
    smears = [data_folder / "bccd/JPEGImages" / f"{name}.jpg" for name in held_out[:8]]
    assert all(taken(open_photo(file, name=file.name).pixels) for file in smears)
    ordinary = [file for file in sorted(photos.glob("*.*")) if "truncated" not in file.name and "mask" not in file.name]
    assert not any(taken(open_photo(file, name=file.name).pixels) for file in ordinary)
