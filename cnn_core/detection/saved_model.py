"""Detectors of the TensorFlow Object Detection API, as SavedModels: from a folder, a zip, or the handle of a hub.

A SavedModel is code. It runs in a child process that is limited and fenced in (`cnn_core.untrusted`), and only where
the kernel can do so.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.boxes import Boxes, clip_corners, to_corners
from cnn_core.coco_names import COCO, COCO_IDS
from cnn_core.detection.candidates import LEAST_SCORE, Candidates
from cnn_core.detection.detector import Detector
from cnn_core.errors import InputError
from cnn_core.untrusted.network_worker import Described, NetworkFiles, ask, describe
from cnn_core.untrusted.saved_model_files import saved_model_files

# Known ones by their handles: title, megabytes, licence, COCO mAP and its source.
SSD_MOBILENET_V2 = "tensorflow/ssd-mobilenet-v2/tensorFlow2/ssd-mobilenet-v2/1"
KNOWN = {
    SSD_MOBILENET_V2: (
        "SSD MobileNet V2 (320 x 320)",
        "Trained by Google on COCO 2017. COCO mAP 20.2 ([TensorFlow 2 Detection Model Zoo]"
        "(https://github.com/tensorflow/models/blob/master/research/object_detection/g3doc/tf2_detection_zoo.md)). "
        "Apache-2.0, about 30 MB.",
    ),
}
# Larger photos are reduced before they are handed over; the network reduces them further.
LONGEST_SIDE = 1_024
_TRIED_AT = (320, 320)
# What is read of the outputs; others, such as raw boxes and anchors, are left.
OUTPUTS = ("detection_boxes", "detection_classes", "detection_scores", "num_detections")


def open_saved_model(
    source: Path, *, name: str, names: Sequence[str] = (), key: str = "", about: str = "", code: str = ""
) -> Detector:
    """A detector from a SavedModel; opening takes as long as importing TensorFlow.

    Args:
        source: the model's folder, or a zip that holds it; it has to stay where it is while the detector is used.
        name: what messages call it.
        names: the classes, the first being class 1; empty takes COCO's, which are numbered from 1 to 90 with gaps.
        key: the same for the same model; empty takes a new one.
        about, code: for the page; empty says what is known.

    Raises:
        InputError: no SavedModel, or one with another signature than that of a detector.
    """
    task = {"size": _TRIED_AT, "outputs": OUTPUTS, "wanted": "Use a detector of the TensorFlow Object Detection API"}
    files = saved_model_files(source, name=name, key=key, task=task)
    described = describe(files)
    shown = files.name
    classes = tuple(names) or COCO

    def look(image: npt.NDArray) -> Candidates:
        return _look(files, described, image, classes, coco=not names)

    return Detector(
        name=shown,
        title=shown,
        classes=classes,
        about=about
        or "Your own SavedModel: nothing is known of its training or its licence. It resizes and suppresses by itself.",
        code=code or _code(source, names),
        look=look,
    )


def _look(
    files: NetworkFiles, described: Described, image: npt.NDArray, classes: tuple[str, ...], *, coco: bool
) -> Candidates:
    begin = time.perf_counter()
    picture = as_rgb(image)
    height, width = picture.shape[:2]
    size = described.input_shape[1:3]
    if described.facts.get("any_size"):
        factor = min(1.0, LONGEST_SIDE / max(height, width))
        size = (max(1, round(height * factor)), max(1, round(width * factor)))
    if size != (height, width):
        way = cv2.INTER_AREA if max(size) < max(height, width) else cv2.INTER_LINEAR
        picture = np.asarray(cv2.resize(picture, size[::-1], interpolation=way), np.float32)
    batch = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)[None]
    resized = time.perf_counter()
    outputs = ask(files, batch)
    answered = time.perf_counter()
    boxes = read_detections(*outputs, size=(height, width), names=classes, coco=coco)
    seconds = {"resize": resized - begin, "inference": answered - resized, "decoding": time.perf_counter() - answered}
    return Candidates(boxes=boxes, size=(height, width), suppressed=True, seconds=seconds)


def read_detections(
    boxes: npt.NDArray,
    classes: npt.NDArray,
    scores: npt.NDArray,
    number: npt.NDArray,
    *,
    size: tuple[int, int],
    names: Sequence[str],
    coco: bool,
) -> Boxes:
    """The four outputs of a detector of the TensorFlow Object Detection API as boxes of the photo, best first.

    Args:
        boxes: (1, N, 4) y, x, y, x as parts of the photo.
        classes: (1, N) counted from 1.
        scores: (1, N).
        number: (1,) how many of them count.
        size: (height, width) of the photo.
        names: the classes.
        coco: the numbers are COCO's, from 1 to 90.

    Raises:
        InputError: arrays of other shapes, numbers that are not finite, or a class without a name.

    Example:
        >>> found = read_detections([[[0, 0.5, 1, 1]]], [[18]], [[0.9]], [1], size=(10, 20), names=COCO, coco=True)
        >>> found.corners.tolist(), found.names[found.labels[0]]
        ([[10.0, 0.0, 20.0, 10.0]], 'dog')
    """
    sides, labels, values = (np.asarray(given, np.float32) for given in (boxes, classes, scores))
    count = np.asarray(number, np.float32).reshape(-1)
    shape = labels.shape
    if len(shape) != 2 or shape[0] != 1 or sides.shape != (*shape, 4) or values.shape != shape or count.size != 1:
        raise InputError(
            "The network's outputs are not those of a detector",
            "Use a detector of the TensorFlow Object Detection API",
            boxes=sides.shape,
            classes=labels.shape,
            scores=values.shape,
        )
    if not all(np.isfinite(given).all() for given in (sides, labels, values, count)):
        raise InputError("The network's output holds values that are not numbers", "The network is broken")
    rows = np.arange(min(max(int(count[0]), 0), shape[1]))
    rows = rows[values[0, rows] >= LEAST_SCORE]
    rows = rows[np.argsort(-values[0, rows], kind="stable")]
    numbers = labels[0, rows].astype(np.int64)
    places = {number: place for place, number in enumerate(COCO_IDS if coco else range(1, len(names) + 1))}
    unknown = [number for number in numbers.tolist() if number not in places]
    if unknown:
        raise InputError(
            f"The network names class {unknown[0]}, which has no name",
            f"Give the class names, the first being class 1; there are {len(names)}",
        )
    corners = to_corners(sides[0, rows], "yxyx", size=size)
    ordered = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], axis=1
    )
    found = [places[number] for number in numbers.tolist()]
    return Boxes(clip_corners(ordered, size), np.array(found, np.int64), np.clip(values[0, rows], 0, 1), names)


def _code(source: Path, names: Sequence[str]) -> str:
    options = f", options=FileOptions(names={tuple(names)!r})" if names else ""
    imports = "from cnn_core.detection.own_file import FileOptions\n" if names else ""
    return (
        "from pathlib import Path\n\n"
        f"from cnn_core.detection.loading import load_detector\n{imports}\n"
        f"detector = load_detector(Path({source.name!r}){options})\n"
        "candidates = detector.look(image)\n"
    )
