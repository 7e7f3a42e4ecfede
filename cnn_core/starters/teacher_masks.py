"""Masks of cats, dogs and people by a trained network, for photos that have none: pseudo-labels to learn from.

    python -m cnn_core.starters.teacher_masks OUTPUT --photos DATA --teacher deeplabv3_mnv2_voc21.keras

The teacher is DeepLabV3 with a MobileNetV2 (Chen et al. 2017, Sandler et al. 2018), trained on Pascal VOC. It is run as
a LiteRT file, which is several times as fast as Keras on a processor; writing one needs the TensorFlow backend. Only
training photos of the split files are shown to it. A pixel it is not sure of is unknown.
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np

from cnn_core.lite_network import LiteNetwork
from cnn_core.starters.coco_masks import UNKNOWN
from cnn_core.starters.segmenter_data import EVERYDAY, read_cats_dogs_photos, read_people
from cnn_core.voc_names import VOC

_SIZE = 513
_LONGEST = 320
_SURE = 0.6


def main() -> None:
    """Write the masks from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path, help="folder for the masks, as PNG files of classes and 255")
    parser.add_argument("--photos", type=Path, required=True, help="the folder with people and cats_dogs.zip")
    parser.add_argument("--teacher", type=Path, required=True, help="deeplabv3_mnv2_voc21.keras")
    arguments = parser.parse_args()
    teacher = _as_lite(arguments.teacher)
    for example in read_people(arguments.photos / "people", part="train", longest=_LONGEST):
        _write(
            arguments.output / "people" / f"{example.name}.png",
            labels_from(teacher(padded(example.image)), example.image),
        )
    for name, photo in read_cats_dogs_photos(arguments.photos / "cats_dogs.zip", part="train"):
        file = arguments.output / "cats_dogs" / f"{Path(name).stem}.png"
        _write(file, labels_from(teacher(padded(photo)), photo))


def padded(photo: np.ndarray) -> np.ndarray:
    """The photo as the teacher saw those it learned from: (1, 513, 513, 3) in [-1, 1], grey below or beside it."""
    scale = _SIZE / max(photo.shape[:2])
    rows, columns = (round(side * scale) for side in photo.shape[:2])
    canvas = np.zeros((1, _SIZE, _SIZE, 3), np.float32)
    canvas[0, :rows, :columns] = cv2.resize(photo, (columns, rows), interpolation=cv2.INTER_AREA) / 127.5 - 1.0
    return canvas


def labels_from(logits: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Classes of `EVERYDAY` at the photo's aspect, 320 pixels on its longer side, (H, W) uint8.

    What the teacher takes for another class is background; a pixel whose best class has a probability below 0.6 is
    unknown.

    Args:
        logits: (1, 513, 513, 21).
        photo: (H, W, 3), for its size.

    Example:
        >>> logits = np.zeros((1, 513, 513, 21), np.float32)
        >>> logits[..., VOC.index("dog")] = 9.0
        >>> labels = labels_from(logits, np.zeros((60, 80, 3)))
        >>> labels.shape, int(labels.min()), EVERYDAY[labels.max()]
        ((240, 320), 3, 'dog')
    """
    scale = _SIZE / max(photo.shape[:2])
    rows, columns = (round(side * scale) for side in photo.shape[:2])
    scores = logits[0, :rows, :columns]
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    best = scores.argmax(axis=2)
    known = np.array([EVERYDAY.index(name) if name in EVERYDAY else 0 for name in VOC], np.uint8)
    labels = np.where(1.0 / shares.sum(axis=2) >= _SURE, known[best], UNKNOWN).astype(np.uint8)
    smaller = tuple(round(side * _LONGEST / max(photo.shape[:2])) for side in photo.shape[1::-1])
    return cv2.resize(labels, smaller, interpolation=cv2.INTER_NEAREST_EXACT)


def _as_lite(path: Path) -> LiteNetwork:
    import keras

    model = keras.models.load_model(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "teacher.tflite"
        model.export(file, format="litert", verbose=False)
        return LiteNetwork(file.read_bytes())


def _write(path: Path, labels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), labels)


if __name__ == "__main__":
    main()
