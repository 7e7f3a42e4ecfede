"""Train one of the starter detectors: blood cells, shapes of the procedural scenes, or everyday things.

    python -m cnn_core.starters.detector RUN_FOLDER --data cells --source ../shared/data

The network is this project's `yolo_like` with one box per cell and no anchors; targets, loss and decoding are in
`cnn_core.detection.training` and `cnn_core.grid_decoding`.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnn_core.architectures.yolo import yolo_like
from cnn_core.detection.training.boxed_picture import BoxedPicture
from cnn_core.detection.training.loss import detector_loss, start_unsure
from cnn_core.detection.training.targets import assign
from cnn_core.detection.training.views import Augmentation, augmented
from cnn_core.starters.detector_data import HELD_OUT_SEED, TRAINING_SEED, drawn, read_bccd
from cnn_core.starters.detector_kinds import KINDS, DetectorKind
from cnn_core.starters.everyday_data import read_everyday
from cnn_core.starters.training import Recipe, SeededBatches, set_precision, train

# The view of a number in an epoch, with that batch's random numbers.
MakeView = Callable[[int, np.random.Generator], BoxedPicture]


@dataclass(frozen=True)
class Plan:
    """How one detector is trained.

    Attributes:
        views: pictures an epoch.
        object_cells: a usual object's side in cells, where the sizes start from.
        recipe: the training's.
        data: for the card: name, licence and number of pictures.
        split: how training and held-out pictures were parted.
    """

    views: int
    object_cells: float
    recipe: Recipe
    data: tuple[dict[str, Any], ...]
    split: str


def _recipe(epochs: int) -> Recipe:
    return Recipe(
        epochs=epochs,
        batch_size=16,
        optimizer="adamw",
        peak_rate=2e-3,
        warm_up=0.1,
        weight_decay=0.02,
        average=0.99,
        clip=10.0,
    )


PLANS = {
    "cells": Plan(
        views=1024,
        object_cells=5.0,
        recipe=_recipe(36),
        data=({"name": "BCCD", "licence": "MIT", "pictures": 252},),
        split="cnn_core/starters/splits/bccd.json",
    ),
    "shapes": Plan(
        views=2048,
        object_cells=5.0,
        recipe=_recipe(30),
        data=({"name": "procedural scenes", "licence": "made by this project", "pictures": 61440},),
        split=f"scenes of seed {TRAINING_SEED} are trained on, those of seed {HELD_OUT_SEED} are held out",
    ),
    "everyday": Plan(
        views=1536,
        object_cells=6.0,
        recipe=_recipe(24),
        data=(
            {"name": "photos of people", "licence": "as found", "pictures": 232},
            {"name": "cats and dogs", "licence": "Apache-2.0", "pictures": 1049},
            {"name": "COCO mini, training photos", "licence": "annotations CC BY 4.0", "pictures": 80},
        ),
        split="cnn_core/starters/splits/people.json and cats_dogs.json; COCO mini's own validation photos are held out",
    ),
}
# Cells lie in a smear without an upright, and have no colour of their own but the stain's.
_CELL_VIEWS = Augmentation(zoom=(0.8, 1.4), mosaic=0.4, mosaic_zoom=(0.8, 1.4), turns=True, colour=0.7)
_COCO_TIMES = 5
_EVERYDAY_VIEWS = Augmentation(zoom=(0.6, 1.8), mosaic=0.4, mosaic_zoom=(0.35, 1.0), least_visible=0.25)


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="for checkpoints and the result; a run that was stopped goes on")
    parser.add_argument("--data", choices=tuple(PLANS), required=True, help="what it shall find")
    parser.add_argument("--source", type=Path, default=Path("../shared/data"), help="the folder of the data sets")
    parser.add_argument("--boxes", type=Path, help="for everyday things: what `teacher_boxes` wrote")
    parser.add_argument(
        "--start", type=Path, help="the folder of an ended run to start from; its network must be the same"
    )
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    plan, kind = PLANS[arguments.data], KINDS[arguments.data]
    if arguments.epochs:
        plan = replace(plan, recipe=replace(plan.recipe, epochs=arguments.epochs))
    keras.utils.set_random_seed(arguments.seed)
    set_precision(arguments.precision)
    make = views(arguments.data, arguments.source, arguments.boxes)
    run = fit(kind, plan, make, folder=arguments.folder, seed=arguments.seed, start=arguments.start)
    command = f"python -m cnn_core.starters.detector {' '.join(sys.argv[1:])}"
    if arguments.start:
        first = json.loads((arguments.start / "run.json").read_text())
        command = f"{first['command']} && {command}"
    described = {
        "name": f"starter_detector_{arguments.data}",
        "task": "detection",
        "network": {"builder": "yolo_like", "arguments": kind.network_arguments},
        "classes": kind.classes,
        "input": {"size": kind.size, "resize": "letterbox", "range": "0..1 RGB"},
        "data": plan.data,
        "split": plan.split,
        "command": command,
        "seed": arguments.seed,
    }
    (arguments.folder / "run.json").write_text(json.dumps(described | run, indent=1))


def fit(
    kind: DetectorKind, plan: Plan, make: MakeView, *, folder: Path, seed: int, start: Path | None = None
) -> dict[str, Any]:
    """Train a detector on views; leaves `trained.weights.h5` in the folder.

    Args:
        kind: what is trained.
        plan: how.
        make: the views.
        folder: of the run.
        seed: of the batches.
        start: the folder of a run whose weights are the first; None starts from random weights.

    Returns:
        What `train` says of the run.
    """
    model = yolo_like(**kind.network_arguments)
    classes = len(kind.classes)
    if start:
        model.load_weights(start / "trained.weights.h5")
    else:
        start_unsure(model, num_classes=classes, cells=plan.object_cells)

    def batch(indices: np.ndarray, epoch: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        chosen = [make(epoch * plan.views + int(index), random) for index in indices]
        targets = [
            assign(one.corners, one.labels, grid=kind.grid, stride=kind.grid_stride, num_classes=classes)
            for one in chosen
        ]
        return np.stack([one.pixels for one in chosen]).astype(np.float32) / 255, np.stack(targets)

    batches = SeededBatches(batch, count=plan.views, batch_size=plan.recipe.batch_size, seed=seed)
    return train(model, detector_loss(), batches, recipe=plan.recipe, folder=folder)


def views(data: str, source: Path, boxes: Path | None = None) -> MakeView:
    """What the network is trained on: views of photos, or a new scene each."""
    kind = KINDS[data]
    if data == "shapes":
        return lambda number, _: drawn(number, kind.size)
    how, side = (_CELL_VIEWS, 1.4) if data == "cells" else (_EVERYDAY_VIEWS, 1.8)
    longest = round(side * max(kind.size))
    if data == "cells":
        pictures, skipped = read_bccd(source / "bccd", "train", side=longest)
        for box in skipped:
            print(f"left out, a box without area: {box}", flush=True)
    else:
        if boxes is None:
            raise SystemExit("--boxes is missing: write them with cnn_core.starters.teacher_boxes")
        pictures = read_everyday(source, boxes, kind.classes, side=longest)
        print(f"{len(pictures)} photos", flush=True)
        # COCO's true boxes, and the rooms and streets without person, cat or dog that the others lack, are few.
        pictures += [one for one in pictures if one.crowd is not None] * (_COCO_TIMES - 1)

    def view(number: int, random: np.random.Generator) -> BoxedPicture:
        # The first picture goes through them all in turn; the others of a mosaic are drawn.
        turn = iter([number % len(pictures)])
        return augmented(lambda: pictures[next(turn, int(random.integers(len(pictures))))], kind.size, how, random)

    return view


if __name__ == "__main__":
    main()
