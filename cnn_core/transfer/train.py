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
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.catalog import BACKBONES
from cnn_core.backbones.loading import load_backbone
from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.runs.folder import write_status
from cnn_core.runtime import describe_machine, library_versions
from cnn_core.transfer.checkpoint import Checkpoint, load_checkpoint
from cnn_core.transfer.config import FEATURE_EXTRACTION, FINE_TUNING, TransferConfig, config_of
from cnn_core.transfer.device import on_gpu, precision_policy, prepare_device
from cnn_core.transfer.evaluation import figures_by_part, write_predictions
from cnn_core.transfer.extraction import LoadBackbone
from cnn_core.transfer.head import whole_network
from cnn_core.transfer.loop import Examples, Outcome, Phase, train_phase
from cnn_core.transfer.materials import Materials
from cnn_core.transfer.updates import Recipe
from cnn_core.transfer.watch import StoppedError

if TYPE_CHECKING:
    import keras

CHECKPOINT = "checkpoint"
# Pictures on which the saved network is compared with what was trained, and how far probabilities may lie apart.
_COMPARED = 8
_AGREEMENT = 0.01

Floats = npt.NDArray[np.float32]


def train_run(run: Path, *, load: LoadBackbone = load_backbone) -> None:
    """Train what the run's config.json says, or go on where an earlier process left off.

    Args:
        run: its folder; everything is written there, features into the folder `.features` beside it.
        load: loads the backbone; another one in tests.

    Raises:
        InputError: an option out of its range, a picture that can no longer be read, weights that cannot be loaded.
    """
    write_status(run, "running")
    began = time.perf_counter()
    config = config_of(read_json(run / "config.json") or {})
    outcomes: dict[str, Outcome] = {}
    try:
        prepare_device()
        materials = Materials(run, config, load=load, began=began)
        model, probabilities = _trained(run, materials, outcomes)
        _save(run, materials, model, probabilities, outcomes=outcomes)
    except StoppedError:
        write_status(run, "stopped", reason="It was stopped. Resume it to go on after its last whole epoch.")
    else:
        write_status(run, "done")


def _trained(run: Path, materials: Materials, outcomes: dict[str, Outcome]) -> "tuple[keras.Model, Floats]":
    """The trained network, and its probabilities (M, classes) for the pictures to judge by."""
    config, data = materials.config, materials.data
    checkpoint = load_checkpoint(run / CHECKPOINT)
    if checkpoint is not None and checkpoint.phase not in config.phases:
        raise InputError("The run's checkpoint is of another method", "Start a new run", method=config.method)
    head = None
    if FEATURE_EXTRACTION in config.phases and (checkpoint is None or checkpoint.phase == FEATURE_EXTRACTION):
        head, examples = materials.head()
        outcomes[FEATURE_EXTRACTION] = _phase(
            run, materials, FEATURE_EXTRACTION, model=head, examples=examples, checkpoint=checkpoint
        )
        checkpoint = None
    if FINE_TUNING in config.phases:
        policy = precision_policy(config.precision)
        with dtype_policy(policy):
            model, examples, trained = materials.network(head)
            if checkpoint is None:
                norm = "; batch norm stays as it is" if config.fine_tuning.batch_norm_inference else ""
                materials.watch.note(f"{len(trained)} layers of the base are trained, from {trained[0]} on{norm}.")
            outcomes[FINE_TUNING] = _phase(
                run, materials, FINE_TUNING, model=model, examples=examples, checkpoint=checkpoint
            )
        if policy != "float32":
            # What people take home computes in float32 wherever it is loaded.
            plain = whole_network(materials.backbone(), len(data.classes), options=config.head, seed=config.seed)
            plain.set_weights(model.get_weights())
            model = plain
        return model, _evaluated(materials, model)
    assert head is not None
    model = whole_network(materials.backbone(), len(data.classes), options=config.head, seed=config.seed, head=head)
    judged = materials.features.of(config.head.pooling)[len(data.train) :]
    if not len(judged):
        return model, np.zeros((0, len(data.classes)), np.float32)
    return model, np.asarray(head.predict_on_batch(judged), np.float32)


def _phase(
    run: Path,
    materials: Materials,
    name: str,
    *,
    model: "keras.Model",
    examples: Examples,
    checkpoint: Checkpoint | None,
) -> Outcome:
    materials.watch.start(name)
    phase = phase_of(materials.config, name)
    return train_phase(model, phase, examples, watch=materials.watch, folder=run / CHECKPOINT, resumed=checkpoint)


def phase_of(config: TransferConfig, name: str) -> Phase:
    """How a phase of a run is trained.

    Example:
        >>> from cnn_core.transfer.config import default_config
        >>> phase_of(config_of(default_config("listing.json", backbone="starter")), "fine_tuning").learning_rate
        1e-05
    """
    tunes = name == FINE_TUNING
    return Phase(
        name=name,
        epochs=config.fine_tuning.epochs if tunes else config.epochs,
        recipe=Recipe(config.optimizer, config.batch_size, config.head.label_smoothing),
        learning_rate=config.fine_tuning.learning_rate if tunes else config.learning_rate,
        schedule=config.schedule,
        early_stopping=config.early_stopping,
        seed=config.seed,
        from_best=tunes and config.method == "both",
    )


def _evaluated(materials: Materials, model: "keras.Model") -> Floats:
    materials.watch.start("evaluating")
    return materials.answers(model, materials.source(materials.data.judged), shown=True)


def _save(
    run: Path,
    materials: Materials,
    model: "keras.Model",
    probabilities: Floats,
    *,
    outcomes: dict[str, Outcome],
) -> None:
    """Write the network, its answers and the figures; result.json comes last."""
    import keras

    config, data = materials.config, materials.data
    materials.watch.start("saving")
    compared = data.judged[:_COMPARED]
    found = materials.answers(model, materials.source(compared), traced=False)
    apart = float(np.abs(found - probabilities[: len(compared)]).max(initial=0.0))
    if apart > _AGREEMENT:
        # What is on screen is what the network that people take home says.
        materials.watch.note(f"The saved network's answers differ by up to {apart:.3g} from those in training.")
        probabilities = _evaluated(materials, model)
    # The optimizer and this project's own metric are not part of what people take home.
    part = run / "part.model.keras"
    keras.Model(model.input, model.output, name=model.name).save(part)
    os.replace(part, run / "model.keras")
    (run / "labels.txt").write_text("".join(f"{label}\n" for label in data.classes), encoding="utf-8")
    write_predictions(
        run / "predictions.npz",
        data.judged,
        truth=data.judged_truth,
        probabilities=probabilities,
        classes=data.classes,
    )
    machine = describe_machine()
    write_json(
        run / "result.json",
        {
            **figures_by_part(data.judged, data.judged_truth, probabilities),
            "train": {"pictures": len(data.train)},
            "classes": list(data.classes),
            "backbone": config.backbone,
            "weights_licence": BACKBONES[config.backbone].licence,
            "input_size": list(config.input_size),
            "method": config.method,
            "phases": {name: asdict(outcome) for name, outcome in outcomes.items()},
            "parameters": int(model.count_params()),
            "agreement": apart,
            "finished": time.time(),
            "seconds": round(materials.watch.seconds, 1),
            "device": machine.gpus[0].name if on_gpu() else f"{machine.cores} cores, {machine.processor}",
            "software": library_versions(),
        },
    )


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Build layers with this policy, and none after."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
