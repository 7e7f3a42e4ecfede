"""How good the segmenters are: IoU and Dice on held-out pictures at the truth's own size. No Keras.

Figures come from one confusion matrix over all pixels of all pictures, as Pascal VOC's; intervals from a bootstrap over
the pictures, which says little of six of them, as for the membranes.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from cnn_core.confidence import bootstrap_interval, wilson_interval
from cnn_core.segmentation_metrics import class_dice, class_iou, confusion_matrix, mean_iou, pixel_accuracy
from cnn_core.starters.coco_masks import UNKNOWN, read_coco_masks
from cnn_core.starters.measured import Figure, Measured
from cnn_core.starters.segmenter_data import (
    EVERYDAY,
    HELD_OUT_SEED,
    MEMBRANES,
    PEOPLE,
    SHAPES,
    SIZES,
    Example,
    network_input,
    read_cats_dogs_photos,
    read_membranes,
    read_people,
    read_shapes,
)
from cnn_core.starters.sheets import sheet

# A batch (N, H, W, 3) float32 in [0, 1] -> probabilities (N, H, W, K).
Predict = Callable[[np.ndarray], np.ndarray]

CLASSES = {"people": PEOPLE, "membranes": MEMBRANES, "shapes": SHAPES, "everyday": EVERYDAY}
SCENES = 1000
_HELD_OUT = {
    "people": "20 % of the photos of people (splits/people.json)",
    "membranes": "the last 6 of the 30 slices (splits/membranes.json)",
    "shapes": f"{SCENES:,} procedural scenes of seed {HELD_OUT_SEED}",
    "everyday": "COCO mini's validation photos; cats and dogs held out (splits/cats_dogs.json)",
}
# An animal counts as found where its class covers this share of the photo and more than the other animal does.
_FOUND_SHARE = 0.05
_FOUND_IOU = 0.5
_COLOURS = np.array(
    [[0, 0, 0], [230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0]], np.float32
)


def measure(name: str, predict: Predict, data: Path, *, limit: int | None = None) -> Measured:
    """Figures of a segmenter or FCN on pictures that it has not learned from.

    Args:
        name: of the starter, e.g. "starter_segmenter_people".
        predict: the network.
        data: the folder with people, membrane, coco_mini and cats_dogs.zip.
        limit: measure the first so many pictures alone; for the everyday segmenter, COCO's.

    Returns:
        people, shapes: mean IoU over the classes, background included, and each class' IoU. membranes: Dice of the
        cells (the foreground, white in the labels of ISBI 2012) and of the membranes. everyday: mean IoU and each
        class' IoU on COCO, and the shares of photos where cat, dog and person are found. All: pixel accuracy.
    """
    task = task_of(name)
    classes = CLASSES[task]
    examples = held_out(task, data, limit=limit)
    size = SIZES[task]
    matrices = np.stack([matrix_of(e, predict_labels(predict, e.image, size), len(classes)) for e in examples])
    shares = class_dice if task == "membranes" else class_iou
    unit = "Dice" if task == "membranes" else "IoU"
    figures = {f"{label} {unit}": _bootstrapped(matrices, _of_class(shares, k)) for k, label in enumerate(classes)}
    if task == "membranes":
        # The foreground comes first: cells, which are white in the labels of ISBI 2012.
        figures = dict(reversed(figures.items())) | {"mean IoU": _bootstrapped(matrices, mean_iou)}
    else:
        figures = {"mean IoU": _bootstrapped(matrices, mean_iou)} | figures
    figures["pixel accuracy"] = _bootstrapped(matrices, pixel_accuracy)
    if task == "everyday" and limit is None:
        figures |= _found(predict, data)
    return Measured(figures, len(examples), _HELD_OUT[task])


def contact_sheet(name: str, predict: Predict, data: Path) -> np.ndarray:
    """Held-out pictures with the truth, and beside it with what is found and its mean IoU, red where that is bad."""
    task = task_of(name)
    examples = held_out(task, data, limit=None)
    if task == "everyday":
        examples = [example for example in examples if (example.labels % UNKNOWN).any()]
    chosen = np.random.default_rng(0).permutation(len(examples))[:24]
    tiles, captions, wrong = [], [], []
    for example in (examples[k] for k in chosen):
        found = predict_labels(predict, example.image, SIZES[task])
        score = mean_iou(matrix_of(example, found, len(CLASSES[task])))
        tiles += [painted(example, example.labels), painted(example, found)]
        captions += [f"{example.name}: truth", f"found, IoU {score:.2f}"]
        wrong += [False, score < _FOUND_IOU]
    return sheet(tiles, captions, columns=8, side=180, wrong=wrong)


def task_of(name: str) -> str:
    """What a starter was trained for.

    Example:
        >>> task_of("starter_segmenter_people"), task_of("starter_fcn8s")
        ('people', 'shapes')
    """
    return "shapes" if name.startswith("starter_fcn") else name.removeprefix("starter_segmenter_")


def held_out(task: str, data: Path, *, limit: int | None) -> list[Example]:
    """The pictures that a task is measured on, with their truth."""
    if task == "shapes":
        return read_shapes(min(limit or SCENES, SCENES), seed=HELD_OUT_SEED)
    if task == "people":
        examples = read_people(data / "people", part="held_out")
    elif task == "membranes":
        examples = read_membranes(data / "membrane", part="held_out")
    else:
        examples = [Example(*entry) for entry in read_coco_masks(data / "coco_mini", "val2017", EVERYDAY)]
    return examples[:limit]


def predict_labels(predict: Predict, image: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Label map at the picture's own size, (H, W) uint8: probabilities are enlarged, bilinear, then the best is taken.

    Example:
        >>> answer = np.eye(2)[[[0, 0, 1, 1]] * 4]
        >>> predict_labels(lambda batch: answer[None], np.zeros((2, 8, 3), np.uint8), (4, 4))[0]
        array([0, 0, 0, 0, 1, 1, 1, 1], dtype=uint8)
    """
    probabilities = predict(network_input(image, size)[None])[0].astype(np.float32)
    enlarged = cv2.resize(probabilities, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return enlarged.argmax(axis=2).astype(np.uint8)


def matrix_of(example: Example, found: np.ndarray, classes: int) -> np.ndarray:
    """(K, K) pixels of each true (row) and found class; unknown pixels are left out."""
    return confusion_matrix(example.labels, found, num_classes=classes, ignore=UNKNOWN)


def painted(example: Example, labels: np.ndarray) -> np.ndarray:
    """The picture with its classes in colour, (H, W, 3) uint8."""
    shown = (labels != 0) & (labels != UNKNOWN)
    colours = _COLOURS[np.where(shown, labels, 0)]
    return np.where(shown[..., None], 0.4 * example.image + 0.6 * colours, example.image).astype(np.uint8)


def _of_class(figures: Callable[[np.ndarray], np.ndarray], label: int) -> Callable[[np.ndarray], float]:
    return lambda matrix: float(figures(matrix)[label])


def _bootstrapped(matrices: np.ndarray, figure: Callable[[np.ndarray], float]) -> Figure:
    """The figure of the sum of (N, K, K) matrices, and its interval over samples of the N pictures."""
    interval = bootstrap_interval(lambda weights: figure(np.tensordot(weights, matrices, 1)), len(matrices), seed=0)
    # A skewed bootstrap of few pictures can leave the figure itself outside.
    return Figure(interval.value, min(interval.low, interval.value), max(interval.high, interval.value))


def _found(predict: Predict, data: Path) -> dict[str, Figure]:
    """Shares of held-out photos in which the animal is found, and in which people are covered with an IoU of 0.5."""
    right: dict[str, list[bool]] = {"cat": [], "dog": [], "person": []}
    for name, photo in read_cats_dogs_photos(data / "cats_dogs.zip", part="held_out"):
        found = predict_labels(predict, photo, SIZES["everyday"])
        shares = {label: np.mean(found == EVERYDAY.index(label)) for label in ("cat", "dog")}
        species = Path(name).parent.name
        right[species].append(bool(shares[species] == max(shares.values()) >= _FOUND_SHARE))
    person = EVERYDAY.index("person")
    for example in read_people(data / "people", part="held_out", longest=320):
        found = predict_labels(predict, example.image, SIZES["everyday"])
        matrix = matrix_of(example, (found == person).astype(np.uint8), 2)
        right["person"].append(bool(class_iou(matrix)[1] >= _FOUND_IOU))
    return {f"photos with {label} found": _share(hits) for label, hits in right.items()}


def _share(hits: Sequence[bool]) -> Figure:
    interval = wilson_interval(sum(hits), len(hits))
    return Figure(interval.value, interval.low, interval.high)
