"""Boxes by a trained network for photos that have none: pseudo-labels for the everyday detector to learn from.

    python -m cnn_core.starters.teacher_boxes OUTPUT.json --photos ../shared/data \
        --teacher ../shared/data/models/yolox_nano_416.keras

The teacher is YOLOX-Nano (Ge et al. 2021, https://arxiv.org/abs/2107.08430), trained on COCO's 80 classes. It sees the
training photos of the split files alone. All boxes above a low score are written, with their scores; what is made of
them is decided by `detector_data.read_pseudo`.
"""

import argparse
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.boxes import Boxes
from cnn_core.coco_names import COCO
from cnn_core.letterbox import GREY, letterbox
from cnn_core.starters.detector_data import decoded, read_pixels, split
from cnn_core.suppression import nms

SIZE = 416
STRIDES = (8, 16, 32)
LEAST_SCORE = 0.1
_IOU_THRESHOLD = 0.6


def main() -> None:
    """Write the boxes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path, help="a JSON file")
    parser.add_argument("--photos", type=Path, required=True, help="the folder with people and cats_dogs.zip")
    parser.add_argument("--teacher", type=Path, required=True, help="yolox_nano_416.keras")
    arguments = parser.parse_args()
    import keras

    teacher = keras.models.load_model(arguments.teacher)
    written = {}
    for number, (name, pixels) in enumerate(training_photos(arguments.photos)):
        framed = letterbox(pixels[..., ::-1].astype(np.float32), SIZE, fill=255 * GREY, centred=False)
        found = decode_yolox(teacher.predict_on_batch(framed.image[None])[0])
        corners = framed.to_picture(found.corners)
        written[name] = [
            {"class": COCO[label], "score": round(float(score), 3), "box": [round(float(side), 1) for side in box]}
            for box, label, score in zip(corners, found.labels, found.scores, strict=True)
        ]
        if number % 100 == 0:
            print(f"{number} photos", flush=True)
    arguments.output.write_text(json.dumps(written))


def training_photos(data: Path) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """Name and (H, W, 3) uint8 RGB pixels of the training photos of people, then of cats and dogs."""
    for name in split("people", "train"):
        yield f"people/{name}", read_pixels(data / "people" / "Training_Images" / f"{name}.jpg")
    with zipfile.ZipFile(data / "cats_dogs.zip") as archive:
        for name in split("cats_dogs", "train"):
            yield name, decoded(archive.read(name), name)


def decode_yolox(raw: npt.NDArray[np.float32]) -> Boxes:
    """The boxes of YOLOX's output at 416 x 416 after class-wise suppression, in pixels of the input.

    Args:
        raw: (3549, 85): x, y, log width, log height, objectness in [0, 1], 80 class scores in [0, 1], cell by cell of
            the grids of 52, 26 and 13 cells.

    Example:
        >>> raw = np.zeros((3549, 85), np.float32)
        >>> raw[52, [0, 1, 4, 5]] = [1.0, 1.0, 1.0, 0.5]
        >>> found = decode_yolox(raw)
        >>> found.corners.tolist(), found.scores.tolist()
        ([[4.0, 12.0, 12.0, 20.0]], [0.5])
    """
    cells, strides = [], []
    for stride in STRIDES:
        side = SIZE // stride
        cells.append(np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    place, stride_of = np.concatenate(cells), np.concatenate(strides)
    centres, sizes = (raw[:, :2] + place) * stride_of, np.exp(raw[:, 2:4]) * stride_of
    scores = raw[:, 4:5] * raw[:, 5:]
    best = scores.argmax(axis=1)
    kept = scores.max(axis=1) >= LEAST_SCORE
    corners = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)[kept]
    boxes = Boxes(corners, best[kept], np.clip(scores.max(axis=1)[kept], 0, 1), COCO)
    return boxes[nms(boxes.corners, boxes.scores, boxes.labels, iou_threshold=_IOU_THRESHOLD)]


if __name__ == "__main__":
    main()
