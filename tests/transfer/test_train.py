"""Whole runs at tiny sizes: what they leave, stopping, resuming, early stopping, batch norm, memory that runs out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.runs.folder import ask_to_stop, read_events, read_progress, read_status
from cnn_core.transfer import loop, updates
from cnn_core.transfer.train import train_run
from cnn_core.transfer.watch import Watch
from tests.transfer.tiny_backbone import COLOURS, make_run, tiny_load, write_listing


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_listing(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def both(store: Path, listing: Path) -> Path:
    """A run of both methods that was not interrupted; several tests look at it."""
    run = make_run(store, listing, method="both", augmentation={"flip": True, "rotation": 20, "views": 1, "mixup": 0.2})
    train_run(run, load=tiny_load)
    return run


def epochs_of(run: Path) -> list[dict[str, Any]]:
    """The epochs without their times."""
    kept = ("phase", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    return [{name: event[name] for name in kept} for event in read_events(run) if event["kind"] == "epoch"]


def stop_after(monkeypatch: pytest.MonkeyPatch, *, phase: str, batches: int) -> list[int]:
    """Ask for a stop in a phase behind so many batches; the list gets the batches that are done afterwards."""
    seen, after = [0], list[int]()
    done = Watch.batch

    def batch(self: Watch, number: int, of: int, *, pictures: int) -> None:
        if self._phase == phase:
            seen[0] += 1
            if seen[0] == batches:
                ask_to_stop(self.run)
            elif seen[0] > batches:
                after.append(number)
        done(self, number, of, pictures=pictures)

    monkeypatch.setattr(Watch, "batch", batch)
    return after


def test_a_run_leaves_everything_that_its_contract_names(both: Path) -> None:
    assert read_status(both).state == "done"
    events = epochs_of(both)
    assert [(event["phase"], event["epoch"]) for event in events] == [
        *(("feature_extraction", number) for number in (1, 2, 3, 4)),
        *(("fine_tuning", number) for number in (1, 2, 3)),
    ]
    assert events[3]["loss"] < events[0]["loss"]
    assert all(0 <= event["val_accuracy"] <= 1 and event["val_loss"] > 0 for event in events)
    assert read_progress(both)["phase"] == "saving"
    assert (both / "labels.txt").read_text().split() == sorted(COLOURS)
    with np.load(both / "predictions.npz") as found:
        assert found["probabilities"].dtype == np.float32
        np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, atol=1e-5)
        assert [str(file).split("/")[0] for file in found["files"]] == [sorted(COLOURS)[k] for k in found["truth"]]
        right = float((found["probabilities"].argmax(axis=1) == found["truth"]).mean())
        assert set(found["parts"]) == {"validation"}
    result = json.loads((both / "result.json").read_text())
    assert result["validation"]["accuracy"] == right
    assert result["validation"]["pictures"] == len(found["truth"])
    assert result["agreement"] < 1e-5
    assert not list(both.glob("*.part")) + list(both.glob("part.*"))


def test_the_saved_network_takes_raw_pixels_and_gives_the_recorded_answers(both: Path, listing: Path) -> None:
    from cnn_core.folders.listing import load_listing
    from cnn_core.folders.pictures import read_picture

    model = keras.models.load_model(both / "model.keras")
    data = load_listing(listing)
    with np.load(both / "predictions.npz") as found:
        pixels = np.stack([read_picture(data, str(file), size=(16, 16)) for file in found["files"]])
        np.testing.assert_allclose(model.predict_on_batch(pixels.astype(np.float32)), found["probabilities"], atol=1e-5)
    assert model.input_shape == (None, 16, 16, 3)


def test_no_batch_norm_statistic_moves_in_fine_tuning_unless_asked(both: Path, store: Path, listing: Path) -> None:
    before = tiny_load("starter", input_size=(16, 16))
    after = keras.models.load_model(both / "model.keras")
    norms = [layer for layer in before.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 9
    for layer in norms:
        for expected, found in zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)
    moved = {
        layer.name
        for layer in before.layers
        if layer.weights and not np.array_equal(layer.get_weights()[0], after.get_layer(layer.name).get_weights()[0])
    }
    assert moved == {"block3_conv1", "block3_conv2", "block3_conv3"}
    free = make_run(store, listing, method="fine_tuning", fine_tuning={"epochs": 1, "batch_norm_inference": False})
    train_run(free, load=tiny_load)
    thawed = keras.models.load_model(free / "model.keras")
    for layer in norms:
        mean = thawed.get_layer(layer.name).moving_mean
        assert np.array_equal(np.asarray(mean), np.asarray(layer.moving_mean)) == (not layer.name.startswith("block3"))


@pytest.mark.parametrize(("phase", "batches"), [("feature_extraction", 6), ("fine_tuning", 5)])
def test_a_stopped_run_goes_on_to_what_an_uninterrupted_one_gives(
    both: Path, store: Path, phase: str, batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(store, Path("unused"))
    config = json.loads((both / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config))
    with monkeypatch.context() as patched:
        after = stop_after(patched, phase=phase, batches=batches)
        train_run(run, load=tiny_load)
    assert after == [], "no batch is done after the stop"
    assert read_status(run).state == "stopped"
    assert len(epochs_of(run)) == (1 if phase == "feature_extraction" else 5)
    (run / "stop").unlink()
    train_run(run, load=tiny_load)
    assert read_status(run).state == "done"
    for found, expected in zip(epochs_of(run), epochs_of(both), strict=True):
        assert found == pytest.approx(expected, rel=1e-5)
    with np.load(run / "predictions.npz") as found, np.load(both / "predictions.npz") as expected:
        np.testing.assert_allclose(found["probabilities"], expected["probabilities"], atol=1e-5)


def test_early_stopping_ends_training_and_restores_the_best_weights(
    store: Path, listing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(store, listing, early_stopping=2, epochs=9)
    losses = iter([0.9, 0.5, 0.7, 0.6, 0.1])
    weights = []

    def judged(probabilities: np.ndarray, truth: np.ndarray, *, label_smoothing: float) -> tuple[float, float]:
        weights.append(probabilities.copy())
        return next(losses), 0.5

    monkeypatch.setattr("cnn_core.transfer.train.loss_and_accuracy", judged)
    train_run(run, load=tiny_load)
    assert len(epochs_of(run)) == 4
    with np.load(run / "predictions.npz") as found:
        np.testing.assert_allclose(found["probabilities"], weights[1], atol=1e-6)
        assert np.abs(found["probabilities"] - weights[3]).max() > 1e-3
    notes = [event["text"] for event in read_events(run) if event["kind"] == "note"]
    assert any("epoch 4" in text and "in epoch 2" in text for text in notes)


def test_memory_that_runs_out_halves_the_batch_and_changes_no_update(
    store: Path, listing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dropout draws other numbers for other shapes, so it is off."""
    common: dict[str, Any] = {"head": {"dropout": 0.0}, "method": "both", "fine_tuning": {"epochs": 2}}
    plain = make_run(store, listing, **common)
    train_run(plain, load=tiny_load)
    run = make_run(store, listing, **common)
    step = keras.Model.train_on_batch
    sizes = []

    def limited(self: keras.Model, x: np.ndarray, *args: Any, **kwargs: Any) -> Any:
        sizes.append(len(x))
        if len(x) > 2 and self.name == "classifier" and len(sizes) > 18:
            raise MemoryError
        return step(self, x, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "train_on_batch", limited)
    train_run(run, load=tiny_load)
    assert sizes[-1] == 2
    notes = [event["text"] for event in read_events(run) if event["kind"] == "note"]
    assert sum("memory did not suffice for 8" in text for text in notes) == 2
    for found, expected in zip(epochs_of(run), epochs_of(plain), strict=True):
        assert found == pytest.approx(expected, rel=1e-3)


def test_a_loss_that_is_no_number_is_explained(store: Path, listing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "update", lambda *args, **kwargs: (float("nan"), 0.0))
    with pytest.raises(InputError, match="smaller learning rate"):
        train_run(make_run(store, listing), load=tiny_load)


def test_a_picture_that_disappeared_is_named(store: Path, tmp_path: Path) -> None:
    path = write_listing(tmp_path)
    (tmp_path / "pictures" / "red" / "3.png").unlink()
    with pytest.raises(InputError, match=r"3\.png"):
        train_run(make_run(store, path), load=tiny_load)
    (tmp_path / "pictures" / "red" / "3.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"3\.png"):
        train_run(make_run(store, path), load=tiny_load)


def drawn_step(optimizer: str, split: int, count: int) -> list[np.ndarray]:
    """The weights behind two updates of a small head."""
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax", use_bias=False)])
    random = np.random.default_rng(0)
    model.layers[0].set_weights([random.normal(size=(5, 3)).astype(np.float32)])
    recipe = updates.Recipe(optimizer, batch_size=8, split=split)
    updates.compile_for(model, recipe)
    for _ in range(2):
        inputs, truth = random.normal(size=(count, 5)).astype(np.float32), random.integers(3, size=count)
        weights = random.random(count).astype(np.float32)
        updates.update(model, inputs, np.eye(3, dtype=np.float32)[truth], weights, recipe=recipe, rate=0.1)
    return model.get_weights()


def plain_step(count: int) -> list[np.ndarray]:
    """The same by gradient descent written out: no momentum in the first step, so one step of SGD is compared."""
    random = np.random.default_rng(0)
    kernel = random.normal(size=(5, 3)).astype(np.float32).astype(np.float64)
    inputs, truth = random.normal(size=(count, 5)).astype(np.float32), random.integers(3, size=count)
    weights = random.random(count).astype(np.float32)
    shares = np.exp(inputs @ kernel)
    shares /= shares.sum(axis=1, keepdims=True)
    gradient = inputs.T @ ((shares - np.eye(3)[truth]) * weights[:, None]) / count
    # Nesterov's first step is 1 + momentum times the gradient.
    return [kernel - 0.1 * 1.9 * gradient]


@pytest.mark.parametrize("count", [8, 5, 1])
def test_an_update_is_the_mean_gradient_of_the_rows_that_are_there(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn_step("sgd", 1, count)
    np.testing.assert_allclose(drawn_step("sgd", 4, count)[0], whole[0], atol=1e-5)
    once: Callable[[int], Any] = lambda _: iter([0])  # noqa: E731
    monkeypatch.setattr("builtins.range", range)
    del once
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax", use_bias=False)])
    random = np.random.default_rng(0)
    model.layers[0].set_weights([random.normal(size=(5, 3)).astype(np.float32)])
    recipe = updates.Recipe("sgd", batch_size=8)
    updates.compile_for(model, recipe)
    inputs, truth = random.normal(size=(count, 5)).astype(np.float32), random.integers(3, size=count)
    weights = random.random(count).astype(np.float32)
    said = model.predict_on_batch(inputs)
    loss, accuracy = updates.update(model, inputs, np.eye(3, dtype=np.float32)[truth], weights, recipe=recipe, rate=0.1)
    np.testing.assert_allclose(model.get_weights()[0], plain_step(count)[0], atol=1e-5)
    assert accuracy == pytest.approx((said.argmax(axis=1) == truth).mean())
    assert loss == pytest.approx(float(np.mean(-np.log(said[np.arange(count), truth]) * weights)), rel=1e-4)
