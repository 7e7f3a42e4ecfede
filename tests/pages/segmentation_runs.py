"""A data set with masks and a finished training on it, written by hand: no process, and nothing was learned."""

from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.child_process import write_json
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import DataStore
from cnn_core.masks import Masks, masks_of
from cnn_core.runs.folder import append_event, write_status
from cnn_core.runs.store import RunStore
from cnn_core.segmentation.evaluation import figures_of, judge
from cnn_core.segmentation.judged import FILE, save_judged, save_labels
from cnn_core.segmentation.masked_data_set import kept_masked_listing
from cnn_core.segmentation.masked_listing import MaskedListing, load_masked_listing
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.training.config import NEW, default_config
from cnn_core.segmentation.training.epoch_pictures import save_answers, save_photos
from cnn_core.segmentation.training.examples import read_masked
from cnn_core.segmentation.training.new_run import new_segmentation_training
from tests.pages.fine_tune_runs import OWNER
from tests.segmentation.masked_runs import NAMES, write_masked_photos

COUNT = 12


def make_masks(home: Path) -> str:
    """Twelve photos of a red and a blue block, a third of them held out; the data set's id."""
    store = DataStore(home / "masks")
    data_id = store.new(OWNER)
    write_masked_photos(store.root(data_id) / "blocks", COUNT)
    save_about(store.folder(data_id), About(title="Blocks", validation=1 / 3))
    return data_id


def listing_of(home: Path, data_id: str) -> tuple[Path, MaskedListing]:
    """As the page lists it."""
    store = DataStore(home / "masks")
    taken = store.taken(data_id)
    path = kept_masked_listing(store.folder(data_id), [taken.files, taken.bytes])
    return path, load_masked_listing(path)


def make_training(home: Path, data_id: str) -> Path:
    """A finished training of three epochs: red is found from the second on, blue is taken for background."""
    path, listing = listing_of(home, data_id)
    config = default_config("", start=NEW, name="Blocks one") | {"epochs": 3, "input_size": [32, 32]}
    run = new_segmentation_training(RunStore(home / "runs"), config, path, owner=OWNER, data={"name": "Blocks"})
    held_out = listing.of({"validation"})
    photos = [read_masked(listing, item, side=None) for item in held_out]
    save_photos(run, photos, NAMES)
    for epoch in range(4):
        save_answers(run, epoch, [_answer(one.labels, epoch > 1) for one in photos])
        if epoch:
            values: dict[str, Any] = {"loss": 3 / epoch, "val_loss": 4 / epoch, "val_mean_iou": 0.2 * epoch}
            values |= {"val_accuracy": 0.3 * epoch, "learning_rate": 1e-3}
            append_event(run, {"kind": "epoch", "phase": "segmentation", "epoch": epoch} | values)
    append_event(run, {"kind": "note", "text": "a_b.png cannot be read. It is left out."})

    def look(image: np.ndarray) -> Masks:
        # The photos are grey but for their blocks.
        red = image[..., 0] > image[..., 2] + 0.3
        probabilities = np.stack([~red, red, np.zeros_like(red)], axis=-1).astype(np.float32)
        return masks_of(probabilities, size=image.shape[:2], names=NAMES)

    segmenter = Segmenter("by hand", "By hand", NAMES, "", "", (32, 32), look)
    judged, _ = judge(
        listing,
        segmenter,
        items=held_out,
        keep=lambda place, labels, names: save_labels(run, place, labels, names=names),
    )
    save_judged(judged, run / FILE)
    _save_network(run)
    result = {
        "validation": figures_of(judged),
        "classes": list(NAMES),
        "input_size": [32, 32],
        "train": {"pictures": 8},
        "parameters": 4,
    }
    write_json(run / "result.json", result)
    (run / "labels.txt").write_text("".join(f"{name}\n" for name in NAMES))
    write_status(run, "done")
    return run


def _answer(truth: np.ndarray, red: bool) -> np.ndarray:
    return np.where((truth == 1) & red, 1, 0).astype(np.uint8)


def _save_network(run: Path) -> None:
    import keras

    inputs = keras.Input((32, 32, 3))
    keras.Model(inputs, keras.layers.Conv2D(3, 1, activation="softmax")(inputs)).save(run / "model.keras")
