"""A data set and finished runs as training leaves them, written by hand: no Keras, no process, milliseconds."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.child_process import write_json
from cnn_core.drawing import png
from cnn_core.folders.changes import read_changes
from cnn_core.folders.data_set import About, keep_listing, list_data_set, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.folders.listing import Item
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from cnn_core.transfer.config import default_config
from cnn_core.transfer.evaluation import figures_by_part, write_predictions
from cnn_core.transfer.new_run import new_training

BROWSER = "b" * 43
OWNER = hashlib.sha256(BROWSER.encode()).hexdigest()
CLASSES = ("cat", "dog", "owl")
PER_CLASS = 10
SIDE = 24


def make_data(home: Path, *, owner: str = OWNER) -> str:
    """Ten pictures of each of three classes, a third of them held out; the data set's id."""
    store = DataStore(home / "data")
    data_id = store.new(owner)
    random = np.random.default_rng(3)
    for number, label in enumerate(CLASSES):
        for index in range(PER_CLASS):
            pixels = random.integers(0, 60, (SIDE, SIDE, 3), np.uint8)
            pixels[..., number] += 180
            store.add_file(data_id, f"{label}/{index}.png", png(pixels))
    save_about(store.folder(data_id), About(title="Pets", validation=0.3))
    return data_id


def make_run(
    home: Path, data_id: str, *, name: str = "Pets", wrong: Sequence[str] = (), owner: str = OWNER, follows: str = ""
) -> Path:
    """A finished run whose network mistook the pictures in `wrong` for the next class, each with 90 %."""
    folder = DataStore(home / "data").folder(data_id)
    listing = list_data_set(folder, changes=read_changes(folder / "changes.json"))
    config = {**default_config("", backbone="mobilenet_v2", name=name), "epochs": 3}
    data: dict[str, Any] = {"name": "Pets"} | ({"follows": follows} if follows else {})
    run = new_training(RunStore(home / "runs"), config, keep_listing(folder, listing), owner=owner, data=data)
    items = held_out(home, data_id)
    truth = np.array([CLASSES.index(item.label) for item in items])
    said = np.array([(number + (item.file in wrong)) % 3 for number, item in zip(truth, items, strict=True)])
    probabilities = np.full((len(items), 3), 0.05, np.float32)
    probabilities[np.arange(len(items)), said] = 0.9
    for epoch in range(1, 4):
        values = {"loss": 1 / epoch, "accuracy": 0.3 * epoch, "val_loss": 1.1 / epoch, "val_accuracy": 0.25 * epoch}
        append_event(
            run,
            {"kind": "epoch", "phase": "feature_extraction", "epoch": epoch, "seconds": 1.5, "learning_rate": 1e-3}
            | values,
        )
    append_event(run, {"kind": "note", "text": "The batch was halved."})
    write_predictions(run / "predictions.npz", items, truth=truth, probabilities=probabilities, classes=CLASSES)
    (run / "labels.txt").write_text("".join(f"{label}\n" for label in CLASSES))
    (run / "logs").mkdir()
    figures = figures_by_part(items, truth, probabilities)
    write_json(
        run / "result.json",
        {**figures, "classes": list(CLASSES), "seconds": 7.5, "parameters": 1234}
        | {"phases": {"feature_extraction": {"epochs": 3, "kept_epoch": 3, "seconds": 4.5}}},
    )
    write_status(run, "done")
    return run


def held_out(home: Path, data_id: str) -> tuple[Item, ...]:
    """The validation pictures of the data set."""
    folder = DataStore(home / "data").folder(data_id)
    return list_data_set(folder, changes=read_changes(folder / "changes.json")).of(part="validation")
