"""A detector's training from its config.json to its model.keras; `python -m cnn_core.detection.training RUN_FOLDER`.

The run folder is that of every run (`cnn_core.runs.folder`). What comes out takes pictures that are letterboxed into
its input size, RGB in [0, 1], and gives the raw grid of `cnn_core.grid_decoding`.
"""

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.child_process import read_json, write_json
from cnn_core.detection.boxed_listing import BoxedListing, load_boxed_listing
from cnn_core.detection.figures import figures_of
from cnn_core.detection.judged import FILE, Judged, JudgedPicture, save_judged
from cnn_core.detection.training.config import DetectionConfig, config_of
from cnn_core.detection.training.examples import PHASE, Batches, BoxedSource, boxed_source
from cnn_core.detection.training.judging import Judge
from cnn_core.detection.training.loop import Trainer
from cnn_core.detection.training.network import first_network
from cnn_core.errors import InputError
from cnn_core.exports.formats import FORMATS
from cnn_core.lite_network import LiteNetwork
from cnn_core.runs.folder import write_status
from cnn_core.runtime import describe_machine, library_versions
from cnn_core.transfer.averaged_loop import Outcome
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.device import on_gpu, prepare_device
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint"
MEASURES = ("loss", "map50", "map")
# Pictures are kept somewhat larger than the input, for views that look closer.
_KEPT_SIDE = 1.4
_COMPARED = 4
_JUDGED_BATCH = 16


def train_run(run: Path) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there.

    Raises:
        InputError: an option out of its range, no picture to train on, the memory does not suffice.
    """
    write_status(run, "running")
    config = config_of(read_json(run / "config.json") or {})
    watch = Watch(run, measures=MEASURES)
    try:
        prepare_device()
        watch.start("reading")
        training = _Training(run, config, watch)
        outcome = training.train()
        training.save(outcome)
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on after its last whole epoch.")
    else:
        write_status(run, "done")


class _Training:
    """What a run works with."""

    def __init__(self, run: Path, config: DetectionConfig, watch: Watch) -> None:
        self.run, self.config, self.watch = run, config, watch
        self.listing = load_boxed_listing(config.listing)
        check_trainable(self.listing)
        resumed = load_checkpoint(run / CHECKPOINT)
        self.resumed = resumed if resumed is not None and resumed.phase == PHASE else None
        names = self.listing.names
        self.model, shared = first_network(config, names)
        self.stride = config.input_size[0] // self.model.output_shape[1]
        self.batches = Batches(self._source("train"), config, num_classes=len(names), stride=self.stride)
        self.validation, self.test = self._judge("validation"), self._judge("test")
        if self.resumed is None and shared:
            self.watch.note(f"The starter knows {', '.join(shared)} already.")

    def train(self) -> Outcome:
        trainer = Trainer(
            self.model,
            self.config,
            self.batches,
            self.validation,
            watch=self.watch,
            folder=self.run / CHECKPOINT,
        )
        trainer.begin(self.resumed)
        return trainer.run()

    def save(self, outcome: Outcome) -> None:
        """Write the network, its answers and the figures; result.json comes last."""
        import keras

        judges = {"validation": self.validation, "test": self.test}
        self.watch.start("evaluating")
        pictures: list[JudgedPicture] = []
        for judge in judges.values():
            if judge:
                pictures += judge.judged(self.model, lambda done, of: self.watch.batch(done, of, pictures=0)).pictures
        judged = Judged(self.listing.names, tuple(pictures))
        save_judged(judged, self.run / FILE)
        self.watch.start("saving")
        plain = keras.Model(self.model.input, self.model.output, name=self.model.name)
        part = self.run / "part.model.keras"
        plain.save(part)
        os.replace(part, self.run / "model.keras")
        (self.run / "labels.txt").write_text("".join(f"{name}\n" for name in self.listing.names), encoding="utf-8")
        agreement = self._save_lite(plain)
        machine = describe_machine()
        write_json(
            self.run / "result.json",
            {
                **{part: figures_of(judged.of({part})) for part, judge in judges.items() if judge},
                "train": {"pictures": len(self.listing.of({"train"}))},
                "classes": list(self.listing.names),
                "start": self.config.start,
                "input_size": list(self.config.input_size),
                "grid_stride": self.stride,
                "training": asdict(outcome),
                "parameters": int(self.model.count_params()),
                "agreement": agreement,
                "finished": time.time(),
                "seconds": round(self.watch.seconds, 1),
                "device": machine.gpus[0].name if on_gpu() else f"{machine.cores} cores, {machine.processor}",
                "software": library_versions(),
            },
        )

    def _save_lite(self, model: "keras.Model") -> float | None:
        """Write model.tflite, with which pages look at photos, where Keras can; how far its answers are off."""
        import keras

        if keras.backend.backend() != "tensorflow":
            return None
        part = self.run / "part.tflite"
        FORMATS["litert"].write(model, part)
        os.replace(part, self.run / "model.tflite")
        judge = self.validation or self.test
        if judge is None:
            return None
        inputs = judge.inputs(min(_COMPARED, len(judge.items)))
        lite = LiteNetwork((self.run / "model.tflite").read_bytes())(inputs)
        return float(np.abs(lite - np.asarray(model.predict_on_batch(inputs), np.float32)).max())

    def _source(self, part: str) -> BoxedSource:
        """The pictures of a part that can be read."""
        items = self.listing.of({part})
        side = round(_KEPT_SIDE * max(self.config.input_size))
        source, bad = boxed_source(self.listing, items, side=side).readable(
            lambda done, of: self.watch.batch(done, of, pictures=done)
        )
        for said in bad if self.resumed is None else ():
            self.watch.note(said)
        if part == "train" and not len(source):
            raise InputError("No picture to train on can be read", "Look at the files, or choose others")
        return source

    def _judge(self, part: str) -> Judge | None:
        source = self._source(part)
        if not len(source):
            return None
        return Judge(
            self.listing,
            source.items,
            source,
            size=self.config.input_size,
            stride=self.stride,
            batch_size=min(_JUDGED_BATCH, self.config.batch_size),
            target=self.batches.target,
        )


def check_trainable(listing: BoxedListing) -> None:
    """Refuse a listing that nothing can be learned from.

    Raises:
        InputError: no pictures to train on, or no boxes in them.
    """
    train = listing.of({"train"})
    if not train:
        raise InputError("There are no pictures to train on", "Add some, or keep back fewer for validation")
    if not any(len(item.truth) for item in train):
        raise InputError("The pictures to train on hold no boxes", "Draw boxes around what is to be found")
