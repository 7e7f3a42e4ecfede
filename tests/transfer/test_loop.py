"""Epochs of a phase on a network of one layer: stopping, resuming, early stopping, memory that runs out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.errors import InputError
from cnn_core.runs.folder import ask_to_stop, create_run, read_events
from cnn_core.transfer import loop
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.loop import Examples, Phase, train_phase
from cnn_core.transfer.updates import Recipe
from cnn_core.transfer.watch import StoppedError, Watch

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(20, 5)).astype(np.float32)
TRUTH = RANDOM.integers(3, size=20)
TARGETS = np.eye(3, dtype=np.float32)[TRUTH]


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Compiling such small networks takes longer than running them."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def network(*, dropout: float = 0.0) -> keras.Model:
    kernel = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    layers = [keras.layers.Dropout(dropout, seed=0)] if dropout else []
    model = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Dense(3, activation="softmax", use_bias=False)])
    model.layers[-1].set_weights([kernel])
    return model


def phase(**changes: Any) -> Phase:
    options: dict[str, Any] = {
        "name": "feature_extraction",
        "epochs": 4,
        "recipe": Recipe("adam", batch_size=8),
        "learning_rate": 0.05,
        "schedule": "cosine",
        "early_stopping": 0,
        "seed": 3,
    }
    return Phase(**(options | changes))


def examples(model: keras.Model, *, losses: list[float] | None = None) -> Examples:
    """Judged on the training pictures, or by losses given in advance."""
    given = iter(losses or [])

    def validate() -> tuple[float, float]:
        said = np.asarray(model.predict_on_batch(INPUTS))
        loss = next(given) if losses else float(-np.log(said[np.arange(20), TRUTH]).mean())
        return loss, float((said.argmax(axis=1) == TRUTH).mean())

    return Examples(lambda chosen, _epoch, _batch: (INPUTS[chosen], TARGETS[chosen]), np.ones(20, np.float32), validate)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return create_run(tmp_path, {"job": "transfer"}, owner="me", name="test")


def notes(run: Path) -> list[str]:
    return [event["text"] for event in read_events(run) if event["kind"] == "note"]


@pytest.mark.parametrize("stopped_at", [1, 5, 6, 7])
def test_resumed_is_uninterrupted(run: Path, stopped_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three batches an epoch; dropout, order, schedule and Adam's moments all go on where they were."""
    whole = network(dropout=0.3)
    outcome = train_phase(whole, phase(), examples(whole), watch=Watch(run), folder=run / "whole")
    assert (outcome.epochs, outcome.kept_epoch) == (4, 4)
    step, calls = loop.update, []

    def counted(*args: Any, **kwargs: Any) -> tuple[float, float]:
        calls.append(kwargs["rate"])
        if len(calls) == stopped_at:
            ask_to_stop(run)
        return step(*args, **kwargs)

    monkeypatch.setattr(loop, "update", counted)
    first = network(dropout=0.3)
    with pytest.raises(StoppedError):
        train_phase(first, phase(), examples(first), watch=Watch(run), folder=run / "checkpoint")
    assert len(calls) == stopped_at
    (run / "stop").unlink()
    second = network(dropout=0.3)
    checkpoint = load_checkpoint(run / "checkpoint")
    assert checkpoint is not None
    assert checkpoint.epoch == (stopped_at - 1) // 3
    train_phase(second, phase(), examples(second), watch=Watch(run), folder=run / "checkpoint", resumed=checkpoint)
    np.testing.assert_allclose(second.get_weights()[0], whole.get_weights()[0], rtol=1e-6)
    assert np.abs(whole.get_weights()[0] - network().get_weights()[0]).max() > 0.1


def test_early_stopping_ends_training_and_restores_the_best_weights(run: Path) -> None:
    best = network()
    train_phase(best, phase(schedule="constant", epochs=2), examples(best), watch=Watch(run), folder=run / "a")
    model = network()
    outcome = train_phase(
        model,
        phase(schedule="constant", epochs=9, early_stopping=2),
        examples(model, losses=[0.9, 0.5, 0.7, 0.6, 0.1]),
        watch=Watch(run),
        folder=run / "b",
    )
    assert (outcome.epochs, outcome.kept_epoch) == (4, 2)
    np.testing.assert_allclose(model.get_weights()[0], best.get_weights()[0], rtol=1e-6)
    assert "after epoch 4" in notes(run)[-1]
    assert "in epoch 2" in notes(run)[-1]


def test_fine_tuning_that_only_harms_keeps_what_was_there(run: Path) -> None:
    model = network()
    options = phase(name="fine_tuning", epochs=2, early_stopping=5, from_best=True)
    outcome = train_phase(
        model, options, examples(model, losses=[0.1, 0.5, 0.7]), watch=Watch(run), folder=run / "checkpoint"
    )
    assert (outcome.epochs, outcome.kept_epoch) == (2, 0)
    np.testing.assert_array_equal(model.get_weights()[0], network().get_weights()[0])


def test_memory_that_runs_out_halves_the_batch_and_changes_no_update(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = network()
    train_phase(whole, phase(), examples(whole), watch=Watch(run), folder=run / "whole")
    step, sizes = keras.Model.train_on_batch, []

    def limited(self: keras.Model, x: np.ndarray, *args: Any, **kwargs: Any) -> Any:
        sizes.append(len(x))
        if len(x) > 2 and len(sizes) > 4:
            raise MemoryError
        return step(self, x, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "train_on_batch", limited)
    model = network()
    train_phase(model, phase(), examples(model), watch=Watch(run), folder=run / "checkpoint")
    assert sizes == [8] * 5 + [4] + [2] * 4 * 3 * 3
    assert [text[:46] for text in notes(run)] == ["The memory did not suffice for 8 pictures at o"] * 2
    np.testing.assert_allclose(model.get_weights()[0], whole.get_weights()[0], rtol=1e-4)
    saved = load_checkpoint(run / "checkpoint")
    assert saved is not None
    assert saved.state["split"] == 4


def test_nothing_fits(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("RESOURCE_EXHAUSTED: 4 GiB")

    monkeypatch.setattr(keras.Model, "train_on_batch", refuse)
    model = network()
    with pytest.raises(InputError, match="smaller input size"):
        train_phase(model, phase(recipe=Recipe("sgd", 2)), examples(model), watch=Watch(run), folder=run / "checkpoint")


def test_a_loss_that_is_no_number_is_explained(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "update", lambda *_args, **_kwargs: (float("nan"), 0.0))
    model = network()
    with pytest.raises(InputError, match="smaller learning rate"):
        train_phase(model, phase(), examples(model), watch=Watch(run), folder=run / "checkpoint")
