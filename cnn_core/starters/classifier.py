r"""Train `starter_classifier`: the airbench network on CIFAR-10.

    python -m cnn_core.starters.classifier RUN_FOLDER --cifar cifar10.zip
    python -m cnn_core.starters.classifier RUN_FOLDER_2 --cifar cifar10.zip --start RUN_FOLDER/trained.weights.h5 \
        --epochs 20 --rate 0.2

The second command goes on from the first one's result with a schedule that rises and falls once more (Loshchilov and
Hutter 2017, https://arxiv.org/abs/1608.03983).

Random crops, flips that alternate from epoch to epoch (Jordan 2024, section 3.6), cutout (DeVries and Taylor 2017),
brightness and label smoothing. One picture in four is enlarged or reduced, because things in photos come in every size.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np

from cnn_core.architectures.airbench import airbench, set_whitening
from cnn_core.starters.cifar import CLASSES, read_cifar
from cnn_core.starters.measure_classifier import PHOTO_SIZE
from cnn_core.starters.training import Recipe, SeededBatches, set_precision, settle_batch_norm, train

NETWORK: dict[str, Any] = {
    "input_shape": [None, None, 3],
    "num_classes": 10,
    "widths": [96, 208, 256],
    "convolutions": 3,
}
RECORD = {
    "name": "starter_classifier",
    "task": "classification",
    "network": {"builder": "airbench", "arguments": NETWORK},
    "classes": CLASSES,
    "input": {"size": [32, 32], "resize": "stretch", "range": "0..1 RGB", "photos": [PHOTO_SIZE, PHOTO_SIZE]},
    "data": [{"name": "CIFAR-10 (Krizhevsky 2009)", "licence": "research use", "pictures": 50000}],
    "split": "CIFAR-10's own: 50,000 to train, 10,000 held out",
}
RECIPE = Recipe(epochs=45, batch_size=500, optimizer="sgd", peak_rate=0.4, warm_up=0.2, weight_decay=6e-3, average=0.99)
_SIDE = 32
_MARGIN = 4
_CUTOUT = 10
_ZOOMED = 0.25
_SMOOTHING = 0.1


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="for checkpoints and the result; a run that was stopped goes on")
    parser.add_argument("--cifar", type=Path, required=True, help="the zip of CIFAR-10")
    parser.add_argument("--start", type=Path, help="weights to begin with, of a run before")
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--rate", type=float, default=RECIPE.peak_rate, help="highest learning rate")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    set_precision(arguments.precision)
    images, labels = read_cifar(arguments.cifar, part="train")
    model = airbench(**NETWORK)
    if arguments.start:
        model.load_weights(arguments.start)
    else:
        set_whitening(model, images[:2000].astype("float32") / 255.0)
    targets = np.full((len(labels), 10), _SMOOTHING / 10, "float32")
    targets[np.arange(len(labels)), labels] += 1.0 - _SMOOTHING
    flipped = np.random.default_rng(arguments.seed).random(len(labels)) < 0.5

    def make(indices: np.ndarray, epoch: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        batch = [_changed(images[i], flipped[i] ^ bool(epoch % 2), random) for i in indices]
        return np.stack(batch).astype("float32") / 255.0, targets[indices]

    recipe = replace(RECIPE, epochs=arguments.epochs, peak_rate=arguments.rate)
    batches = SeededBatches(make, count=len(labels), batch_size=recipe.batch_size, seed=arguments.seed)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    run = train(model, loss, batches, recipe=recipe, folder=arguments.folder, metrics=("accuracy",))
    settle_batch_norm(model, images)
    model.save_weights(arguments.folder / "trained.weights.h5")
    command = " ".join(["python -m cnn_core.starters.classifier", *sys.argv[1:]])
    record = {**RECORD, "command": command, "seed": arguments.seed, **run}
    (arguments.folder / "run.json").write_text(json.dumps(record, indent=1))


def _changed(image: np.ndarray, flip: bool, random: np.random.Generator) -> np.ndarray:
    """The picture at another place and brightness, with a hole, mirrored or not: (32, 32, 3) uint8."""
    if flip:
        image = cv2.flip(image, 1)
    if random.random() < _ZOOMED:
        zoom = np.exp(random.uniform(-0.2, 0.4))
        shift = (_SIDE - 1) / 2 * (1 - zoom) + random.uniform(-2, 2, 2)
        matrix = np.array([[zoom, 0.0, shift[0]], [0.0, zoom, shift[1]]])
        moved = cv2.warpAffine(image, matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REFLECT_101)
    else:
        # Whole pixels: interpolation would blur what the test pictures show sharply.
        row, column = random.integers(0, 2 * _MARGIN + 1, 2)
        wide = cv2.copyMakeBorder(image, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REFLECT_101)
        moved = wide[row : row + _SIDE, column : column + _SIDE]
    changed = np.clip(moved * random.uniform(0.8, 1.2), 0, 255).astype(np.uint8)
    row, column = random.integers(0, _SIDE, 2)
    half = _CUTOUT // 2
    changed[max(0, row - half) : row + half, max(0, column - half) : column + half] = 128
    return changed


if __name__ == "__main__":
    main()
