"""Make a starter's three files from a training run: weights for Keras, a LiteRT file, and the model card.

    python -m cnn_core.starters.ship RUN_FOLDER

Both networks hold the same float16 weights, their answers are compared on real photos, and the figures of the card are
measured through the LiteRT file. Needs Keras on the TensorFlow backend.
"""

import argparse
import hashlib
import json
import math
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.errors import InputError
from cnn_core.images import to_float
from cnn_core.lite_network import LiteNetwork
from cnn_core.samples import sample
from cnn_core.starter_card import CardData, CardFile, CardInput, CardNetwork, CardSample, CardTraining, StarterCard
from cnn_core.starter_models import MODELS, build_network, resized, with_outputs
from cnn_core.starters.bars import BARS
from cnn_core.starters.code_commit import code_commit
from cnn_core.starters.evaluate import DATA, Measure, measuring
from cnn_core.starters.measured import Measured

if TYPE_CHECKING:
    import keras

# Layers whose outputs a network's LiteRT file gives, where that is not its last one alone.
OUTPUTS = {"airbench": ("logits", "block3")}
# How far the outputs of the two files may lie apart.
AGREEMENT = 1e-3
# Held-out pictures of the check that takes seconds.
SAMPLE = {"classification": 200, "detection": 24, "segmentation": 12}
_TOLERANCE = 0.01
_PHOTOS = ("cat", "astronaut", "coffee", "rocket")
_RUN = ("name", "task", "network", "classes", "input", "data", "split")
_TRAINING = ("command", "seed", "recipe", "backend", "device", "precision", "images_per_second", "seconds")


def main() -> None:
    """Ship from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="of the run: run.json and trained.weights.h5")
    parser.add_argument("--models", type=Path, default=MODELS, help="where the files go")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of real data")
    parser.add_argument("--version", default="1", help="of the starter; raise it when its weights change")
    arguments = parser.parse_args()
    card = ship(arguments.folder, models=arguments.models, data=arguments.data, version=arguments.version)
    print(f"{card.name}: {card.weights.bytes:,} and {card.lite.bytes:,} bytes, outputs within {card.agreement:.1e}")
    for name, figure in card.metrics.figures.items():
        print(f"  {name}: {figure}" + (f", wanted {card.bars[name]}" if name in card.bars else ""))


def ship(
    folder: Path, *, models: Path = MODELS, data: Path = DATA, version: str = "1", measure: Measure | None = None
) -> StarterCard:
    """Write a starter's files, and return its card.

    Args:
        folder: of the run.
        models: where the files go; made if it is not there.
        data: the folder of real data.
        version: of the starter.
        measure: in place of the one for the starter's task.

    Raises:
        InputError: the run is not finished, or its record lacks something.
        RuntimeError: the two networks do not agree.
    """
    from cnn_core.starters.exact_folding import round_to_float16
    from cnn_core.starters.half_weights import save_half
    from cnn_core.starters.lite_export import lite_file

    run = _read(folder)
    name, network = run["name"], run["network"]
    model = build_network(network["builder"], network["arguments"])
    model.load_weights(folder / "trained.weights.h5")
    round_to_float16(model)
    models.mkdir(parents=True, exist_ok=True)
    weights, lite = models / f"{name}.weights.h5", models / f"{name}.tflite"
    with tempfile.TemporaryDirectory() as scratch:
        model.save_weights(Path(scratch) / "full.weights.h5")
        save_half(Path(scratch) / "full.weights.h5", weights)
    outputs = tuple(network.get("outputs", OUTPUTS.get(network["builder"], ())))
    lite.write_bytes(lite_file(with_outputs(model, outputs), size=tuple(run["input"]["size"])))
    predict = LiteNetwork(lite.read_bytes())
    shown = CardInput(
        size=tuple(run["input"]["size"]),
        resize=run["input"]["resize"],
        any_size=predict.input_shape[0] is None,
        photo_size=tuple(run["input"].get("photos", run["input"]["size"])),
    )
    reread = build_network(network["builder"], network["arguments"])
    reread.load_weights(weights)
    agreement = difference(with_outputs(reread, outputs), predict, shown)
    if agreement > AGREEMENT:
        raise RuntimeError(f"The outputs of {weights.name} and {lite.name} differ by {agreement:.1e}")
    measure = measure or measuring(run["task"]).measure
    metrics = measure(name, predict, data)
    part = measure(name, predict, data, limit=SAMPLE[run["task"]])
    card = StarterCard(
        name=name,
        version=version,
        task=run["task"],
        classes=tuple(run["classes"]),
        input=shown,
        network=CardNetwork(network["builder"], network["arguments"], outputs, model.count_params()),
        data=tuple(CardData(**entry) for entry in run["data"]),
        split=run["split"],
        training=_training(run, folder, data),
        metrics=metrics,
        bars=BARS.get(name, {}),
        sample=CardSample(SAMPLE[run["task"]], _TOLERANCE, _values(part)),
        agreement=agreement,
        weights=_described(weights),
        lite=_described(lite),
    )
    (models / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
    return card


def _training(run: dict[str, Any], folder: Path, data: Path) -> CardTraining:
    """What the run says of itself; where its folder, its data and other files lay means nothing elsewhere."""
    command = run["command"]
    for place, name in ((folder, "RUN_FOLDER"), (data, "../shared/data")):
        for written in (str(place.resolve()), str(place)):
            command = command.replace(written, name)
    command = re.sub(r"(?<=[\s=])/(\S*/)?(?=[^/\s])", "", command)
    known = {key: run[key] for key in _TRAINING if key != "command"}
    return CardTraining(command=command, commit=run.get("commit", code_commit()), **known)


def difference(model: "keras.Model", predict: LiteNetwork, shown: CardInput) -> float:
    """The greatest difference between the outputs of the two networks on photos that every installation has."""
    batch = np.concatenate([resized(to_float(sample(name)), shown) for name in _PHOTOS])
    pairs = zip(as_tuple(model.predict_on_batch(batch)), as_tuple(predict(batch)), strict=True)
    return max(float(np.abs(keras_output - lite_output).max()) for keras_output, lite_output in pairs)


def as_tuple(outputs: Any) -> tuple[np.ndarray, ...]:
    """One output or several, as a tuple."""
    return tuple(outputs) if isinstance(outputs, list | tuple) else (outputs,)


def _read(folder: Path) -> dict[str, Any]:
    """What the run wrote down, with everything that a card needs."""
    for file in ("run.json", "trained.weights.h5"):
        if not (folder / file).is_file():
            raise InputError(f"The run has no {file}", "Wait until its training has ended", folder=str(folder))
    run: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    missing = [key for key in (*_RUN, *_TRAINING) if key not in run]
    if missing:
        raise InputError(
            f"The record of the run lacks {', '.join(missing)}", "Add them to its run.json", run=run.get("name")
        )
    return run


def _values(found: Measured) -> dict[str, float]:
    """Figures of a few pictures: one that is about a class they do not show is no number, and left out."""
    return {name: figure.value for name, figure in found.figures.items() if math.isfinite(figure.value)}


def _described(path: Path) -> CardFile:
    content = path.read_bytes()
    return CardFile(path.name, len(content), hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
