"""Measuring in a child process: the figures, one at a time, stopping, the time limit, and what is refused before."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core import latency
from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.latency import check_weights, initialised_keras_file, running, start, status, stop
from cnn_core.network_reference import NetworkReference, from_catalog, from_json, own_network
from cnn_core.own_network.builder import encode_network, layer

TINY = own_network(encode_network([layer("convolution", filters=4), layer("global_pooling")], (16, 16, 3)))
HUGE = own_network(encode_network([layer("flatten"), layer("dense", units=65536)], (64, 64, 3)))


def wait(folder: Path, seconds: float = 90) -> latency.RunStatus:
    end = time.monotonic() + seconds
    while (found := status(folder)).live and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_a_network_is_measured_in_the_background_and_alone(tmp_path: Path) -> None:
    began = time.monotonic()
    folder = start(TINY, runs=20, batch_size=2, runs_folder=tmp_path)
    assert status(folder).live
    assert running() == folder
    with pytest.raises(InputError, match="Your network is being measured"):
        start(TINY, runs_folder=tmp_path)
    found = wait(folder)
    elapsed = (time.monotonic() - began) * 1000
    assert found.state == "done", (found, (folder / "log.txt").read_text()[-2000:])
    measured = found.latency
    assert measured is not None
    assert (measured.runs, measured.batch_size, found.done, found.of) == (20, 2, 20, 20)
    assert 0 < measured.fastest_ms <= measured.median_ms <= measured.p90_ms < measured.first_ms < elapsed
    assert 20 * measured.fastest_ms < elapsed
    assert measured.device
    assert "predict_on_batch" in measured.method
    assert measured.software.startswith("Keras 3")
    assert running() is None


def test_a_keras_file_with_initialised_weights_is_made(tmp_path: Path) -> None:
    import keras

    path = initialised_keras_file(from_catalog("lenet5", input_shape=(32, 32, 1), num_classes=10), runs_folder=tmp_path)
    model = keras.models.load_model(path)
    assert model.count_params() == 61_706
    assert np.std(model.get_weights()[0]) > 0


def test_a_run_is_stopped_at_once_and_the_next_may_start(tmp_path: Path) -> None:
    first = start(TINY, runs_folder=tmp_path)
    pid = read_json(first / "process.json")["pid"]
    stop(first)
    assert status(first).state == "stopped"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    second = start(TINY, runs_folder=tmp_path, seconds=0.5)
    time.sleep(0.6)
    found = status(second)
    assert (found.state, found.message) == ("failed", "It was not ready within 0 s")
    stop(second)
    assert status(second).state == "failed"
    assert running() is None


def test_a_run_nobody_watches_does_not_block_the_next(tmp_path: Path) -> None:
    first = start(TINY, runs_folder=tmp_path, seconds=0.2)
    time.sleep(0.3)
    second = start(TINY, runs_folder=tmp_path)
    assert second != first
    stop(second)


@pytest.mark.parametrize("begin", [start, latency.start_saving, initialised_keras_file, check_weights])
def test_more_than_a_gigabyte_is_refused_with_the_figure(begin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "start_child", lambda *_, **__: pytest.fail("it was started"))
    with pytest.raises(InputError, match=r"The weights of Your network take 3.22 GB"):
        begin(HUGE)


def test_weights_are_counted_without_allocating_them() -> None:
    assert check_weights(from_catalog("vgg16", input_shape=(224, 224, 3), num_classes=1000)) == 4 * 138_357_544


@pytest.mark.parametrize(
    "reference",
    [NetworkReference("nothing"), own_network("nonsense"), from_catalog("vgg16", input_shape=(1, 1, 3), num_classes=0)],
)
def test_what_cannot_be_built_is_refused_before_anything_is_started(
    reference: NetworkReference, tmp_path: Path
) -> None:
    with pytest.raises(InputError):
        start(reference, runs_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"runs": 0}, {"runs": 1001}, {"batch_size": 0}, {"batch_size": 65}])
def test_numbers_out_of_range_are_refused(options: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="out of range"):
        start(TINY, runs_folder=tmp_path, **options)  # type: ignore[arg-type]


def test_a_run_whose_process_has_died_has_failed(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"started": time.time(), "seconds": 60})
    write_json(tmp_path / "status.json", {"state": "building"})
    write_json(tmp_path / "process.json", {"pid": os.getpid()})
    found = status(tmp_path)
    assert found.state == "failed"
    assert "ended early" in found.message


def test_a_run_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no longer there"):
        status(tmp_path / "nothing")


def test_old_runs_are_deleted(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    os.utime(old, (0, 0))
    stop(start(TINY, runs_folder=tmp_path))
    assert not old.exists()


def test_a_reference_survives_json() -> None:
    for reference in (TINY, from_catalog("unet", input_shape=(64, 64, 3), num_classes=2, depth=3)):
        assert from_json(reference.as_json()) == reference
