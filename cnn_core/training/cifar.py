"""CIFAR-10 (Krizhevsky 2009) in memory: from a zip of class folders, from Keras' own copy, or downloaded on request.

The training part's order is shuffled by a fixed seed: the last 5,000 are held out for validation, whatever is trained.
"""

import contextlib
import hashlib
import os
import pickle
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.errors import InputError
from cnn_core.folders.disk import check_space
from cnn_core.folders.ready_made import CIFAR_CLASSES, CIFAR_DOWNLOAD_BYTES, cifar_copy

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
# File names, pixels (N, 32, 32, 3) and class numbers of a part.
Part = tuple[tuple[str, ...], Pixels, Numbers]

COUNTS = {"train": 50_000, "test": 10_000}
URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
# Pictures in each of the archive's files, and where Keras extracts them.
_BATCH = 10_000
_EXTRACTED = "cifar-10-batches-py-target"
_PARTS_OF_ARRAYS = {
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
_CHUNK = 1 << 20
_SECONDS = 30
_NO_DOWNLOAD = "Connect the server to the internet and try again, or take the shapes, which are drawn here"


def cifar_is_here(*, copy: Path | None = None) -> bool:
    """Whether it can be read without a download: a zip, or what Keras downloaded once.

    Args:
        copy: a zip; without one those are looked for that `cifar_copy` knows.
    """
    return (copy or cifar_copy()) is not None or _archive().is_file()


def read_part(
    part: str, wanted: Sequence[int], *, copy: Path | None = None, check: Callable[[int], None] | None = None
) -> Part:
    """Some pictures of a part, by their places in its shuffled order.

    Args:
        part: "train" or "test".
        wanted: places, 0 to 49,999 or 9,999.
        copy: a zip with `train/<class>/` and `test/<class>/`; by default `cifar_copy`, else Keras' copy.
        check: told how many are read; it may raise.

    Raises:
        InputError: it is neither here nor can be downloaded.
    """
    path = copy or cifar_copy()
    return _from_zip(path, part, wanted, check) if path else _from_keras(part, wanted)


def read_file(name: str, *, copy: Path | None = None) -> Pixels | None:
    """One picture by its name; None where there is no copy of CIFAR-10, or no such picture in it.

    Args:
        name: as `read_part` gives it.
        copy: a zip; by default `cifar_copy`, else Keras' copy.
    """
    path = copy or cifar_copy()
    if path is None:
        return _file_of_keras(name)
    try:
        with zipfile.ZipFile(path) as archive:
            return _decoded(archive.read(name), name)
    except (KeyError, OSError, zipfile.BadZipFile):
        return None


def _from_zip(path: Path, part: str, wanted: Sequence[int], check: Callable[[int], None] | None) -> Part:
    files, pixels, truth = list[str](), list[Pixels](), list[int]()
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith(f"{part}/") and name.endswith(".jpg"))
        order = _order(len(names))
        for done, place in enumerate(wanted, start=1):
            name = names[order[place]]
            files.append(name)
            pixels.append(_decoded(archive.read(name), name))
            truth.append(CIFAR_CLASSES.index(name.split("/")[1]))
            if check:
                check(done)
    return tuple(files), _stacked(pixels), np.array(truth, np.int64)


def _decoded(content: bytes, name: str) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape != (32, 32, 3):
        raise InputError("The copy of CIFAR-10 is damaged", "Put a whole one in its place", file=name)
    return np.asarray(picture[..., ::-1], np.uint8)


def _from_keras(part: str, wanted: Sequence[int]) -> Part:
    download_cifar()
    import keras

    loaded = keras.datasets.cifar10.load_data()
    pixels, labels = loaded[0] if part == "train" else loaded[1]
    places = _order(len(pixels))[np.asarray(wanted, np.int64)]
    truth = labels.ravel()[places].astype(np.int64)
    files = tuple(f"{part}/{CIFAR_CLASSES[number]}/{place:05d}" for number, place in zip(truth, places, strict=True))
    return files, np.ascontiguousarray(pixels[places]), truth


def _file_of_keras(name: str) -> Pixels | None:
    part, _, place = name.split("/")
    if not place.isdecimal():
        return None
    batch, row = divmod(int(place), _BATCH) if part == "train" else (0, int(place))
    file = f"data_batch_{batch + 1}" if part == "train" else "test_batch"
    try:
        values = _batch_of_keras(_archive().with_name(_EXTRACTED) / "cifar-10-batches-py" / file)[row]
    except (OSError, IndexError):
        return None
    return np.ascontiguousarray(values.reshape(3, 32, 32).transpose(1, 2, 0))


# A batch takes 31 MB; the pictures of one part are looked at together.
@lru_cache(maxsize=2)
def _batch_of_keras(path: Path) -> Pixels:
    """The (N, 3072) bytes of a file that Keras extracted from the archive, whose hash was checked."""
    with path.open("rb") as file:
        return np.asarray(_Arrays(file, encoding="bytes").load()[b"data"], np.uint8)


class _Arrays(pickle.Unpickler):
    """Reads arrays and nothing else, as Keras' own reader of these files does."""

    def find_class(self, module: str, name: str) -> Any:
        """The parts of an array; anything else is refused."""
        module = module.replace("numpy.core.", "numpy._core.")
        if (module, name) not in _PARTS_OF_ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of an array")
        return super().find_class(module, name)


def download_cifar(*, progress: Progress | None = None) -> Path:
    """Keras' archive, downloaded where it is not here yet; half a file is never left behind.

    Args:
        progress: told bytes done and of all; it may raise.

    Raises:
        InputError: no connection, a full disk, or another file than Keras expects.
    """
    path = _archive()
    if path.is_file():
        return path
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_space(path.parent, 3 * CIFAR_DOWNLOAD_BYTES, "CIFAR-10")
        digest = hashlib.sha256()
        with urllib.request.urlopen(URL, timeout=_SECONDS) as answer, part.open("wb") as file:
            done = 0
            while chunk := answer.read(_CHUNK):
                done += len(chunk)
                file.write(chunk)
                digest.update(chunk)
                if progress:
                    progress(done, CIFAR_DOWNLOAD_BYTES)
        if digest.hexdigest() != SHA256:
            raise InputError("The download of CIFAR-10 was damaged on its way", "Try again later")
        os.replace(part, path)
    # What urllib raises without a network, behind a proxy that refuses, or when the line is cut, is an OSError.
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise InputError(f"CIFAR-10 (170 MB) could not be downloaded: {reason}", _NO_DOWNLOAD) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def _archive() -> Path:
    """Where `keras.datasets` looks for it, found without importing Keras."""
    home = os.environ.get("KERAS_HOME")
    base = Path(home) if home else Path.home() / ".keras"
    return base / "datasets" / "cifar-10-batches-py-target_archive"


def _order(count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(0).permutation(count)


def _stacked(pixels: list[Pixels]) -> Pixels:
    return np.stack(pixels) if pixels else np.zeros((0, 32, 32, 3), np.uint8)
