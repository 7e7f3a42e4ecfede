"""Trainings from scratch as they leave their folders, written by hand: no Keras, milliseconds."""

from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.child_process import write_json
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from cnn_core.training.config import new_training
from cnn_core.training.data import Judged
from cnn_core.training.evidence import FIGURES
from cnn_core.training.inside import Epoch, Samples, histogram_of, save_epoch, save_samples
from cnn_core.training.pair import FIGURES as FILE
from cnn_core.training.pair import RIGHT
from cnn_core.training.pair_config import new_pair
from cnn_core.training.verdict import Verdict, as_json, verdict_of
from cnn_core.transfer.evaluation import figures_by_part, write_predictions
from tests.pages.fine_tune_runs import OWNER

CLASSES = ("circle", "square", "star")
WEIGHTS = ("conv/kernel", "conv/bias", "predictions/kernel")
EPOCHS = 3


def make_run(home: Path, **changes: Any) -> Path:
    """A finished run of three epochs, with two notes; a tenth of the test pictures is mistaken."""
    values = {"data": "shapes", "pictures": 100, "epochs": EPOCHS, "name": "Shapes", **changes}
    run = new_training(RunStore(home / "runs"), values, owner=OWNER)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (12, 32, 32, 3), np.uint8)
    save_samples(run, Samples(pixels, np.arange(12) % 3, CLASSES))
    for number in range(EPOCHS + 1):
        weights = {name: histogram_of(random.normal(0, 1 + number, 50)) for name in WEIGHTS}
        norms = {name: 10.0 ** (place - number) for place, name in enumerate(WEIGHTS)}
        said = np.full((12, 3), 0.1, np.float32)
        # More of the samples are right with each epoch.
        said[np.arange(12), (np.arange(12) + (np.arange(12) >= 3 * (number + 1))) % 3] = 0.8
        save_epoch(run, Epoch(number, weights, weights, norms, {"conv": 0.25 * number}, said))
        if number:
            measured = {"loss": 1 / number, "accuracy": 0.3 * number, "val_loss": 1.1 / number, "val_accuracy": 0.2}
            inside = {"gradient_norm": 2.0 / number, "dead_relu": 0.25 * number, "learning_rate": 1e-3, "seconds": 1.5}
            append_event(run, {"kind": "epoch", "phase": "scratch", "epoch": number, **measured, **inside})
    append_event(run, {"kind": "note", "text": "Dead ReLUs in conv (epoch 3): 95 % of its outputs were 0."})
    truth = np.arange(40) % 3
    # Scenes of these numbers exist; what is drawn in them does not matter here.
    parts = ["validation" if number < 20 else "test" for number in range(40)]
    items = [Judged(f"{part}/{CLASSES[number % 3]}/{number:05d}", part) for number, part in enumerate(parts)]
    answers = np.full((40, 3), 0.05, np.float32)
    answers[np.arange(40), (truth + (np.arange(40) % 10 == 0)) % 3] = 0.9
    write_predictions(run / "predictions.npz", items, truth=truth, probabilities=answers, classes=CLASSES)
    (run / "labels.txt").write_text("".join(f"{label}\n" for label in CLASSES))
    (run / "model.keras").write_bytes(b"network")
    phases = {"scratch": {"epochs": 3, "kept_epoch": 2, "seconds": 4.5}}
    result = {"classes": list(CLASSES), "seconds": 75, "parameters": 1234, "device": "2 cores", "phases": phases}
    write_json(run / "result.json", figures_by_part(items, truth, answers) | result)
    write_status(run, "done")
    return run


def make_pair(home: Path, values: dict[str, Any], *, seeds: tuple[int, ...], epochs: int = 3) -> Path:
    """A pair's run with curves; its legs have no answers yet."""
    run = new_pair(RunStore(home / "runs"), {"name": "Tried", **values}, owner=OWNER)
    for seed in seeds:
        for epoch in range(1, epochs + 1):
            for side, gain in (("first", 0.0), ("second", 0.1)):
                figures = {
                    "loss": 2 / epoch,
                    "val_loss": 2.1 / epoch,
                    "accuracy": 0.3 + gain,
                    "val_accuracy": 0.3 + gain,
                }
                append_event(
                    run,
                    {"kind": "epoch", "phase": f"{side}-{seed}", "side": side, "seed": seed, "epoch": epoch} | figures,
                )
    return run


def write_leg(run: Path, side: str, seed: int, right: np.ndarray, **figures: Any) -> dict[str, Any]:
    """What a side leaves when it has ended: its figures, and which test pictures it got right."""
    folder = run / "legs" / f"{side}-{seed}"
    folder.mkdir(parents=True)
    values = dict.fromkeys(FIGURES, 0.5) | {"smallest_class": 90, "largest_class": 110, "most_said_class": "star"}
    values |= {"really": float(right.mean()), "parameters": 89_574, "astray": ""} | figures
    write_json(folder / FILE, values)
    np.savez(folder / RIGHT, right=right)
    return values


def finish_pair(run: Path, seeds: tuple[int, ...]) -> Verdict:
    """The end of a pair with so many seeds: 300 test pictures, half and seven tenths right."""
    random = np.random.default_rng(0)
    rights = {"first": random.random((len(seeds), 300)) < 0.5, "second": random.random((len(seeds), 300)) < 0.7}
    legs = {side: [write_leg(run, side, s, right[k]) for k, s in enumerate(seeds)] for side, right in rights.items()}
    verdict = verdict_of(rights["first"], rights["second"])
    write_json(run / "result.json", {"seeds": list(seeds), "verdict": as_json(verdict), "seconds": 40.0, **legs})
    write_status(run, "done")
    return verdict
