"""Whole runs at tiny sizes: what they leave, stopping, resuming, batch norm, pictures that break."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.errors import InputError
from cnn_core.runs.folder import ask_to_stop, read_events, read_progress, read_status
from cnn_core.transfer.train import train_run
from cnn_core.transfer.watch import Watch
from tests.transfer.tiny_backbone import COLOURS, make_run, tiny_load, write_listing


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_listing(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def eager() -> Iterator[None]:
    """Compiling such a small network takes longer than running it."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def both(store: Path, listing: Path) -> Path:
    """A run of both methods that was not interrupted; several tests look at it."""
    run = make_run(store, listing, method="both", augmentation={"flip": True, "rotation": 20, "views": 1})
    train_run(run, load=tiny_load)
    return run


ROOT = Path(__file__).parents[2]
FIGURES = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def epochs_of(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(run) if event["kind"] == "epoch"]


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
    assert result["validation"]["pictures"] == 9
    assert result["agreement"] < 1e-5
    assert not list(both.glob("*.part")) + list(both.glob("part.*"))


def test_the_saved_network_takes_raw_pixels_and_gives_the_recorded_answers(both: Path, listing: Path) -> None:
    from cnn_core.folders.listing import load_listing
    from cnn_core.folders.pictures import read_picture

    model = keras.models.load_model(both / "model.keras")
    data = load_listing(listing)
    with np.load(both / "predictions.npz") as found:
        pixels = np.stack([read_picture(data, str(file), size=(16, 16)) for file in found["files"]])
        said = model.predict_on_batch(pixels.astype(np.float32))
        np.testing.assert_allclose(said, found["probabilities"], atol=1e-5)
    assert model.input_shape == (None, 16, 16, 3)


@pytest.mark.usefixtures("eager")
def test_no_batch_norm_statistic_moves_in_fine_tuning_unless_asked(both: Path, store: Path, listing: Path) -> None:
    before = tiny_load("starter", input_size=(16, 16))
    after = keras.models.load_model(both / "model.keras")
    norms = [layer for layer in before.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 6
    for layer in norms:
        for expected, found in zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(found, expected)
    moved = {
        layer.name
        for layer in before.layers
        if layer.weights and not np.array_equal(layer.get_weights()[0], after.get_layer(layer.name).get_weights()[0])
    }
    assert moved == {"block3_conv1", "block3_conv2"}
    free = make_run(store, listing, method="fine_tuning", fine_tuning={"epochs": 1, "batch_norm_inference": False})
    train_run(free, load=tiny_load)
    thawed = keras.models.load_model(free / "model.keras")
    for layer in norms:
        mean = thawed.get_layer(layer.name).moving_mean
        assert np.array_equal(np.asarray(mean), np.asarray(layer.moving_mean)) == (not layer.name.startswith("block3"))


@pytest.mark.usefixtures("eager")
def test_a_stopped_run_goes_on_to_what_an_uninterrupted_one_gives(
    both: Path, store: Path, listing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(store, listing)
    (run / "config.json").write_text((both / "config.json").read_text())
    with monkeypatch.context() as patched:
        after = stop_after(patched, phase="fine_tuning", batches=5)
        train_run(run, load=tiny_load)
    assert after == [], "no batch is done after the stop"
    assert read_status(run).state == "stopped"
    assert len(epochs_of(run)) == 5
    assert not (run / "model.keras").exists()
    (run / "stop").unlink()
    train_run(run, load=tiny_load)
    assert read_status(run).state == "done"
    assert [event["phase"] for event in epochs_of(run)] == [event["phase"] for event in epochs_of(both)]
    for found, expected in zip(epochs_of(run), epochs_of(both), strict=True):
        np.testing.assert_allclose([found[name] for name in FIGURES], [expected[name] for name in FIGURES], rtol=1e-4)
    with np.load(run / "predictions.npz") as found, np.load(both / "predictions.npz") as expected:
        np.testing.assert_allclose(found["probabilities"], expected["probabilities"], atol=1e-4)


def test_a_picture_that_disappeared_is_named(store: Path, tmp_path: Path) -> None:
    path = write_listing(tmp_path)
    (tmp_path / "pictures" / "red" / "3.png").unlink()
    with pytest.raises(InputError, match=r"3\.png"):
        train_run(make_run(store, path), load=tiny_load)
    (tmp_path / "pictures" / "red" / "3.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"3\.png"):
        train_run(make_run(store, path), load=tiny_load)


def test_a_killed_process_leaves_a_run_that_goes_on(both: Path, store: Path, listing: Path) -> None:
    """A real process, killed with SIGKILL in the middle of the second phase; at most an epoch is lost."""
    run = make_run(store, listing)
    config = json.loads((both / "config.json").read_text())
    config["fine_tuning"]["epochs"] = 200
    (run / "config.json").write_text(json.dumps(config))
    code = (
        "import sys, pathlib; from cnn_core.transfer.train import train_run; "
        "from tests.transfer.tiny_backbone import tiny_load; train_run(pathlib.Path(sys.argv[1]), load=tiny_load)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(run)], cwd=ROOT, stderr=subprocess.DEVNULL)
    while len(epochs_of(run)) < 6:
        assert process.poll() is None, "the process ended early"
        time.sleep(0.05)
    assert read_status(run).state == "running"
    process.kill()
    process.wait()
    assert read_status(run).state == "stopped"
    done = len(epochs_of(run))
    config["fine_tuning"]["epochs"] = done - 4 + 1
    (run / "config.json").write_text(json.dumps(config))
    train_run(run, load=tiny_load)
    assert read_status(run).state == "done"
    found = epochs_of(run)
    assert [event["epoch"] for event in found] == [1, 2, 3, 4, *range(1, done - 4 + 2)]
    for event, expected in zip(found, epochs_of(both)[:7], strict=False):
        np.testing.assert_allclose([event[name] for name in FIGURES], [expected[name] for name in FIGURES], rtol=1e-4)
