"""Data sets for those who have none: shapes drawn here, and CIFAR-10."""

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from cnn_core.errors import InputError
from cnn_core.folders.disk import check_space, writing
from cnn_core.folders.pictures import Pixels
from cnn_core.scenes import CLASSES, scene

MOST_PER_CLASS = 5_000
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR_DOWNLOAD_BYTES = 170_498_071
CIFAR_PER_CLASS = {"train": 5_000, "test": 1_000}
_ROOT = Path(__file__).parents[2]
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]

Progress = Callable[[int, int], None]


def write_shapes(
    folder: Path, *, per_class: int = 60, size: int = 96, seed: int = 0, progress: Progress | None = None
) -> Path:
    """Draw pictures of one shape each into class folders: circle, square, triangle, star, ring, cross.

    Args:
        folder: is made; `circle/0000.jpg` and so on.
        per_class: 1 to 5,000.
        size: rows and columns, 32 to 2,048.
        seed: the same pictures for the same seed.
        progress: called with the number of pictures done and of all.

    Returns:
        The folder.

    Raises:
        InputError: an option out of range; a full disk.

    Source: the scenes of `cnn_core.scenes`, drawn until every class is full.
    """
    _check_count(per_class, MOST_PER_CLASS)
    drawn: Counter[str] = Counter()
    total = per_class * len(CLASSES)
    index = 0
    with writing("the shapes"):
        check_space(_existing(folder), total * size * size, "the shapes")
        while drawn.total() < total:
            picture = scene(seed, index=index, size=(size, size), shapes=(1, 1), clutter=0.3, occlusion=0.2)
            index += 1
            if not len(picture.labels):
                continue
            label = CLASSES[picture.labels[0]]
            if drawn[label] < per_class:
                _write(folder / label / f"{drawn[label]:04d}.jpg", picture.pixels)
                drawn[label] += 1
                if progress:
                    progress(drawn.total(), total)
    return folder


def cifar_copy() -> Path | None:
    """A zip of CIFAR-10 with `train/<class>/` and `test/<class>/` on this machine: in the folder that the environment
    variable CNN_TEST_DATA names, or in ../shared/data; None where there is none."""
    places = [os.environ.get("CNN_TEST_DATA"), _ROOT.parent / "shared" / "data"]
    copies = (Path(place) / "cifar10.zip" for place in places if place)
    return next((path for path in copies if path.is_file()), None)


def write_cifar(
    folder: Path, *, per_class: int | None = None, copy: Path | None = None, progress: Progress | None = None
) -> Path:
    """Write CIFAR-10 (Krizhevsky 2009; 60,000 pictures of 32 x 32) as `train/<class>/` and `test/<class>/`.

    Args:
        folder: is made.
        per_class: only so many training pictures of each class, and a fifth of it for testing; all by default.
        copy: a zip as `cifar_copy` finds; without one Keras downloads 170 MB, once.
        progress: called with the number of pictures done and of all.

    Returns:
        The folder.

    Raises:
        InputError: no connection; an option out of range; a full disk.
    """
    if per_class is not None:
        _check_count(per_class, CIFAR_PER_CLASS["train"])
    wanted = {
        "train": per_class or CIFAR_PER_CLASS["train"],
        "test": -(-per_class // 5) if per_class else CIFAR_PER_CLASS["test"],
    }
    total = sum(wanted.values()) * len(CIFAR_CLASSES)
    with writing("CIFAR-10"):
        check_space(_existing(folder), total * 4_096, "CIFAR-10")
        files = _from_zip(copy, wanted) if copy else _from_keras(wanted)
        for done, (place, content) in enumerate(files, start=1):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(content)
            if progress:
                progress(done, total)
    return folder


def _from_zip(copy: Path, wanted: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    taken: Counter[tuple[str, str]] = Counter()
    with zipfile.ZipFile(copy) as archive:
        for name in sorted(archive.namelist()):
            part, _, rest = name.partition("/")
            label, _, file = rest.partition("/")
            fits = part in wanted and label in CIFAR_CLASSES and file.endswith(".jpg") and "/" not in file
            if fits and taken[part, label] < wanted[part]:
                taken[part, label] += 1
                yield name, archive.read(name)


def _from_keras(wanted: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    import keras

    try:
        loaded = keras.datasets.cifar10.load_data()
    # What urllib raises where there is no connection reaches us as a plain Exception.
    except Exception as error:
        raise InputError(
            f"CIFAR-10 could not be downloaded: {str(error)[:200]}",
            "Connect the server to the internet and try again, or take the shapes, which are drawn here",
        ) from error
    for part, (pictures, labels) in zip(("train", "test"), loaded, strict=True):
        taken: Counter[int] = Counter()
        for pixels, label in zip(pictures, labels.ravel().tolist(), strict=True):
            if taken[label] < wanted[part]:
                yield f"{part}/{CIFAR_CLASSES[label]}/{taken[label]:04d}.png", _encoded(pixels, ".png", [])
                taken[label] += 1


def _write(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(pixels, ".jpg", _QUALITY))


def _encoded(pixels: Pixels, ending: str, options: list[int]) -> bytes:
    return bytes(cv2.imencode(ending, np.ascontiguousarray(pixels[..., ::-1]), options)[1])


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())


def _check_count(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise InputError("The number of pictures a class is out of range", f"Choose 1 to {most:,}", per_class=count)
