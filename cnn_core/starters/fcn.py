"""Train FCN-32s, -16s and -8s on the same shapes, to compare what skips are worth.

    python -m cnn_core.starters.fcn RUN_FOLDER --stride 32
    python -m cnn_core.starters.fcn RUN_FOLDER --stride 8 --start FIRST_RUN/trained.weights.h5 --seed 1

As in the paper (section 4.2) a network with skips begins with the weights of FCN-32s and with scores of zero from its
skips. For a fair comparison all three, 32s too, go on from the same first FCN-32s for the same number of steps.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from cnn_core.architectures.fcn import SKIPS, fcn
from cnn_core.segmentation.training.network import copy_by_name
from cnn_core.starters.measure_segmenter import CLASSES
from cnn_core.starters.segmenter import (
    TASKS,
    VALIDATION_SEED,
    described_sources,
    scene_batches,
    train_segmenter,
)
from cnn_core.starters.segmenter_data import SIZES, read_shapes
from cnn_core.starters.training import Recipe, SeededBatches, set_precision

RECIPE = Recipe(epochs=8, batch_size=32, optimizer="adamw", peak_rate=2e-3, weight_decay=0.02, average=0.99)
_COUNT = 1600


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="for checkpoints and the result; a run that was stopped goes on")
    parser.add_argument("--stride", type=int, choices=tuple(SKIPS), required=True)
    parser.add_argument("--start", type=Path, help="weights of an FCN-32s to go on from")
    parser.add_argument("--validation", type=int, default=0, help="scenes of another seed, measured each epoch")
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--rate", type=float, default=RECIPE.peak_rate, help="highest learning rate")
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    set_precision(arguments.precision)
    network = {
        "input_shape": [*SIZES["shapes"], 3],
        "num_classes": len(CLASSES["shapes"]),
        "stride": arguments.stride,
        "base_filters": 8,
        "fc_filters": 64,
        "dropout": 0.0,
        "batch_norm": True,
    }
    model = fcn(**network)
    if arguments.start:
        source = fcn(**{**network, "stride": 32})
        source.load_weights(arguments.start)
        copy_by_name(source, model)
        for stage in SKIPS[arguments.stride]:
            layer = model.get_layer(f"fuse{stage}_score")
            layer.set_weights([np.zeros(weight.shape, "float32") for weight in layer.get_weights()])
    recipe = replace(RECIPE, epochs=arguments.epochs, peak_rate=arguments.rate)
    batches = SeededBatches(
        scene_batches(_COUNT, seed=arguments.seed), count=_COUNT, batch_size=recipe.batch_size, seed=arguments.seed
    )
    shapes = TASKS["shapes"]
    run = {
        "name": f"starter_fcn{arguments.stride}s",
        "network": {"builder": "fcn", "arguments": network},
        "data": described_sources(shapes, {"shapes": _COUNT * recipe.epochs}),
        "split": shapes.split,
        "seed": arguments.seed,
    }
    validation = read_shapes(arguments.validation, seed=VALIDATION_SEED)
    train_segmenter(model, "shapes", batches, recipe=recipe, folder=arguments.folder, validation=validation, run=run)


if __name__ == "__main__":
    main()
