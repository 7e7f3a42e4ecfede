"""How good `starter_classifier` is: CIFAR-10's test set, real photos it has never seen, and a linear probe.

The probe asks how well the network's features, the averages of its last feature maps, separate classes it was not
trained for. Photos are stretched from the originals to `PHOTO_SIZE`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from cnn_core.confidence import wilson_interval
from cnn_core.starters.cifar import CLASSES, read_cifar
from cnn_core.starters.linear_probe import linear_probe
from cnn_core.starters.measured import Figure, Measured
from cnn_core.starters.photo_sets import read_cats_dogs, read_coco_objects
from cnn_core.starters.sheets import sheet

PHOTO_SIZE = 64
_BATCH = 250
_CAT, _DOG = CLASSES.index("cat"), CLASSES.index("dog")

# A batch (N, H, W, 3) float32 in [0, 1] -> logits (N, 10) and the last feature maps (N, h, w, channels).
Predict = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def measure(name: str, predict: Predict, data: Path, *, limit: int | None = None) -> Measured:  # noqa: ARG001
    """Top-1 on CIFAR-10's test set, on real photos, and of the linear probe, each with its 95 % interval.

    Args:
        name: of the starter.
        predict: the network.
        data: the folder with cifar10.zip, cats_dogs.zip and coco_mini.
        limit: measure the first so many test pictures alone, and nothing else.
    """
    images, labels = read_cifar(data / "cifar10.zip", part="test", limit=limit)
    right = np.argmax(_outputs(predict, images)[0], axis=1) == labels
    figures = {"cifar10_top1": _share(right)}
    if limit is None:
        figures |= measure_photos(predict, data, size=PHOTO_SIZE)
    return Measured(figures, len(images), "CIFAR-10's test set")


def measure_photos(predict: Predict, data: Path, *, size: int) -> dict[str, Figure]:
    """On photos at this size: the linear probe, cat against dog, and objects of COCO's photos among ten classes."""
    train, known = read_cats_dogs(data / "cats_dogs.zip", part="train", size=size)
    held_out, truth = read_cats_dogs(data / "cats_dogs.zip", part="held_out", size=size)
    features = _outputs(predict, train)[1]
    logits, tested = _outputs(predict, held_out)
    said, _ = linear_probe(features, known, tested)
    objects, classes = read_coco_objects(data / "coco_mini", size=size)
    return {
        "cats_dogs_linear_probe": _share(said == truth),
        "cats_dogs_two_classes": _share((logits[:, _DOG] > logits[:, _CAT]) == truth),
        "cats_dogs_ten_classes": _share(np.argmax(logits, axis=1) == np.where(truth, _DOG, _CAT)),
        "coco_objects_ten_classes": _share(np.argmax(_outputs(predict, objects)[0], axis=1) == classes),
    }


def contact_sheet(name: str, predict: Predict, data: Path) -> np.ndarray:  # noqa: ARG001
    """Test pictures and held-out photos with what the network says; red where it is wrong."""
    images, labels = read_cifar(data / "cifar10.zip", part="test")
    chosen = np.random.default_rng(0).choice(len(images), 48, replace=False)
    photos, truth = read_cats_dogs(data / "cats_dogs.zip", part="held_out", size=PHOTO_SIZE)
    picked = np.random.default_rng(1).choice(len(photos), 24, replace=False)
    objects, classes = read_coco_objects(data / "coco_mini", size=PHOTO_SIZE)
    tiles, captions, wrong = [], [], []
    shown = ((images[chosen], labels[chosen]), (photos[picked], np.where(truth[picked], _DOG, _CAT)))
    for pictures, classes_of in (*shown, (objects[:24], classes[:24])):
        logits = _outputs(predict, pictures)[0]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        best = shares.argmax(axis=1)
        tiles += list(pictures)
        captions += [f"{CLASSES[k]} {share:.0%}" for k, share in zip(best, shares.max(axis=1), strict=True)]
        wrong += (best != classes_of).tolist()
    return sheet(tiles, captions, columns=12, side=96, wrong=wrong)


def _outputs(predict: Predict, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, 10) and features (N, channels) of uint8 pictures."""
    logits, features = [], []
    for first in range(0, len(images), _BATCH):
        scores, maps = predict(images[first : first + _BATCH].astype(np.float32) / 255.0)
        logits.append(scores)
        features.append(maps.mean(axis=(1, 2)))
    return np.concatenate(logits), np.concatenate(features)


def _share(right: np.ndarray) -> Figure:
    interval = wilson_interval(int(right.sum()), len(right))
    return Figure(interval.value, interval.low, interval.high)
