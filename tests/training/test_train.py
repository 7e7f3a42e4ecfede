"""Whole runs at tiny sizes: what they leave, `fit` as the oracle, stop, kill and resume, mistakes, what is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.runs.folder import ask_to_stop, read_status
from cnn_core.runs.jobs import run_job
from cnn_core.training import train
from cnn_core.training.change import Change
from cnn_core.training.config import ScratchConfig, config_of
from cnn_core.training.inside import load_epoch, load_samples
from cnn_core.training.network import scratch_network
from cnn_core.training.speed import expected_speed
from cnn_core.training.train import PHASE, Training, phase_of
from cnn_core.transfer.loop import train_phase
from cnn_core.transfer.pictures import epoch_order
from cnn_core.transfer.updates import seed_dropout
from cnn_core.transfer.watch import Watch
from tests.training.tiny_runs import FIGURES, TINY, epochs_of, few_held_out, make_run, notes_of


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Few pictures held out, and nothing compiled: that would take longer than running it."""
    tf.config.run_functions_eagerly(True)
    with few_held_out():
        yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def whole(store: Path) -> Path:
    """A run that was not interrupted."""
    run = make_run(store)
    run_job(run)
    assert read_status(run).reason == ""
    return run


def assert_same(found: Path, expected: Path) -> None:
    for one, other in zip(epochs_of(found), epochs_of(expected), strict=True):
        np.testing.assert_allclose([one[name] for name in FIGURES], [other[name] for name in FIGURES], rtol=1e-4)
    with np.load(found / "predictions.npz") as ours, np.load(expected / "predictions.npz") as theirs:
        np.testing.assert_allclose(ours["probabilities"], theirs["probabilities"], atol=1e-5)


def test_a_run_leaves_everything_that_pages_and_results_read(whole: Path, store: Path) -> None:
    assert read_status(whole).state == "done"
    assert [event["epoch"] for event in epochs_of(whole)] == [1, 2, 3]
    assert all(set(FIGURES) <= set(event) for event in epochs_of(whole))
    with np.load(whole / "predictions.npz") as found:
        parts, truth, said = found["parts"], found["truth"], found["probabilities"]
        assert (parts == "validation").sum() == 12
        assert (parts == "test").sum() == 24
        assert [str(file).split("/")[1] for file in found["files"]] == [found["classes"][k] for k in truth]
    result = json.loads((whole / "result.json").read_text())
    assert result["test"]["accuracy"] == pytest.approx((said.argmax(1) == truth)[parts == "test"].mean())
    assert result["agreement"] < 1e-5
    model = keras.models.load_model(whole / "model.keras")
    assert model.count_params() == result["parameters"]
    samples, epoch = load_samples(whole), load_epoch(whole, 3)
    assert samples is not None
    assert epoch is not None
    np.testing.assert_allclose(
        model.predict_on_batch(samples.pixels.astype(np.float32)), epoch.probabilities, atol=1e-5
    )
    assert [load_epoch(whole, number) is not None for number in range(5)] == [True] * 4 + [False]
    assert not list(whole.rglob("*.part"))
    assert list((whole / "logs" / PHASE / "train").glob("events.out.tfevents.*"))
    speed = expected_speed(store, config_of(TINY), pictures=44)
    assert speed is not None
    assert speed.measured


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_an_epoch_equals_fit_on_the_same_batches(store: Path, optimizer: str) -> None:
    """Batch norm, dropout, L2, augmentation and a last batch that is filled up included."""
    run = make_run(store, optimizer=optimizer, l2=0.01, epochs=1)
    config = config_of(json.loads((run / "config.json").read_text()))
    training = Training(config, Watch(run))
    examples = training.examples()
    assert len(training.data.truth) % config.batch_size, "the last batch is not whole"
    phase = phase_of(config, pictures=len(training.data.truth))
    train_phase(training.model, phase, examples, watch=training.watch, folder=run / "kept")
    order = np.resize(epoch_order(44, seed=0, phase=PHASE, epoch=1), 48).reshape(6, 8)
    batches = [examples.make(chosen, 1, number) for number, chosen in enumerate(order)]

    inputs, targets = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    plain = scratch_network(config, 6)
    optimizers = {
        "adam": keras.optimizers.Adam(0.01),
        "rmsprop": keras.optimizers.RMSprop(0.01),
        "sgd": keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    }
    plain.compile(optimizers[optimizer], loss="categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    seed_dropout(plain, seed=0, phase=PHASE, epoch=1)
    history = plain.fit(inputs, targets, batch_size=8, shuffle=False, verbose=0).history
    (event,) = epochs_of(run)
    assert event["loss"] == pytest.approx(history["loss"][0], abs=1e-5)
    assert event["accuracy"] == pytest.approx(history["accuracy"][0], abs=1e-6)
    for ours, theirs in zip(training.model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(
    whole: Path, store: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the second epoch; what is killed leaves the files as they are at that moment."""
    run, done = make_run(store), Watch.batch

    class KilledError(BaseException):
        pass

    def batch(self: Watch, number: int, of: int, *, pictures: int) -> None:
        if self._epoch == 2 and number == 3:
            if how == "killed":
                raise KilledError
            ask_to_stop(self.run)
        done(self, number, of, pictures=pictures)

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "batch", batch)
        if how == "killed":
            with pytest.raises(KilledError):
                run_job(run)
        else:
            run_job(run)
    assert len(epochs_of(run)) == 1
    assert not (run / "model.keras").exists()
    assert read_status(run).state == ("stopped" if how == "stopped" else "running")
    (run / "stop").unlink(missing_ok=True)
    run_job(run)
    assert read_status(run).state == "done"
    assert_same(run, whole)


def test_another_seed_gives_another_run_on_the_same_held_out_pictures(whole: Path, store: Path) -> None:
    run = make_run(store, seed=1, epochs=1)
    run_job(run)
    assert epochs_of(run)[0]["loss"] != epochs_of(whole)[0]["loss"]
    with np.load(run / "predictions.npz") as ours, np.load(whole / "predictions.npz") as theirs:
        assert (ours["files"] == theirs["files"]).all()


def test_without_shuffling_batches_come_in_the_order_of_the_data(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(store, shuffle=False, epochs=1)
    seen: list[int] = []
    made = Training.examples

    def examples(self: Training) -> Any:
        found = made(self)

        def make(chosen: Any, epoch: int, batch: int) -> Any:
            seen.extend(chosen.tolist())
            return found.make(chosen, epoch, batch)

        return replace(found, make=make)

    monkeypatch.setattr(Training, "examples", examples)
    # Batches are made ahead by threads: with one core there is one.
    monkeypatch.setattr("cnn_core.transfer.pictures.usable_cores", lambda: 1)
    run_job(run)
    assert seen == [*range(44), 0, 1, 2, 3]


def test_a_mistake_changes_configuration_data_network_and_what_is_judged(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frozen(model: keras.Model) -> keras.Model:
        model.get_layer("conv_1").trainable = False
        return model

    change = Change(
        config=lambda config: replace(config, learning_rate=0.0),
        data=lambda data, seed: replace(data, truth=np.full_like(data.truth, seed)),
        network=frozen,
        judged=lambda pixels: pixels * 0,
    )
    monkeypatch.setattr(train, "change_of", lambda _: change)
    run = make_run(store, seed=5, epochs=1)
    training = Training(config_of(json.loads((run / "config.json").read_text())), Watch(run))
    assert training.config.learning_rate == 0
    assert set(training.data.truth.tolist()) == {5}
    assert len(training.model.trainable_variables) == 4
    answers = training.answers(training.model, training.data.judged)
    assert np.ptp(answers, axis=0).max() < 1e-6, "all black pictures are one picture"


def test_a_loss_that_is_no_number_ends_the_run_and_names_the_layer(store: Path) -> None:
    run = make_run(store, learning_rate=10.0, optimizer="sgd", epochs=30, batch_size=4)
    run_job(run)
    assert read_status(run).state == "failed"
    assert "went astray" in read_status(run).reason
    assert any("Explod" in note for note in notes_of(run))


def test_the_schedule_of_a_run_is_the_guides() -> None:
    phase = phase_of(ScratchConfig(), pictures=45_000)
    assert (phase.schedule, phase.patience, phase.early_stopping) == ("plateau", 3, 5)
    assert (phase.recipe.optimizer, phase.recipe.batch_size, phase.epochs) == ("adam", 128, 50)
