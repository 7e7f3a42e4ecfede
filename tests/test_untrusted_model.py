"""Uploaded .keras files: good ones are shown as they are; hostile ones are refused in words, at no cost to the server.

The child needs the time of importing Keras for every file, so that most files here are stopped before it. A good file
is read by the real child; what the child itself refuses is looked at in this process, which has imported Keras.
"""

import io
import json
import struct
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.architectures.catalog import ARCHITECTURES, Option
from cnn_core.errors import InputError
from cnn_core.untrusted import child, keras_weights
from cnn_core.untrusted import model as untrusted_model
from cnn_core.untrusted.keras_file import check_keras_file
from cnn_core.untrusted.keras_file_classes import LAYERS, OPERATIONS, REFUSED, VALUES
from cnn_core.untrusted.model import inspect_keras_file, load_in_child, read_keras_file
from cnn_core.weightless import read_model

keras = pytest.importorskip("keras")
layers = keras.layers


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return stream.getvalue()


def with_config(config: Any, **files: bytes) -> bytes:
    return archive({"config.json": json.dumps(config).encode(), **files})


def sequential(*parts: dict[str, Any]) -> dict[str, Any]:
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 8, 8, 3], "dtype": "float32", "name": "picture"},
        "registered_name": None,
    }
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "sent", "trainable": True, "layers": [first, *parts]},
        "registered_name": None,
    }


def part(
    kind: str, module: str | None = "keras.layers", registered: str | None = None, **config: Any
) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def saved(model: Any, folder: Path) -> bytes:
    model.save(folder / "model.keras")
    return (folder / "model.keras").read_bytes()


def small_model() -> Any:
    picture = keras.Input((8, 8, 3), name="picture")
    x = layers.Conv2D(4, 3, activation="relu", kernel_initializer="he_normal", name="conv")(picture)
    x = keras.ops.mean(x[:, 1:, ...], axis=-1, keepdims=True) + 1.0
    x = layers.Flatten(name="flat")(x)
    return keras.Model(picture, keras.Sequential([layers.Dense(2, name="dense")], name="head")(x), name="small")


LAMBDA = part("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAA=="}})

BEFORE_THE_CHILD = {
    "empty": (b"", "empty"),
    "not a zip": (b"hello" * 100, "is not a .keras file"),
    "HDF5 renamed": (b"\x89HDF\r\n\x1a\n" + b"\0" * 500, "HDF5 file"),
    "truncated": (with_config(sequential())[:-40], "damaged or cut short"),
    "zip without config": (archive({"saved_model.pb": b"x"}), "no config.json"),
    "zip with nothing": (archive({}), "no config.json"),
    "path traversal": (with_config(sequential(), **{"../../etc/passwd": b"x"}), "points outside"),
    "absolute path": (with_config(sequential(), **{"/etc/passwd": b"x"}), "points outside"),
    "backslash path": (with_config(sequential(), **{"..\\x": b"x"}), "points outside"),
    "many files": (archive({f"f{n}": b"" for n in range(100)}), "too many files"),
    "zip bomb": (
        archive({"config.json": b"{}", "model.weights.h5": b"\0" * 60_000_000}, zipfile.ZIP_DEFLATED),
        "would unpack to 60 MB",
    ),
    "bomb of a config": (archive({"config.json": b" " * 17_000_000}), "larger than 16 MB"),
    "not JSON": (archive({"config.json": b"{"}), "not readable"),
    "not text": (archive({"config.json": b"\xff\xfe\x00"}), "not readable"),
    "deep JSON": (archive({"config.json": b"[" * 100_000}), "nested too deep"),
    "deep JSON in strings": (archive({"config.json": b'{"a":' * 100_000 + b"1"}), "nested too deep"),
    "huge number": (archive({"config.json": b'{"config": {}, "x": ' + b"9" * 5000 + b"}"}), "not readable"),
    "a list": (with_config([1, 2]), "describes no model"),
    "custom model": (with_config(part("MyModel", "my_package", "my>MyModel")), "holds MyModel"),
    "a layer alone": (with_config(part("Dense", units=3)), "holds Dense"),
    "Lambda": (with_config(sequential(LAMBDA)), "contains Lambda, which carries code"),
    "Lambda by its function": (
        with_config(sequential(part("Activation", activation={"class_name": "__lambda__", "config": {}}))),
        "contains __lambda__",
    ),
    "custom function": (
        with_config(sequential(part("Activation", activation=part("function", "builtins")))),
        "contains function",
    ),
    "custom class": (with_config(sequential(part("Evil", "os", "os>Evil"))), "contains Evil of os"),
    "custom name": (with_config(sequential(part("Dense", registered="evil>Dense", units=2))), "contains Dense"),
    "any class of Python": (with_config(sequential(part("Popen", "subprocess"))), "contains Popen of subprocess"),
    "utility of Keras": (with_config(sequential(part("get_file", "keras.utils"))), "contains get_file"),
    "layer that reads files": (with_config(sequential(part("StringLookup", vocabulary="/etc/passwd"))), "StringLookup"),
    "layer of TensorFlow": (with_config(sequential(part("TFSMLayer", filepath="/tmp"))), "TFSMLayer"),
    "class that is no name": (with_config(sequential(part(["Dense"]))), "carries code"),  # type: ignore[arg-type]
    "line breaks in names": (with_config(sequential(part("A\n\x1b[31mB" * 100))), "A��"),
    "too many layers": (with_config(sequential(*[part("ReLU")] * 2001)), "too many layers"),
}


@pytest.mark.parametrize("case", sorted(BEFORE_THE_CHILD))
def test_a_hostile_file_is_refused_before_keras_sees_it(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_model, "start_child", lambda *_, **__: pytest.fail("it reached the child"))
    data, words = BEFORE_THE_CHILD[case]
    with pytest.raises(InputError) as caught:
        read_keras_file(data, name="sent.keras")
    assert words in caught.value.problem
    assert "sent.keras" in caught.value.problem
    assert caught.value.remedy
    assert len(str(caught.value)) < 500


def test_a_header_that_lies_about_the_size_is_damaged() -> None:
    data = bytearray(with_config(sequential()))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 5)
    with pytest.raises(InputError):
        check_keras_file(bytes(data), name="sent.keras")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_refused_or_harmless(data: st.DataObject) -> None:
    good = with_config(sequential(part("ReLU", name="relu")))
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        checked = check_keras_file(bytes(damaged), name="sent.keras")
    except InputError:
        return
    assert checked.config["class_name"] in {"Sequential", "Functional"}


def test_what_is_let_through_is_keras_own_and_holds_no_code() -> None:
    assert {name for name in LAYERS if not hasattr(layers, name)} == set()
    assert LAYERS.isdisjoint({*REFUSED, "Layer", "Wrapper", "TextVectorization", "StringLookup", "IntegerLookup"})
    for package in ("initializers", "regularizers", "constraints", "random"):
        assert all(hasattr(getattr(keras, package), name) for name in VALUES[f"keras.{package}"])
    for module, names in OPERATIONS.items():
        if module.startswith("keras.src.ops"):
            loaded = __import__(module, fromlist=["x"])
            assert {name for name in names if not hasattr(loaded, name)} == set()


@pytest.mark.parametrize(
    "build",
    [
        small_model,
        lambda: keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3), alpha=0.35),
        lambda: keras.applications.EfficientNetB0(weights=None, input_shape=(32, 32, 3)),
    ],
)
def test_networks_of_keras_pass_the_check(build: Any) -> None:
    config = read_model(build, keras.saving.serialize_keras_object)
    assert "compile_config" not in check_keras_file(with_config(config), name="good.keras").config


def values(option: Option) -> tuple[Any, ...]:
    """What else the option may be; the default is the network without options."""
    others = option.values or ((not option.default,) if isinstance(option.default, bool) else ())
    return tuple(value for value in others if value != option.default)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_networks_of_the_catalog_pass_the_check(name: str) -> None:
    entry = ARCHITECTURES[name]
    choices: list[dict[str, Any]] = [{}]
    # Every value of every option on its own: some bring layers of this project.
    choices += [{option.name: value} for option in entry.options for value in values(option)]
    for options in choices:
        try:
            config = read_model(
                lambda options=options: entry.build(
                    input_shape=entry.input_shape, num_classes=entry.num_classes, **options
                ),
                keras.saving.serialize_keras_object,
            )
        except InputError:
            continue  # these options do not go together
        assert check_keras_file(with_config(config), name="good.keras").config


def test_a_good_file_is_summarised_and_loaded_in_a_child(tmp_path: Path) -> None:
    from cnn_core.summary import summarize

    model = small_model()
    model.compile("adam", "mse")
    data = saved(model, tmp_path)
    read = read_keras_file(data, name="good.keras")
    # Operations of keras.ops are numbered by a counter of the process, so names are compared for layers alone.
    left_out: dict[str, Any] = {"name": "", "inputs": (), "block": ""}
    wanted = summarize(keras.models.load_model(tmp_path / "model.keras"))
    assert [row.name for row in read.summary.rows][:2] == ["picture", "conv"]
    for ours, theirs in zip(read.summary.rows, wanted.rows, strict=True):
        assert replace(ours, **left_out) == replace(theirs, **left_out)
    assert read.summary.training_bytes == wanted.training_bytes
    namespace: dict[str, Any] = {}
    exec(read.code, namespace)
    assert namespace["model"].count_params() == model.count_params()
    loaded = load_in_child(data, name="good.keras")
    assert (loaded.parameters, loaded.finite, loaded.output_shape) == (model.count_params(), True, (2,))


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, int]]]:
    """The child's work is done here; the limits that it would set itself, before it looks at the file, are listed."""
    found: list[dict[str, int]] = []
    limited = [False]

    def start(module: str, folder: Path, **_: Any) -> subprocess.Popen[bytes]:
        assert module == child.__name__
        limited[0] = False
        child.main(folder)
        return subprocess.Popen(["true"], start_new_session=True)

    def limit(**values: int) -> None:
        found.append(values)
        limited[0] = True

    def built(config: dict[str, Any]) -> Any:
        assert limited[0], "it was built without limits"
        return keras_weights.build_checked(config)

    monkeypatch.setattr(untrusted_model, "start_child", start)
    monkeypatch.setattr(child, "limit_this_process", limit)
    monkeypatch.setattr(child, "build_checked", built)
    yield found
    keras.config.enable_traceback_filtering()


def test_a_small_file_that_declares_500_million_parameters_costs_nothing(limits: list[dict[str, int]]) -> None:
    dense = part("Dense", name="huge", units=2_600_000)
    data = with_config(sequential(part("Flatten", name="flat"), dense), **{"model.weights.h5": b""})
    assert len(data) < 14_000
    summary = inspect_keras_file(data, name="declares.keras")
    assert summary.parameters == 192 * 2_600_000 + 2_600_000
    before = psutil.Process().memory_info().rss
    with pytest.raises(InputError, match=r"weights in declares.keras take 2,007 MB"):
        load_in_child(data, name="declares.keras")
    assert psutil.Process().memory_info().rss - before < 200e6
    assert [values["more_memory"] for values in limits] == [2_000_000_000] * 2
    assert all(values["more_seconds"] == 90 for values in limits)


def test_what_the_child_cannot_build_or_hold_is_refused(tmp_path: Path, limits: list[dict[str, int]]) -> None:
    import h5py

    cases: list[tuple[bytes, str]] = [
        (
            with_config(sequential(part("Flatten", name="f"), part("Dense", name="d", units=10**8))),
            "declares 19,300,000,000",
        ),
        (
            with_config(sequential(part("Conv2D", name="c", filters=2, kernel_size=[9, 9]))),
            "Keras cannot build sent.keras",
        ),
    ]
    for data, words in cases:
        with pytest.raises(InputError) as caught:
            inspect_keras_file(data, name="sent.keras")
        assert words in caught.value.problem
    # Weights whose data lie in another file of the server.
    path = tmp_path / "model.weights.h5"
    (tmp_path / "secret").write_bytes(np.zeros(20, "float32").tobytes())
    with h5py.File(path, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset("0", (3, 5), "float32", external=[(str(tmp_path / "secret"), 0, 60)])
    data = with_config(sequential(part("Dense", name="dense", units=5)), **{"model.weights.h5": path.read_bytes()})
    with pytest.raises(InputError, match="point to other files"):
        load_in_child(data, name="sent.keras")
    assert len(limits) == 3


def test_a_child_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    start = untrusted_model.start_child

    def watched(*arguments: Any, **options: Any) -> Any:
        started.append(start(*arguments, **options))
        return started[0]

    monkeypatch.setattr(untrusted_model, "start_child", watched)
    with pytest.raises(InputError, match="not read within 0 s"):
        inspect_keras_file(with_config(sequential(part("ReLU", name="relu"))), name="slow.keras", seconds=0.3)
    assert started[0].returncode is not None
    assert not untrusted_model._ONE_AT_A_TIME.locked()


def test_a_second_file_waits_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_model, "_ONE_AT_A_TIME", threading.Lock())
    monkeypatch.setattr(untrusted_model, "_WAIT_SECONDS", 0.05)
    untrusted_model._ONE_AT_A_TIME.acquire()
    with pytest.raises(InputError, match="Other uploaded models"):
        inspect_keras_file(with_config(sequential(part("ReLU", name="relu"))), name="second.keras")
