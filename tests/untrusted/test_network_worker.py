"""Children that stay: they answer, are ended when idle, late or too many, and start again; frames are distrusted."""

import importlib.util
import json
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.lite_network import LiteNetwork
from cnn_core.starter_models import MODELS
from cnn_core.untrusted import network_worker
from cnn_core.untrusted.frames import Broken, TooLate, read_frame, write_frame
from cnn_core.untrusted.network_worker import NetworkFiles, ask, describe, end_workers

NETWORK = (MODELS / "starter_detector_shapes.tflite").read_bytes()
SHAPE = (1, 192, 192, 3)


def files(key: str = "shapes", data: bytes = NETWORK, kind: str = "lite") -> NetworkFiles:
    def write(folder: Path) -> None:
        (folder / "network").write_bytes(data)

    return NetworkFiles(key, kind, "sent.tflite", write, 2_000_000_000, {"size": (64, 64)})


def pid(key: str) -> int:
    process = network_worker._WORKERS._workers[key]._process
    assert process is not None
    return process.pid


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(autouse=True, scope="module")
def _end() -> Iterator[None]:
    yield
    end_workers()


def test_the_same_child_answers_as_the_network_does() -> None:
    described = describe(files())
    assert (described.input_shape, described.input_dtype) == (SHAPE, "float32")
    assert [shape for _, shape in described.outputs] == [(1, 24, 24, 11)]
    batch = np.random.default_rng(0).random(SHAPE, dtype=np.float32)
    first = pid("shapes")
    (given,) = ask(files(), batch)
    np.testing.assert_allclose(given, LiteNetwork(NETWORK)(batch), atol=1e-4)
    ask(files(), batch)
    assert pid("shapes") == first


def test_a_child_that_was_killed_is_started_again() -> None:
    describe(files())
    os.kill(pid("shapes"), 9)
    time.sleep(0.05)
    assert ask(files(), np.zeros(SHAPE, np.float32))[0].shape == (1, 24, 24, 11)


def test_a_late_child_is_ended() -> None:
    describe(files())
    late = pid("shapes")
    with pytest.raises(InputError, match=r"sent.tflite gave no answer within 0 s|more memory or time"):
        ask(files(), np.zeros(SHAPE, np.float32), seconds=0.0)
    assert not runs(late)
    with pytest.raises(InputError, match="gave no answer within 0 s"):
        describe(files("slow"), seconds=0.0)


def test_the_least_recently_used_and_the_idle_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    end_workers()
    monkeypatch.setattr(network_worker, "MOST_WORKERS", 2)
    for key in ("a", "b"):
        describe(files(key))
    first, second = pid("a"), pid("b")
    describe(files("a"))
    describe(files("c"))
    assert (runs(first), runs(second)) == (True, False)
    third = pid("c")
    monkeypatch.setattr(network_worker, "IDLE_SECONDS", 0.0)
    network_worker._WORKERS.end()
    assert not runs(first)
    assert not runs(third)
    assert not network_worker._WORKERS._workers


def test_threads_take_turns() -> None:
    describe(files())
    batches = [np.full(SHAPE, value, np.float32) for value in (0.1, 0.5, 0.9)]
    alone = [ask(files(), batch)[0] for batch in batches]
    together: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        together[number] = ask(files(), batches[number])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, given in together.items():
        np.testing.assert_array_equal(given, alone[number])
    assert len(together) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (NETWORK[:5000], r"sent.tflite (cannot be run|needs more memory or time)"),
        (b"\0\0\0\0TFL3" + bytes(40), r"sent.tflite (cannot be run|needs more memory or time)"),
    ],
    ids=["cut short", "empty"],
)
def test_a_file_that_the_interpreter_refuses_is_told(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        describe(files("broken", data))


def test_without_onnxruntime_the_remedy_says_what_to_install() -> None:
    if importlib.util.find_spec("onnxruntime"):
        pytest.skip("onnxruntime is installed")
    with pytest.raises(InputError, match=r"requirements-onnx\.txt"):
        describe(files("onnx", b"", "onnx"))


def frame(header: object, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + payload


def heard(data: bytes, *, closed: bool = True) -> tuple[dict, dict]:
    reading, writing = os.pipe()
    try:
        os.set_blocking(reading, False)
        os.write(writing, data)
        if closed:
            os.close(writing)
        return read_frame(reading, deadline=time.monotonic() + 0.2)
    finally:
        os.close(reading)
        if not closed:
            os.close(writing)


def test_frames_come_through_as_they_were_sent() -> None:
    reading, writing = os.pipe()
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(1, 2, 3)[..., ::-1], "b": np.zeros((0, 4), np.uint8)}
    write_frame(writing, {"said": "yes"}, arrays)
    values, given = read_frame(reading)
    assert values == {"said": "yes"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(given[name], array)
        assert given[name].dtype == array.dtype
    os.close(reading)
    with pytest.raises(Broken):
        write_frame(writing, {}, {})
    os.close(writing)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xff\xff\xff",
        struct.pack("<I", 5) + b"hello",
        frame([1]),
        frame({}),
        frame({"arrays": 3}),
        frame({"arrays": [["a", "object", [1]]]}),
        frame({"arrays": [["a", "float32", [-1]]]}),
        frame({"arrays": [["a", "float32", [1 << 60]]]}),
        frame({"arrays": [["a", "float32", [1 << 30]]]}),
        frame({"arrays": [["a", "float32", [2]]]}, b"1234"),
        frame({"arrays": [["a", "uint8", [0]]] * 101}),
    ],
    ids=lambda data: str(data[:40]),
)
def test_frames_that_are_not_as_agreed_are_refused(data: bytes) -> None:
    with pytest.raises(Broken):
        heard(data)


def test_a_frame_that_does_not_end_is_waited_for_no_longer_than_told() -> None:
    with pytest.raises(TooLate):
        heard(frame({"arrays": [["a", "float32", [2]]]}, b"1234"), closed=False)
