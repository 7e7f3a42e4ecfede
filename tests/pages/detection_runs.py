"""A data set with boxes and finished runs on it, written by hand: no Keras, no process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.boxes import Boxes
from cnn_core.child_process import write_json
from cnn_core.detection.boxed_data_set import kept_boxed_listing
from cnn_core.detection.boxed_listing import BoxedItem, BoxedListing, load_boxed_listing
from cnn_core.detection.evaluation_job import new_evaluation
from cnn_core.detection.figures import figures_of
from cnn_core.detection.judged import FILE, Judged, JudgedPicture, save_judged
from cnn_core.detection.training.config import NEW, default_config
from cnn_core.detection.training.new_run import new_detection_training
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from tests.detection.boxed_pictures import write_yolo_folder
from tests.pages.fine_tune_runs import OWNER

COUNT = 12


def make_boxes(home: Path) -> str:
    """Twelve pictures of a red and a blue block, a third of them held out; the data set's id."""
    store = DataStore(home / "boxes")
    data_id = store.new(OWNER)
    write_yolo_folder(store.root(data_id), COUNT)
    save_about(store.folder(data_id), About(title="Blocks", validation=1 / 3))
    return data_id


def listing_of(home: Path, data_id: str) -> tuple[Path, BoxedListing]:
    """As the page lists it."""
    store = DataStore(home / "boxes")
    taken = store.taken(data_id)
    path = kept_boxed_listing(store.folder(data_id), [taken.files, taken.bytes])
    return path, load_boxed_listing(path)


def answers(item: BoxedItem) -> Boxes:
    """Red is found; blue is taken for red."""
    boxes = item.truth.boxes
    return Boxes(boxes.corners, np.zeros(len(boxes), int), [0.9, 0.6], boxes.names)


def make_training(home: Path, data_id: str, *, found: Callable[[BoxedItem], Boxes] = answers) -> Path:
    """A finished training of three epochs."""
    path, listing = listing_of(home, data_id)
    config = default_config("", start=NEW, name="Blocks one") | {"epochs": 3}
    run = new_detection_training(RunStore(home / "runs"), config, path, owner=OWNER, data={"name": "Blocks"})
    for epoch in range(1, 4):
        values: dict[str, Any] = {"loss": 3 / epoch, "val_loss": 4 / epoch, "val_map50": 0.2 * epoch, "val_map": 0.1}
        append_event(run, {"kind": "epoch", "phase": "detection", "epoch": epoch, "learning_rate": 1e-3} | values)
    append_event(run, {"kind": "note", "text": "a_b.png cannot be read. It is left out."})
    _finish(run, listing, listing.of({"validation"}), found, "validation")
    return run


def make_evaluation(home: Path, data_id: str, *, found: Callable[[BoxedItem], Boxes] = answers) -> Path:
    """A finished evaluation of all pictures."""
    path, listing = listing_of(home, data_id)
    config = {"name": "Shapes on Blocks", "detector": "starter_detector_shapes", "parts": None}
    run = new_evaluation(RunStore(home / "runs"), config, path, owner=OWNER, data={"name": "Blocks"})
    _finish(run, listing, listing.items, found, "all")
    return run


def _finish(
    run: Path,
    listing: BoxedListing,
    items: tuple[BoxedItem, ...],
    found: Callable[[BoxedItem], Boxes],
    part: str,
) -> None:
    pictures = tuple(JudgedPicture(item.file, item.part, item.size, item.truth, found(item)) for item in items)
    judged = Judged(listing.names, pictures)
    save_judged(judged, run / FILE)
    write_json(run / "result.json", {part: figures_of(judged), "classes": list(listing.names)})
    write_status(run, "done")
