"""What a training answers about some held-out photos epoch by epoch, kept in the run's folder to be looked at."""

import os
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.masks import Labels, resized_labels
from cnn_core.segmentation.training.examples import MaskedPicture

FOLDER = "epochs"
# Photos whose answers are kept, and the longer side of what is kept.
SHOWN, SIDE = 4, 256
_PHOTOS = "photos.npz"


def save_photos(run: Path, pictures: Sequence[MaskedPicture], names: Sequence[str]) -> None:
    """Write the photos, reduced, their truth and the class names; once, before the first epoch."""
    small = [_reduced(one) for one in pictures[:SHOWN]]
    arrays = {f"pixels_{number}": one.pixels for number, one in enumerate(small)}
    arrays |= {f"truth_{number}": one.labels for number, one in enumerate(small)}
    words = {"files": np.array([one.name for one in small], str), "names": np.array(names)}
    _save(run / FOLDER / _PHOTOS, {**arrays, **words})


def save_answers(run: Path, epoch: int, answers: Sequence[Labels]) -> None:
    """Write what the network answers behind an epoch; 0 is before the first."""
    small = [_reduced_labels(one) for one in answers[:SHOWN]]
    _save(run / FOLDER / f"{epoch:05d}.npz", {f"labels_{number}": one for number, one in enumerate(small)})


def kept_epochs(run: Path) -> list[int]:
    """The epochs whose answers are there, in order."""
    names = [path.name for path in (run / FOLDER).glob("*.npz")]
    return sorted(int(name[:-4]) for name in names if re.fullmatch(r"\d+\.npz", name))


def load_photos(run: Path) -> tuple[list[MaskedPicture], tuple[str, ...]]:
    """The photos with their truth, and the class names; none where there are none."""
    found = _load(run / FOLDER / _PHOTOS)
    if not {"files", "names"} <= set(found):
        return [], ()
    files = found["files"].tolist()
    photos = [MaskedPicture(file, found[f"pixels_{k}"], found[f"truth_{k}"]) for k, file in enumerate(files)]
    return photos, tuple(found["names"].tolist())


def load_answers(run: Path, epoch: int) -> list[Labels]:
    """The label maps of an epoch, in the order of the photos; none where they are gone."""
    found = _load(run / FOLDER / f"{epoch:05d}.npz")
    return [found[f"labels_{number}"] for number in range(len(found))]


def _reduced(picture: MaskedPicture) -> MaskedPicture:
    labels = _reduced_labels(picture.labels)
    pixels = cv2.resize(picture.pixels, labels.shape[::-1], interpolation=cv2.INTER_AREA)
    return MaskedPicture(picture.name, np.asarray(pixels, np.uint8), labels)


def _reduced_labels(labels: Labels) -> Labels:
    scale = min(1.0, SIDE / max(labels.shape))
    return resized_labels(labels, (max(1, round(labels.shape[0] * scale)), max(1, round(labels.shape[1] * scale))))


def _save(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Replace the file in one step: pages read it while the run goes on."""
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f"part.{path.name}")
    with part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    os.replace(part, path)


def _load(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
