"""A segmenter's training, from config.json to model.keras: `python -m cnn_core.segmentation.training RUN_FOLDER`.

The run folder is that of every run (`cnn_core.runs.folder`), with `epochs/` beside (`epoch_pictures`). What comes out
takes photos that are stretched to its input size, RGB in [0, 1], and gives the probabilities of each pixel's classes.
"""

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.exports.formats import FORMATS
from cnn_core.letterbox import stretched
from cnn_core.lite_network import LiteNetwork
from cnn_core.losses.segmentation import segmentation_loss
from cnn_core.masks import Masks, masks_of
from cnn_core.runs.folder import write_status
from cnn_core.runtime import describe_machine, library_versions
from cnn_core.segmentation.evaluation import figures_of, judge
from cnn_core.segmentation.judged import FILE, JudgedMasks, no_masks, save_judged, save_labels
from cnn_core.segmentation.masked_listing import load_masked_listing
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.training.config import SegmentationConfig, config_of
from cnn_core.segmentation.training.epoch_pictures import SHOWN, save_answers, save_photos
from cnn_core.segmentation.training.examples import PHASE, Batches, MaskedSource, masked_source
from cnn_core.segmentation.training.judging import Judge
from cnn_core.segmentation.training.network import answering, first_network
from cnn_core.segmentation.training.new_run import check_trainable
from cnn_core.transfer.averaged_loop import Outcome, Task, Trainer
from cnn_core.transfer.averaged_updates import compile_with, update
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.device import on_gpu, prepare_device
from cnn_core.transfer.updates import Recipe
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint"
HELD_OUT = ("validation", "test")
MEASURES = ("loss", "mean_iou", "accuracy")
# Photos are kept somewhat larger than the input, for views that look closer.
_KEPT_SIDE = 1.25
_COMPARED = 2
_JUDGED_BATCH = 8
# Pixels that go through the network at once while it is judged: some hundred megabytes of maps.
_JUDGED_PIXELS = 2**19


def train_run(run: Path) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there.

    Raises:
        InputError: an option out of its range, no photo to train on, the memory does not suffice.
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

    def __init__(self, run: Path, config: SegmentationConfig, watch: Watch) -> None:
        self.run, self.config, self.watch = run, config, watch
        self.listing = load_masked_listing(config.listing)
        check_trainable(self.listing)
        resumed = load_checkpoint(run / CHECKPOINT)
        self.resumed = resumed if resumed is not None and resumed.phase == PHASE else None
        names = self.listing.names
        self.model, shared = first_network(config, names)
        self.whole = answering(self.model, config)
        self.loss = segmentation_loss(config.loss, **config.loss_options)
        self.batches = Batches(self._source("train"), config)
        validation = self._source("validation")
        self.judge = self._judge(validation) if len(validation) else None
        if self.resumed is None:
            if shared:
                self.watch.note(f"The starter knows {', '.join(shared)} already.")
            save_photos(run, [validation[number] for number in range(min(SHOWN, len(validation)))], names)

    def train(self) -> Outcome:
        task = Task(PHASE, self._compile, update, best="validation mean IoU was largest", judged=self._judged)
        trainer = Trainer(
            self.model,
            task,
            self.config,
            self.batches,
            self.judge,
            watch=self.watch,
            folder=self.run / CHECKPOINT,
        )
        trainer.begin(self.resumed)
        return trainer.run()

    def save(self, outcome: Outcome) -> None:
        """Write the network, its figures and result.json, which comes last."""
        self.watch.start("evaluating")
        whole = self._answering(self.model)
        judged = self._judged_photos(whole)
        save_judged(judged, self.run / FILE)
        self.watch.start("saving")
        part = self.run / "part.model.keras"
        whole.save(part)
        os.replace(part, self.run / "model.keras")
        (self.run / "labels.txt").write_text("".join(f"{name}\n" for name in self.listing.names), encoding="utf-8")
        agreement = self._save_lite(whole)
        machine = describe_machine()
        write_json(
            self.run / "result.json",
            {
                **{part: figures_of(judged.of({part})) for part in HELD_OUT if part in judged.parts},
                "train": {"pictures": len(self.listing.of({"train"}))},
                "classes": list(self.listing.names),
                "start": self.config.start,
                "network": asdict(self.config.network) if self.config.start == "new" else None,
                "loss": self.config.loss,
                "input_size": list(self.config.input_size),
                "training": asdict(outcome),
                "parameters": int(whole.count_params()),
                "agreement": agreement,
                "finished": time.time(),
                "seconds": round(self.watch.seconds, 1),
                "device": machine.gpus[0].name if on_gpu() else f"{machine.cores} cores, {machine.processor}",
                "software": library_versions(),
            },
        )

    def _compile(self, model: "keras.Model", recipe: Recipe, *, total: int) -> None:
        compile_with(model, recipe, loss=self.loss, total=total)

    def _judged(self, epoch: int) -> None:
        if self.judge:
            save_answers(self.run, epoch, self.judge.answers)

    def _answering(self, model: "keras.Model") -> "keras.Model":
        self.whole.set_weights(model.get_weights())
        return self.whole

    def _judged_photos(self, whole: "keras.Model") -> JudgedMasks:
        """What the network says of the held-out photos, as of anybody's: at their own size."""
        names = self.listing.names
        items = self.listing.of(HELD_OUT)
        if not items:
            return no_masks(names)

        def look(image: npt.NDArray) -> Masks:
            frame = stretched(as_rgb(image), self.config.input_size)
            answer = np.asarray(whole.predict_on_batch(frame.image[None]), np.float32)[0]
            return masks_of(answer, size=frame.size, names=names)

        segmenter = Segmenter("trained", "Trained", names, "", "", self.config.input_size, look)
        judged, notes = judge(
            self.listing,
            segmenter,
            items=items,
            progress=lambda done, of: self.watch.batch(done, of, pictures=done),
            keep=lambda place, labels, classes: save_labels(self.run, place, labels, names=classes),
        )
        for note in notes:
            self.watch.note(note)
        return judged

    def _save_lite(self, model: "keras.Model") -> float | None:
        """Write model.tflite, with which pages look at photos, where Keras can; how far its answers are off."""
        import keras

        if keras.backend.backend() != "tensorflow":
            return None
        part = self.run / "part.tflite"
        FORMATS["litert"].write(model, part)
        os.replace(part, self.run / "model.tflite")
        if self.judge is None:
            return None
        inputs = self.judge.inputs(min(_COMPARED, len(self.judge.source)))
        lite = LiteNetwork((self.run / "model.tflite").read_bytes())
        answers = np.concatenate([lite(one[None]) for one in inputs])
        kept = np.concatenate([np.asarray(model.predict_on_batch(one[None]), np.float32) for one in inputs])
        return float(np.abs(answers - kept).max())

    def _source(self, part: str) -> MaskedSource:
        """The photos of a part that can be read."""
        # A view that shows a part of the photo has the scale of the whole input.
        side = round(_KEPT_SIDE * max(self.config.input_size))
        source, bad = masked_source(self.listing, self.listing.of({part}), side=side).readable(
            lambda done, of: self.watch.batch(done, of, pictures=done)
        )
        for said in bad if self.resumed is None else ():
            self.watch.note(said)
        if part == "train" and not len(source):
            raise InputError("No photo to train on can be read", "Look at the files, or choose others")
        return source

    def _judge(self, source: MaskedSource) -> Judge:
        rows, columns = self.config.input_size
        at_once = max(1, min(_JUDGED_BATCH, self.config.batch_size, _JUDGED_PIXELS // (rows * columns)))
        return Judge(
            source,
            answering=self._answering,
            classes=len(self.listing.names),
            size=self.config.input_size,
            batch_size=at_once,
            loss=self.loss,
            shown=SHOWN,
        )
