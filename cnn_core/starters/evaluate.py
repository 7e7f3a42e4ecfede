"""Measure the starters again on held-out pictures, beside what was wanted and what their cards say.

    python -m cnn_core.starters.evaluate [--data ../shared/data] [names ...] [--keras] [--sheets FOLDER]

Exits with 1 where a figure is not the card's.
"""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from PIL import Image

from cnn_core.starter_card import StarterCard
from cnn_core.starter_models import MODELS, STARTERS, keras_starter, lite_starter, starter_card, with_outputs
from cnn_core.starters.measured import Measured

DATA = MODELS.parents[2] / "shared" / "data"
# How far a figure may lie from the card's: another processor rounds differently, and a picture falls on the other side.
REPRODUCED = 0.005

# A batch (N, H, W, 3) float32 in [0, 1] -> the network's raw output.
Predict = Callable[[np.ndarray], Any]

_MODULES = {
    "classification": "measure_classifier",
    "detection": "measure_detector",
    "segmentation": "measure_segmenter",
}


class Measure(Protocol):
    """How a starter of one task is measured."""

    def __call__(self, name: str, predict: Any, data: Path, *, limit: int | None = None) -> Measured:
        """Its figures on the held-out pictures, or on the first `limit` of them."""
        ...


class Measuring(Protocol):
    """A module that measures the starters of one task."""

    measure: Measure

    def contact_sheet(self, name: str, predict: Any, data: Path) -> np.ndarray:
        """Predictions on held-out pictures: (H, W, 3) uint8."""
        ...


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", default=STARTERS, help="starters; all of them where none is named")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of real data")
    parser.add_argument("--keras", action="store_true", help="through the Keras weights in place of LiteRT")
    parser.add_argument("--sheets", type=Path, help="a folder for pictures of predictions")
    arguments = parser.parse_args()
    print(f"{'starter':28} {'figure':28} {'measured (95 %)':24} {'wanted':>7} {'card':>7}")
    same = True
    for name in arguments.names:
        predict = keras_predict(name) if arguments.keras else lite_starter(name)
        card = starter_card(name)
        found = measuring(card.task).measure(name, predict, arguments.data)
        same &= reproduces(found, card)
        print("\n".join(table(found, card)), flush=True)
        if arguments.sheets:
            arguments.sheets.mkdir(parents=True, exist_ok=True)
            picture = measuring(card.task).contact_sheet(name, predict, arguments.data)
            Image.fromarray(picture).save(arguments.sheets / f"{name}.png")
    sys.exit(0 if same else 1)


def measuring(task: str) -> Measuring:
    """The module that measures starters of this task."""
    return cast(Measuring, import_module(f"cnn_core.starters.{_MODULES[task]}"))


def keras_predict(name: str) -> Predict:
    """A starter's Keras model as a function that gives what its LiteRT file gives."""
    model = with_outputs(keras_starter(name), starter_card(name).network.outputs)
    return cast(Predict, model.predict_on_batch)


def reproduces(found: Measured, card: StarterCard) -> bool:
    """Whether every figure is the card's, to within `REPRODUCED`, on as many pictures."""
    stated = card.metrics.figures
    close = [
        abs(figure.value - stated[key].value) <= REPRODUCED for key, figure in found.figures.items() if key in stated
    ]
    return found.pictures == card.metrics.pictures and set(found.figures) == set(stated) and all(close)


def table(found: Measured, card: StarterCard) -> list[str]:
    """A line for each figure: measured, wanted, and what the card says; then what they were measured on."""
    lines = []
    for number, (key, figure) in enumerate(found.figures.items()):
        bar = card.bars.get(key)
        wanted = "" if bar is None else f"{bar:.3f}"
        stated = card.metrics.figures.get(key)
        said = "none" if stated is None else f"{stated.value:.3f}"
        missed = " below" if bar is not None and figure.value < bar else ""
        differs = "" if stated and abs(figure.value - stated.value) <= REPRODUCED else " differs"
        title = card.name if number == 0 else ""
        lines.append(f"{title:28} {key:28} {figure!s:24} {wanted:>7} {said:>7}{missed}{differs}")
    lines.append(f"{'':28} {found.pictures:,} pictures: {found.held_out}")
    return lines


if __name__ == "__main__":
    main()
