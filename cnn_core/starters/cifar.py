"""CIFAR-10 (Krizhevsky 2009) as the zip of JPEGs `train/<class>/` and `test/<class>/`."""

import zipfile
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read_cifar(path: Path, *, part: str, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 32, 32, 3) uint8 RGB and labels (N,) int64 of a part, "train" or "test".

    They come in an order that a fixed seed has shuffled, so that the first `limit` are of all classes.
    """
    images, labels = [], []
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith(f"{part}/") and name.endswith(".jpg"))
        for place in np.random.default_rng(0).permutation(len(names))[:limit]:
            images.append(decoded(archive.read(names[place])))
            labels.append(CLASSES.index(names[place].split("/")[1]))
    return np.stack(images), np.array(labels)


def decoded(encoded: bytes) -> np.ndarray:
    """A picture file's pixels, (H, W, 3) uint8 RGB.

    Raises:
        ValueError: not a picture.

    Example:
        >>> decoded(cv2.imencode(".png", np.full((2, 3, 3), 7, np.uint8))[1].tobytes())[0, 0].tolist()
        [7, 7, 7]
    """
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("This is not a picture that OpenCV can read")
    return pixels[..., ::-1]
