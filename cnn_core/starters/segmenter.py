"""Train a U-Net of this project to segment people, cell membranes, drawn shapes or everyday photos.

    python -m cnn_core.starters.segmenter RUN_FOLDER --data people --photos DATA

The network learns on logits, with cross-entropy and soft Dice; the one that ships ends in softmax. On photos its first
convolution halves the picture (`reduction=2`); membranes and shapes, where single pixels count, get the plain U-Net.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnn_core.architectures.unet import unet
from cnn_core.scenes import scene
from cnn_core.segmentation.training.network import copy_by_name
from cnn_core.segmentation.training.views import Augmentation, augment, paste
from cnn_core.segmentation_metrics import mean_iou, pixel_accuracy
from cnn_core.starters.measure_segmenter import CLASSES, matrix_of, predict_labels
from cnn_core.starters.segmentation_loss import cross_entropy_and_dice
from cnn_core.starters.segmenter_data import (
    HELD_OUT_SEED,
    SIZES,
    Example,
    read_everyday,
    read_membranes,
    read_people,
    read_shapes,
)
from cnn_core.starters.training import MakeBatch, Recipe, SeededBatches, set_precision, train

_LONGEST = 320
_MOMENTUM = 0.9
# Scenes to learn from have the seed of the run added to this one, far from those that are measured.
TRAINING_SEED = 1_000_000
VALIDATION_SEED = 3


@dataclass(frozen=True)
class Task:
    """How a segmenter is trained.

    Attributes:
        network: options of `unet` beside shape and classes.
        recipe: how long and how fast.
        count: examples an epoch.
        change: of each example; None for scenes, which are new each time.
        pasted: share of the examples whose people are laid over another example.
        sources: the data sets, by the name of their reader: what they are and their licence.
        split: how held-out pictures are kept apart.
        repeats: how many times as often as the others the photos of a source are shown.
    """

    network: dict[str, Any]
    recipe: Recipe
    count: int
    change: Augmentation | None
    pasted: float
    sources: dict[str, tuple[str, str]]
    split: str
    repeats: dict[str, int] = field(default_factory=dict)


_PHOTO_NETWORK = {"depth": 4, "base_filters": 12, "batch_norm": True, "reduction": 2}
_PHOTO_CHANGE = Augmentation(SIZES["people"], zoom=(0.45, 1.1), stretch=0.5, turn=12, colour=0.7)
_PEOPLE = {"people": ("photos of people with masks, training part", "as found in a public repository")}
TASKS = {
    "people": Task(
        _PHOTO_NETWORK,
        Recipe(epochs=60, batch_size=16, optimizer="adamw", peak_rate=2e-3, weight_decay=0.02, average=0.99),
        count=240,
        change=_PHOTO_CHANGE,
        pasted=0.3,
        sources=_PEOPLE,
        split="cnn_core/starters/splits/people.json",
    ),
    "everyday": Task(
        _PHOTO_NETWORK,
        Recipe(epochs=20, batch_size=16, optimizer="adamw", peak_rate=3e-3, weight_decay=0.02, average=0.99),
        count=1600,
        change=_PHOTO_CHANGE,
        pasted=0.2,
        sources=_PEOPLE
        | {
            "cats_dogs": ("cats_dogs.zip, training part, masks by DeepLabV3 (MobileNetV2, Pascal VOC)", "Apache-2.0"),
            "coco": ("COCO mini's training photos with their polygons", "annotations CC BY 4.0"),
        },
        split="COCO's validation photos; cnn_core/starters/splits/people.json and cats_dogs.json",
        repeats={"people": 3, "coco": 4},
    ),
    "membranes": Task(
        {"depth": 4, "base_filters": 8, "batch_norm": True},
        Recipe(epochs=30, batch_size=8, optimizer="adamw", peak_rate=3e-3, weight_decay=0.02, average=0.98),
        count=240,
        change=Augmentation((256, 256), zoom=(0.4, 0.6), square=True, turn=45, upside_down=True, bend=6, colour=0.3),
        pasted=0.0,
        sources={"membranes": ("ISBI 2012 cell membranes, first 24 slices", "repository under MIT")},
        split="cnn_core/starters/splits/membranes.json",
    ),
    "shapes": Task(
        {"depth": 3, "base_filters": 16, "batch_norm": True},
        Recipe(epochs=60, batch_size=16, optimizer="adamw", peak_rate=3e-3, weight_decay=0.02, average=0.99),
        count=1600,
        change=None,
        pasted=0.0,
        sources={"shapes": ("procedural scenes of cnn_core.scenes", "this project's own")},
        split=f"seed {HELD_OUT_SEED} of cnn_core.scenes is held out; training draws from {TRAINING_SEED:,} and above",
    ),
}


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="for checkpoints and the result; a run that was stopped goes on")
    parser.add_argument("--data", choices=tuple(TASKS), required=True)
    parser.add_argument("--photos", type=Path, help="the folder with people, membrane, coco_mini and cats_dogs.zip")
    parser.add_argument("--masks", type=Path, help="what teacher_masks wrote, for everyday photos")
    parser.add_argument("--start", type=Path, help="weights to begin with; the classes may differ")
    parser.add_argument("--start-classes", type=int, default=len(CLASSES["everyday"]), help="of those weights")
    parser.add_argument("--validation", type=int, default=0, help="training pictures set apart and measured each epoch")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float, help="highest learning rate")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    set_precision(arguments.precision)
    task = TASKS[arguments.data]
    network = {"input_shape": [None, None, 3], "num_classes": len(CLASSES[arguments.data]), **task.network}
    model = unet(**network)
    if arguments.start:
        source = unet(**{**network, "num_classes": arguments.start_classes})
        source.load_weights(arguments.start)
        copy_by_name(source, model)
    changes = {"epochs": arguments.epochs, "peak_rate": arguments.rate}
    recipe = replace(task.recipe, **{name: value for name, value in changes.items() if value})
    if arguments.data == "shapes":
        pictures = {"shapes": task.count * recipe.epochs}
        make = scene_batches(task.count, seed=arguments.seed)
        validation = read_shapes(arguments.validation, seed=VALIDATION_SEED)
    else:
        examples = _read(arguments.data, arguments.photos, arguments.masks)
        pictures = {source: len(found) for source, found in examples.items()}
        last = list(examples)[-1]
        kept = pictures[last] - arguments.validation
        examples[last], validation = examples[last][:kept], examples[last][kept:]
        make = photo_batches([e for source in examples for e in examples[source] * task.repeats.get(source, 1)], task)
    batches = SeededBatches(make, count=task.count, batch_size=recipe.batch_size, seed=arguments.seed)
    run = {
        "name": f"starter_segmenter_{arguments.data}",
        "network": {"builder": "unet", "arguments": network},
        "data": described_sources(task, pictures),
        "split": task.split,
        "seed": arguments.seed,
    }
    train_segmenter(
        model, arguments.data, batches, recipe=recipe, folder=arguments.folder, validation=validation, run=run
    )


def train_segmenter(
    model: keras.Model,
    data: str,
    batches: SeededBatches,
    *,
    recipe: Recipe,
    folder: Path,
    validation: Sequence[Example],
    run: dict[str, Any],
) -> None:
    """Train on logits, and write weights and `run.json` into the folder.

    Args:
        model: with a layer "predictions" that ends in softmax; it ends in logits from here on.
        data: which task's classes and size.
        batches: inputs (N, H, W, 3) in [0, 1] and labels (N, H, W).
        recipe: how.
        folder: of the run.
        validation: pictures that are measured behind each epoch; none are fine.
        run: what `run.json` says beside what is known here.
    """
    model.get_layer("predictions").activation = keras.activations.linear
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Runs are short: at 0.99 the statistics lag behind the weights, and figures on the way are meaningless.
            layer.momentum = _MOMENTUM
    check = _check(model, data, validation) if validation else None
    result = train(model, cross_entropy_and_dice, batches, recipe=recipe, folder=folder, check=check)
    described = {
        "task": "segmentation",
        "classes": list(CLASSES[data]),
        "input": {"size": list(SIZES[data]), "resize": "stretch", "range": "0..1 RGB"},
        "command": f"python -m {_module()} {shlex.join(sys.argv[1:])}",
        **run,
        **result,
    }
    (folder / "run.json").write_text(json.dumps(described, indent=1))


def photo_batches(examples: Sequence[Example], task: Task) -> MakeBatch:
    """Batches of changed photos; the examples are taken in turn as often as needed."""
    change = task.change
    assert change is not None

    def make(indices: np.ndarray, epoch: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG001
        images, labels = [], []
        for index in indices:
            _, image, truth = examples[int(index) % len(examples)]
            image, truth = augment(image, truth, change, random)
            if random.random() < task.pasted:
                _, other, below = examples[int(random.integers(len(examples)))]
                image, truth = paste(image, truth, *augment(other, below, change, random))
            images.append(image)
            labels.append(truth)
        return np.stack(images).astype(np.float32) / 255.0, np.stack(labels)

    return make


def scene_batches(count: int, *, seed: int) -> MakeBatch:
    """Batches of procedural scenes, `count` new ones each epoch."""
    first = TRAINING_SEED + seed

    def make(indices: np.ndarray, epoch: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG001
        drawn = [scene(first, index=epoch * count + int(i), size=SIZES["shapes"]) for i in indices]
        return np.stack([scene.image for scene in drawn]), np.stack([scene.label_map for scene in drawn]).astype(
            np.uint8
        )

    return make


def described_sources(task: Task, pictures: dict[str, int]) -> list[dict[str, Any]]:
    """What a model card says of the data."""
    return [
        {"name": name, "licence": licence, "pictures": pictures[source]}
        for source, (name, licence) in task.sources.items()
    ]


def _read(data: str, photos: Path, masks: Path) -> dict[str, list[Example]]:
    if data == "people":
        return {"people": read_people(photos / "people", part="train", longest=_LONGEST)}
    if data == "membranes":
        return {"membranes": read_membranes(photos / "membrane", part="train")}
    return read_everyday(photos, masks, longest=_LONGEST)


def _check(model: keras.Model, data: str, validation: Sequence[Example]) -> Callable[[], dict[str, float]]:
    def predict(batch: np.ndarray) -> np.ndarray:
        return keras.ops.convert_to_numpy(keras.ops.softmax(keras.ops.cast(model(batch, training=False), "float32")))

    def measure() -> dict[str, float]:
        total = sum(matrix_of(e, predict_labels(predict, e.image, SIZES[data]), len(CLASSES[data])) for e in validation)
        return {"validation_mean_iou": mean_iou(total), "validation_accuracy": pixel_accuracy(total)}

    return measure


def _module() -> str:
    """The module that was started, as `python -m` names it."""
    return getattr(sys.modules["__main__"].__spec__, "name", "cnn_core.starters.segmenter")


if __name__ == "__main__":
    main()
