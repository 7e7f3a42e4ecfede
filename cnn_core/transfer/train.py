"""A run from its config.json to its model.keras; `python -m cnn_core.transfer RUN_FOLDER` calls `train_run`.

Feature extraction: the frozen base is run once for each picture, and the head is trained on what it gave. Fine-tuning:
the whole network is trained, its last layers unfrozen. Either way what comes out takes raw pixels.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.augmentation import augmented, mixed_up
from cnn_core.backbones.catalog import BACKBONES
from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import write_status
from cnn_core.runtime import describe_machine, library_versions
from cnn_core.transfer.checkpoint import Checkpoint, load_checkpoint
from cnn_core.transfer.config import FEATURE_EXTRACTION, FINE_TUNING, TransferConfig, config_of
from cnn_core.transfer.dataset import Dataset, dataset_of, example_weights, one_hot
from cnn_core.transfer.device import precision_policy, prepare_device
from cnn_core.transfer.evaluation import figures_by_part, loss_and_accuracy, write_predictions
from cnn_core.transfer.extraction import LoadBackbone
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import Features, features_of
from cnn_core.transfer.fine_tuning import unfreeze
from cnn_core.transfer.head import head_on_features, whole_network
from cnn_core.transfer.loop import Examples, Outcome, Phase, train_phase
from cnn_core.transfer.pictures import PictureSource, epoch_random, in_background
from cnn_core.transfer.updates import Recipe
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint"
CACHE = ".features"
# Pictures on which the saved network is compared with what was trained, and how far probabilities may lie apart.
_COMPARED = 8
_AGREEMENT = 0.01


def train_run(run: Path, *, load: LoadBackbone = load_backbone) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there, features into the folder `.features` beside it.
        load: loads the backbone; another one in tests.

    Raises:
        InputError: an option out of its range, a picture that can no longer be read, weights that cannot be loaded.
    """
    write_status(run, "running")
    config = config_of(read_json(run / "config.json") or {})
    try:
        _Run(run, config, load).work()
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on behind its last whole epoch")
    else:
        write_status(run, "done")


class _Run:
    """The steps of a run, and what they share."""

    def __init__(self, run: Path, config: TransferConfig, load: LoadBackbone) -> None:
        from cnn_core.folders.listing import load_listing

        self.run, self.config, self.load = run, config, load
        self.watch = Watch(run)
        self.data: Dataset = dataset_of(load_listing(config.listing))
        self.cache = FeatureCache(run.parent / CACHE)
        self.outcomes: dict[str, Outcome] = {}
        self.loaded: dict[str, keras.Model] = {}
        self.started = time.time()

    def work(self) -> None:
        prepare_device()
        policy = precision_policy(self.config.precision)
        checkpoint = load_checkpoint(self.run / CHECKPOINT)
        if checkpoint is not None and checkpoint.phase not in self.config.phases:
            raise InputError("The run's checkpoint is of another method", "Start a new run", method=self.config.method)
        head = None
        if FEATURE_EXTRACTION in self.config.phases and (checkpoint is None or checkpoint.phase == FEATURE_EXTRACTION):
            features = self.features(views=self.views())
            head = self.train_head(features, checkpoint)
            checkpoint = None
        if FINE_TUNING in self.config.phases:
            with _dtype_policy(policy):
                model = self.tune(head, checkpoint)
            if policy != "float32":
                model = self.as_float32(model)
            probabilities = self.answers(model)
        else:
            assert head is not None
            model = whole_network(self.backbone(), len(self.data.classes), options=self.config.head, seed=0, head=head)
            judged = features.of(self.config.head.pooling)[len(self.data.train) :]
            probabilities = np.asarray(head.predict_on_batch(judged)) if len(judged) else self.no_answers()
        self.save(model, probabilities)

    def views(self) -> int:
        augmentation = self.config.augmentation
        return augmentation.views if augmentation.changes_pictures else 0

    def backbone(self) -> "keras.Model":
        """The backbone, built once for each dtype policy."""
        import keras

        policy = keras.config.dtype_policy().name
        if policy not in self.loaded:
            self.loaded[policy] = self.load(self.config.backbone, input_size=self.config.input_size)
        return self.loaded[policy]

    def features(self, *, views: int) -> Features:
        """Features of the pictures to train on with their views, then of those to judge by."""
        self.watch.start("features")
        config = self.config

        def progress(done: int, of: int) -> None:
            self.watch.batch(done, of, pictures=done)

        common: dict[str, Any] = {
            "backbone": config.backbone,
            "input_size": config.input_size,
            "cache": self.cache,
            "progress": progress,
            "load": lambda name, input_size: self.backbone(),  # noqa: ARG005
            "identity": "" if self.load is load_backbone else f"{self.load.__module__}.{self.load.__qualname__}",  # type: ignore[attr-defined]
        }
        varied: dict[str, Any] = {"augmentation": config.augmentation, "views": views, "seed": config.seed}
        train = features_of(self.data.listing, self.data.train, **varied, **common)
        if not self.data.judged:
            return train
        judged = features_of(self.data.listing, self.data.judged, **common).values
        # The judged ones have no views: their picture stands for each.
        return Features(np.concatenate([train.values, np.repeat(judged, 1 + views, axis=1)]))

    def train_head(self, features: Features, checkpoint: Checkpoint | None) -> "keras.Model":
        config, classes = self.config, len(self.data.classes)
        values = np.stack([features.of(config.head.pooling, view=view) for view in range(features.values.shape[1])], 1)
        count, targets = len(self.data.train), one_hot(self.data.train_truth, classes)
        head = head_on_features(values.shape[2], classes, options=config.head, seed=config.seed)
        judged = values[count : count + self.data.validation, 0]
        truth = self.data.judged_truth[: self.data.validation]

        def make(chosen: Any, epoch: int, batch: int) -> tuple[Any, Any]:
            random = epoch_random(seed=config.seed, phase=FEATURE_EXTRACTION, epoch=epoch, batch=batch)
            view = random.integers(values.shape[1], size=len(chosen))
            return mixed_up(values[chosen, view], targets[chosen], alpha=config.augmentation.mixup, random=random)

        def validate() -> tuple[float, float]:
            said = np.asarray(head.predict_on_batch(judged))
            return loss_and_accuracy(said, truth, label_smoothing=config.head.label_smoothing)

        examples = Examples(make, self.weights(), validate if len(judged) else None)
        self.phase(head, FEATURE_EXTRACTION, examples, checkpoint)
        return head

    def tune(self, head: "keras.Model | None", checkpoint: Checkpoint | None) -> "keras.Model":
        config, classes = self.config, len(self.data.classes)
        backbone = self.backbone()
        trained = unfreeze(backbone, config.backbone, options=config.fine_tuning)
        model = whole_network(backbone, classes, options=config.head, seed=config.seed, head=head)
        if checkpoint is None:
            self.watch.note(
                f"{len(trained)} layers of the base are trained, {trained[0]} to {trained[-1]}"
                + ("; batch norm stays as it is." if config.fine_tuning.batch_norm_inference else ".")
            )
        targets = one_hot(self.data.train_truth, classes)
        source = self.source(self.data.train)
        judged = self.source(self.data.judged[: self.data.validation])
        truth = self.data.judged_truth[: self.data.validation]

        def make(chosen: Any, epoch: int, batch: int) -> tuple[Any, Any]:
            random = epoch_random(seed=config.seed, phase=FINE_TUNING, epoch=epoch, batch=batch)
            views = [augmented(source[number], config.augmentation, random) for number in chosen]
            inputs = np.stack(views).astype(np.float32)
            return mixed_up(inputs, targets[chosen], alpha=config.augmentation.mixup, random=random)

        def validate() -> tuple[float, float]:
            said = self.said(model, judged)
            return loss_and_accuracy(said, truth, label_smoothing=config.head.label_smoothing)

        examples = Examples(make, self.weights(), validate if len(judged) else None)
        self.phase(model, FINE_TUNING, examples, checkpoint)
        return model

    def phase(self, model: "keras.Model", name: str, examples: Examples, checkpoint: Checkpoint | None) -> None:
        config, tunes = self.config, name == FINE_TUNING
        phase = Phase(
            name=name,
            epochs=config.fine_tuning.epochs if tunes else config.epochs,
            recipe=Recipe(config.optimizer, config.batch_size, config.head.label_smoothing),
            learning_rate=config.fine_tuning.learning_rate if tunes else config.learning_rate,
            schedule=config.schedule,
            early_stopping=config.early_stopping,
            seed=config.seed,
            from_best=tunes and config.method == "both",
        )
        self.watch.start(name, epochs=phase.epochs)
        folder = self.run / CHECKPOINT
        self.outcomes[name] = train_phase(model, phase, examples, watch=self.watch, folder=folder, resumed=checkpoint)

    def weights(self) -> Any:
        return example_weights(self.data.train_truth, len(self.data.classes), balanced=self.config.class_weights)

    def source(self, items: tuple[Any, ...]) -> PictureSource:
        return PictureSource(self.data.listing, [item.file for item in items], size=self.config.input_size)

    def said(self, model: "keras.Model", source: PictureSource, *, shown: bool = False) -> Any:
        """Probabilities (N, classes) of these pictures; all batches have one shape."""
        size = min(self.config.batch_size, max(1, len(source)))
        batches = [range(first, min(first + size, len(source))) for first in range(0, len(source), size)]

        def make(numbers: range) -> Any:
            pictures = np.stack([source[number] for number in numbers]).astype(np.float32)
            return np.concatenate([pictures, np.repeat(pictures[-1:], size - len(numbers), axis=0)])

        answers = []
        for number, (numbers, pictures) in enumerate(zip(batches, in_background(make, batches), strict=True), start=1):
            answers.append(np.asarray(model.predict_on_batch(pictures), np.float32)[: len(numbers)])
            if shown:
                self.watch.batch(number, len(batches), pictures=numbers[-1] + 1)
            else:
                self.watch.check()
        return np.concatenate(answers) if answers else self.no_answers()

    def no_answers(self) -> Any:
        return np.zeros((0, len(self.data.classes)), np.float32)

    def answers(self, model: "keras.Model") -> Any:
        self.watch.start("evaluating")
        return self.said(model, self.source(self.data.judged), shown=True)

    def as_float32(self, model: "keras.Model") -> "keras.Model":
        """The same weights in a network that computes in float32 wherever it is loaded."""
        plain = whole_network(self.backbone(), len(self.data.classes), options=self.config.head, seed=self.config.seed)
        plain.set_weights(model.get_weights())
        return plain

    def save(self, model: "keras.Model", probabilities: Any) -> None:
        """Write the network, its answers and the figures; result.json comes last."""
        import keras

        self.watch.start("saving")
        agreement = self.agreement(model, probabilities)
        if agreement > _AGREEMENT:
            # What is on screen is what the network that people take home says.
            self.watch.note(f"The saved network's answers differ by up to {agreement:.3g} from those in training.")
            probabilities = self.answers(model)
        # The optimizer and this project's own metric are not part of what people take home.
        part = self.run / "part.model.keras"
        keras.Model(model.input, model.output, name=model.name).save(part)
        os.replace(part, self.run / "model.keras")
        (self.run / "labels.txt").write_text("".join(f"{label}\n" for label in self.data.classes), encoding="utf-8")
        truth, judged = self.data.judged_truth, self.data.judged
        write_predictions(
            self.run / "predictions.npz", judged, truth=truth, probabilities=probabilities, classes=self.data.classes
        )
        machine = describe_machine()
        write_json(
            self.run / "result.json",
            {
                **figures_by_part(judged, truth, probabilities),
                "classes": list(self.data.classes),
                "train": {"pictures": len(self.data.train)},
                "backbone": self.config.backbone,
                "input_size": list(self.config.input_size),
                "method": self.config.method,
                "phases": {name: asdict(outcome) for name, outcome in self.outcomes.items()},
                "parameters": int(model.count_params()),
                "agreement": agreement,
                "finished": time.time(),
                "seconds": round(time.time() - self.started, 1),
                "device": machine.gpus[0].name if machine.gpus else f"{machine.cores} cores, {machine.processor}",
                "software": library_versions(),
                "weights_licence": BACKBONES[self.config.backbone].licence,
            },
        )

    def agreement(self, model: "keras.Model", probabilities: Any) -> float:
        """The largest difference between the saved network's answers and the recorded ones, on a few pictures."""
        items = self.data.judged[:_COMPARED]
        found = self.said(model, self.source(items))
        return float(np.abs(found - probabilities[: len(items)]).max(initial=0.0))


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    """Build layers with this policy, and none after."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
