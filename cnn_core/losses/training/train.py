"""A comparison of two losses from its config.json to its result.json; `python -m cnn_core.losses.training RUN_FOLDER`.

Both networks begin with the same weights and see the same pictures in the same order: what differs is the loss. They
are trained epoch by epoch in turn, so that their curves can be watched side by side.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.losses.segmentation import segmentation_loss
from cnn_core.losses.training.config import ComparisonConfig, config_of
from cnn_core.losses.training.pictures import FILE, HELD_OUT, SHOWN, Answers, Pixels, drawn, save_answers
from cnn_core.runs.folder import write_status
from cnn_core.runtime import library_versions
from cnn_core.segmentation_metrics import Matrix, class_iou, confusion_matrix
from cnn_core.transfer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from cnn_core.transfer.device import is_out_of_memory, prepare_device
from cnn_core.transfer.pictures import epoch_order
from cnn_core.transfer.updates import assign, values_of
from cnn_core.transfer.watch import StoppedError, Watch

if TYPE_CHECKING:
    import keras

PHASE = "losses"
SIDES = ("first", "second")
MEASURES = tuple(f"{side}_{what}" for side in SIDES for what in ("loss", "iou"))
_CHECKPOINT = "checkpoint"
_DEPTH = 2
# Runs are short: at 0.99 the statistics of batch norm would lag behind the weights.
_MOMENTUM = 0.8


def train_run(run: Path) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there.

    Raises:
        InputError: an option out of its range, a loss that is no number any more, the memory does not suffice.
    """
    write_status(run, "running")
    config = config_of(read_json(run / "config.json") or {})
    watch = Watch(run, measures=MEASURES)
    try:
        prepare_device()
        watch.start("reading")
        _Comparison(run, config, watch).train()
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on after its last whole epoch.")
    else:
        write_status(run, "done")


class _Comparison:
    """Two networks, and the pictures that they learn from and are measured on."""

    def __init__(self, run: Path, config: ComparisonConfig, watch: Watch) -> None:
        self.run, self.config, self.watch = run, config, watch
        self.pixels, self.labels = drawn(config, held_out=False)
        self.held_out, self.truth = drawn(config, held_out=True)
        self.models = {side: network(config, getattr(config, side)) for side in SIDES}
        assign(self.models["second"].variables, values_of(self.models["first"].variables))
        self.epoch = 0
        resumed = load_checkpoint(run / _CHECKPOINT)
        if resumed is not None:
            assign(self._variables(), resumed.weights)
            assign(self._states(), resumed.optimizer)
            self.epoch = resumed.epoch

    def train(self) -> None:
        """All epochs that are left; result.json comes last."""
        try:
            while self.epoch < self.config.epochs:
                self._next_epoch()
        # Each backend has its own error for memory, so every error is looked at.
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise InputError(
                "The memory does not suffice", "Choose a smaller batch or fewer filters", batch=self.config.batch_size
            ) from error
        matrices = {side: self._answer(side)[1] for side in SIDES}
        write_json(
            self.run / "result.json",
            {
                **{side: figures(matrix) for side, matrix in matrices.items()},
                "classes": list(self.config.classes),
                "held_out": HELD_OUT,
                "foreground": float((self.truth > 0).mean()),
                "parameters": int(self.models["first"].count_params()),
                "finished": time.time(),
                "seconds": round(self.watch.seconds, 1),
                "software": library_versions(),
            },
        )

    def _next_epoch(self) -> None:
        number, started = self.epoch + 1, time.perf_counter()
        self.watch.start(PHASE, epoch=number, epochs=self.config.epochs)
        event: dict[str, Any] = {"phase": PHASE, "epoch": number, **self._one_pass(number)}
        shown = {}
        for side in SIDES:
            labels, matrix = self._answer(side)
            shown[side] = labels[:SHOWN]
            event |= {f"val_{side}_{name}": value for name, value in figures(matrix).items() if value is not None}
        self.epoch = number
        # The event comes first: an epoch that is trained again after a kill in between is written again.
        self.watch.epoch(event | {"seconds": round(time.perf_counter() - started, 3)})
        save_answers(self.run / FILE, Answers(number, self.held_out[:SHOWN], self.truth[:SHOWN], **shown))
        weights, states = values_of(self._variables()), values_of(self._states())
        save_checkpoint(self.run / _CHECKPOINT, Checkpoint(PHASE, number, weights, [], states, {}))

    def _one_pass(self, number: int) -> dict[str, float]:
        """Each network sees all pictures once, in the same order: their mean losses."""
        config = self.config
        order = epoch_order(len(self.pixels), seed=config.seed, phase=PHASE, epoch=number)
        size = min(config.batch_size, len(order))
        batches = order[: len(order) // size * size].reshape(-1, size)
        totals = dict.fromkeys(SIDES, 0.0)
        for done, chosen in enumerate(batches, 1):
            for side, model in self.models.items():
                loss = float(model.train_on_batch(_scaled(self.pixels[chosen]), self.labels[chosen]))
                model.reset_metrics()
                if not np.isfinite(loss):
                    raise InputError(
                        f"Training went astray in epoch {number}: the loss is no number any more",
                        "Choose a smaller learning rate and train again",
                        loss=getattr(config, side),
                    )
                totals[side] += loss
            self.watch.batch(done, len(batches), pictures=done * size)
        return {f"{side}_loss": total / len(batches) for side, total in totals.items()}

    def _answer(self, side: str) -> tuple[Pixels, Matrix]:
        """Label maps of the held-out pictures, and how they agree with the truth."""
        labels = predicted(self.models[side], self.held_out)
        return labels, confusion_matrix(self.truth, labels, num_classes=len(self.config.classes))

    def _variables(self) -> list[Any]:
        return [variable for side in SIDES for variable in self.models[side].variables]

    def _states(self) -> list[Any]:
        return [variable for side in SIDES for variable in self.models[side].optimizer.variables]


def network(config: ComparisonConfig, loss: str) -> "keras.Model":
    """A small U-Net that ends in logits, compiled with a loss; its first weights follow from the seed.

    Args:
        config: of the comparison.
        loss: name of the loss.
    """
    import keras

    from cnn_core.architectures.unet import unet

    keras.utils.set_random_seed(config.seed)
    model = unet(
        input_shape=(64, 64, 3),
        num_classes=len(config.classes),
        depth=_DEPTH,
        base_filters=config.base_filters,
        batch_norm=True,
    )
    model.get_layer("predictions").activation = keras.activations.linear
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    model.compile(
        keras.optimizers.Adam(config.learning_rate),
        segmentation_loss(
            loss,
            focal_gamma=config.focal_gamma,
            tversky_alpha=config.tversky_alpha,
            tversky_beta=config.tversky_beta,
        ),
        # XLA takes longer to compile than it saves here.
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def predicted(model: "keras.Model", pixels: Pixels) -> Pixels:
    """The most probable class of each pixel: (N, H, W, 3) to (N, H, W)."""
    scores = np.asarray(model.predict_on_batch(_scaled(pixels)))
    return scores.argmax(axis=-1).astype(np.uint8)


def figures(matrix: Matrix) -> dict[str, float | None]:
    """Mean IoU of the classes but the background, and of the foreground as a whole the parts found and right.

    Example:
        >>> figures(np.array([[6, 1], [1, 2]]))
        {'iou': 0.5, 'found': 0.6666666666666666, 'right': 0.6666666666666666}
    """
    ious = class_iou(matrix)[1:]
    hits = float(matrix[1:, 1:].sum())
    parts = {"found": float(matrix[1:].sum()), "right": float(matrix[:, 1:].sum())}
    known = ious[~np.isnan(ious)]
    shares = {name: hits / count if count else None for name, count in parts.items()}
    return {"iou": float(known.mean()) if known.size else None, **shares}


def _scaled(pixels: Pixels) -> npt.NDArray[np.float32]:
    return pixels.astype(np.float32) / 255.0
