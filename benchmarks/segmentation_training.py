"""How good a segmenter becomes that is trained as on the page, and how long that takes on this machine.

    python -m benchmarks.segmentation_training membranes [--data ../shared/data] [--start new] [--epochs 30]
    python -m benchmarks.segmentation_training shapes [--start starter_segmenter_shapes] [--scenes 1000]

membranes: 24 slices of ISBI 2012 to learn from, the starter's six to measure by (`starters/splits/membranes.json`),
which take no part in the choice of an epoch. Wanted: Dice of the cells 0.952, the starter's. With `--start
starter_segmenter_membranes` the network has seen the training slices before.
shapes: scenes of the page's own seed, measured on the 1,000 scenes that the starters are measured on. Wanted: mean IoU
0.95 within three minutes on two cores. The starter alone has 0.944, and a few hundred steps more do not raise that;
averaged over the picture's mirror images (`--mirrors 4`) it answers better without any training.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.runs.folder import create_run, read_events, read_status
from cnn_core.runs.jobs import run_job
from cnn_core.runtime import usable_cores
from cnn_core.scenes import scene
from cnn_core.segmentation.evaluation import evaluate
from cnn_core.segmentation.judged import FILE, load_judged
from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_listing import MaskedListing, save_masked_listing
from cnn_core.segmentation.ready_made import write_masked_scenes
from cnn_core.segmentation.trained import trained_segmenter
from cnn_core.segmentation.training.config import NEW, default_config
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou

SPLIT = Path(__file__).parents[1] / "cnn_core" / "starters" / "splits" / "membranes.json"
MEASURED_SEED, MEASURED = 2, 1000
MEMBRANES: dict[str, Any] = {
    "network": {"depth": 4, "base_filters": 8},
    "input_size": [512, 512],
    "crop": 0.5,
    "views": 10,
    "batch_size": 8,
    "augmentation": {"turn": 45, "turns": True, "bend": 6, "colour": 0.3, "stretch": 0.0},
}
SHAPES: dict[str, Any] = {
    "input_size": [128, 128],
    "mirrors": 4,
    "augmentation": {"zoom": [1, 1], "turn": 0, "stretch": 0.0, "colour": 0.0},
}


def membranes(data: Path) -> MaskedListing:
    """The 30 pairs; those of the starter's split are for testing alone."""
    listing = read_masked_folder(data / "membrane" / "train", validation=0.0)
    held_out = set(json.loads(SPLIT.read_text())["held_out"])
    items = tuple(replace(item, part="test" if Path(item.file).stem in held_out else "train") for item in listing.items)
    return replace(listing, items=items)


def shapes_iou(run: Path) -> float:
    """Mean IoU on the scenes that the starters are measured on, which none of them was trained on."""
    segmenter, total = trained_segmenter(run), np.zeros((7, 7), np.int64)
    for index in range(MEASURED):
        drawn = scene(MEASURED_SEED, index=index)
        total += confusion_matrix(drawn.label_map, segmenter.predict(drawn.image).labels, num_classes=7)
    return mean_iou(total)


def main() -> None:
    """Train and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=("membranes", "shapes"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--start", default=None)
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--loss", default="cross_entropy+dice")
    parser.add_argument("--mirrors", type=int, help="images that the finished network averages over: 1, 2 or 4")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.task == "membranes":
            listing, options = membranes(arguments.data), MEMBRANES
            start, epochs, rate = arguments.start or NEW, 30, 3e-3
        else:
            scenes = write_masked_scenes(folder / "scenes", count=arguments.scenes)
            listing, options = read_masked_folder(scenes, validation=0.0), SHAPES
            listing = replace(listing, items=tuple(replace(item, part="train") for item in listing.items))
            start, epochs, rate = arguments.start or "starter_segmenter_shapes", 1, 3e-4
        save_masked_listing(listing, folder / "masks.json")
        config = default_config(folder / "masks.json", start=start) | options
        config |= {"epochs": arguments.epochs or epochs, "learning_rate": arguments.rate or rate}
        config |= {"batch_size": arguments.batch} if arguments.batch else {}
        config |= {"loss": arguments.loss}
        config |= {"mirrors": arguments.mirrors} if arguments.mirrors else {}
        run = create_run(folder / "runs", config, owner="benchmark", name=arguments.task)
        import keras  # noqa: F401

        began = time.perf_counter()
        run_job(run)
        seconds = time.perf_counter() - began
        state = read_status(run)
        if state.state != "done":
            raise SystemExit(f"{state.state}: {state.reason}")
        for event in read_events(run):
            if event["kind"] == "epoch":
                print(f"epoch {event['epoch']}: loss {event['loss']:.4f}, {event['seconds']:.1f} s", flush=True)
        print(f"{arguments.task} from {start}, {config['epochs']} epochs: {seconds:.0f} s on {usable_cores()} cores")
        if arguments.task == "membranes":
            for row in evaluate(load_judged(run / FILE)).by_class:
                print(f"{row.name}: Dice {row.dice.value:.4f}, IoU {row.iou.value:.4f}")
        else:
            print(f"mean IoU on {MEASURED:,} scenes of seed {MEASURED_SEED}: {shapes_iou(run):.4f}")


if __name__ == "__main__":
    main()
