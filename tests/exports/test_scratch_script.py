"""`train.py` of a training from scratch: its text for every option, and run as those who take it home run it."""

import ast
import csv
import json
import runpy
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnn_core.child_process import write_json
from cnn_core.errors import InputError
from cnn_core.exports.scratch_script import scratch_script
from cnn_core.exports.training_package import write_training_package
from cnn_core.folders.ready_made import CIFAR_CLASSES
from cnn_core.results.trained import load_model
from cnn_core.training import cifar
from cnn_core.training.cifar import read_part
from cnn_core.training.config import NETWORKS, OWN, RECIPE, STARTER, ScratchConfig, config_of, values_of
from cnn_core.training.data import counts_of, load_data
from cnn_core.training.network import network_code, scratch_network
from cnn_core.training.train import CODE
from tests.training.tiny_runs import NETWORK, few_held_out
from tests.transfer.tiny_backbone import COLOURS, write_listing


def script(**values: Any) -> str:
    text = scratch_script(config_of(values), classes=CIFAR_CLASSES, network="import keras\n\nmodel = None")
    ast.parse(text)
    return text


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For a handful of steps a graph takes longer to trace than to compute; the policy and the name counters stay."""
    whole = keras.Model.compile
    monkeypatch.setattr(keras.Model, "compile", lambda self, *a, **k: whole(self, *a, **k, run_eagerly=True))
    yield
    keras.utils.clear_session()


def run_script(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
    return runpy.run_path(str(folder / "train.py"), run_name="__main__")


def signature(model: keras.Model) -> list[tuple[Any, ...]]:
    """What each layer is and does, without names and seeds."""
    told = []
    for layer in model.layers:
        config = {k: v for k, v in layer.get_config().items() if not k.endswith("_initializer")}
        for name in ("name", "seed", "build_config", "dtype", "batch_shape"):
            config.pop(name, None)
        shape = layer.output.shape if isinstance(layer.output, keras.KerasTensor) else None
        told.append((type(layer).__name__, shape, json.dumps(config, default=str, sort_keys=True)))
    return [one for one in told if one[0] != "InputLayer"]


@pytest.mark.parametrize(("batch_norm", "dropout"), [(True, True), (False, True), (True, False)])
def test_the_recipe_in_plain_keras_is_what_is_trained(batch_norm: bool, dropout: bool) -> None:
    config = ScratchConfig(batch_norm=batch_norm, dropout=dropout)
    text = scratch_script(config, classes=CIFAR_CLASSES)
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "SIZE": (32, 32), "CLASSES": CIFAR_CLASSES}
    exec(text[text.index("stack = ") : text.index("train = Batches")], names)
    assert signature(names["model"]) == signature(scratch_network(config, 10))


def test_every_network_is_code_of_keras_alone() -> None:
    for name in NETWORKS:
        if name in (RECIPE, STARTER, OWN):
            continue
        code = network_code(config_of({"network": name, "input_size": [96, 96]}), 10)
        assert "cnn_core" not in code, name
        assert "seed" not in code, name
        assert code.splitlines()[0] == "import keras", name


@pytest.mark.parametrize(
    "values",
    [
        {"network": "own", "own": NETWORK},
        {"network": "resnet18", "options": {"base_filters": 4}},
        {"network": "lenet5"},
    ],
)
def test_a_networks_code_is_what_is_trained(values: dict[str, Any]) -> None:
    config = config_of(values)
    text = scratch_script(config, classes=CIFAR_CLASSES, network=network_code(config, 10))
    ast.parse(text)
    names: dict[str, Any] = {"keras": keras}
    exec(network_code(config, 10), names)
    model = scratch_network(config, 10)
    assert signature(names["model"]) == signature(model)
    assert [layer.name for layer in names["model"].layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"optimizer": "sgd"}, "keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)"),
        ({"optimizer": "rmsprop"}, "keras.optimizers.RMSprop(rate)"),
        ({"schedule": "cosine"}, "warmup_target=rate"),
        ({"schedule": "constant", "early_stopping": 2}, "EarlyStopping(patience=2"),
        ({"precision": "mixed"}, 'set_global_policy("mixed_float16")'),
        ({"l2": 0.01}, "variable.regularizer = keras.regularizers.L2(0.01)"),
        ({"augmentation": {"mixup": 0.2}}, "layers.MixUp(alpha=0.2"),
        ({"input_size": [24, 40]}, "import cv2"),
        ({"network": "starter"}, 'load_model(HERE / "start.keras"'),
        ({"network": "lenet5"}, "model = None"),
        ({"pictures": 1_000}, "order[:1_000], order[45_000:45_500]"),
        ({"epochs": 3, "learning_rate": 0.02}, "rate, epochs = 0.02, 3"),
    ],
)
def test_an_option_brings_its_line_and_only_its_line(changes: dict[str, Any], expected: str) -> None:
    assert expected in script(**changes)
    assert expected not in script()


def test_what_is_off_is_left_out() -> None:
    text = script(early_stopping=0, schedule="constant", augmentation={}, batch_norm=False, dropout=False)
    for word in ("EarlyStopping", "ReduceLROnPlateau(factor=0.5, patience=3)", "augment", "Dropout", "Normalization"):
        assert word not in text
        assert word in script()
    for word in ("csv", "cv2", "PIL", "sys"):
        assert word not in script()
    assert "import layers" not in script(network="lenet5", augmentation={})


def test_cifar_is_divided_as_here_and_trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    # Each picture is told from the others by its first pixels; the rest is never written.
    train, test = np.zeros((50_000, 32, 32, 3), np.uint8), np.zeros((10_000, 32, 32, 3), np.uint8)
    for pixels in (train, test):
        pixels[:, 0, :2] = random.integers(0, 256, (len(pixels), 2, 3))
    labels = [random.integers(0, 10, (count, 1)).astype(np.uint8) for count in (50_000, 10_000)]
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: ((train, labels[0]), (test, labels[1])))
    monkeypatch.setattr(cifar, "cifar_copy", lambda: None)
    monkeypatch.setattr(cifar, "download_cifar", lambda: None)
    with few_held_out(20):
        config = config_of(
            {"pictures": 40, "input_size": [16, 24], "epochs": 1, "batch_size": 20, "schedule": "cosine"}
        )
        (tmp_path / "train.py").write_text(scratch_script(config, classes=CIFAR_CLASSES))
        counts = counts_of(config)
        found = run_script(tmp_path, monkeypatch)
    places = {
        "train": ("train", range(counts.train)),
        "validation": ("train", range(45_000, 45_000 + counts.validation)),
        "test": ("test", range(counts.test)),
    }
    for name, (part, wanted) in places.items():
        _, pixels, truth = read_part(part, wanted)
        x, y = found["parts"][name]
        assert np.array_equal(y, truth)
        assert x.shape == (len(truth), 16, 24, 3)
        assert np.array_equal(found["stretched"](pixels), x)
    batch, answers = found["train"][0]
    assert batch.shape == (20, 16, 24, 3)
    assert answers.sum() == 20
    assert load_model(tmp_path / "model.keras").output_shape == (None, 10)
    assert (tmp_path / "labels.txt").read_text().split() == list(CIFAR_CLASSES)


def make_run(folder: Path, **values: Any) -> ScratchConfig:
    config = config_of({"batch_size": 20, "epochs": 1, "input_size": [16, 16], "name": "Mine", **values})
    folder.mkdir()
    write_json(folder / "config.json", values_of(config))
    return config


def unpacked(run: Path) -> Path:
    folder = run / "unpacked"
    with zipfile.ZipFile(write_training_package(run, run / "training.zip")) as archive:
        archive.extractall(folder)
    return folder


def test_drawn_shapes_and_a_started_network_are_packed_and_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    config = make_run(run, data="shapes", pictures=20, network="starter", frozen=True, input_size=[32, 32])
    with few_held_out(6):
        data = load_data(config)
        (run / "labels.txt").write_text("".join(f"{name}\n" for name in data.classes))
        folder = unpacked(run)
    assert sorted(path.name for path in folder.iterdir()) == ["pictures.npz", "start.keras", "train.py"]
    start = load_model(folder / "start.keras")
    found = run_script(folder, monkeypatch)
    assert np.array_equal(found["parts"]["train"][0], data.pixels)
    assert np.array_equal(found["parts"]["test"][1], data.judged_truth[data.validation :])
    after = load_model(folder / "model.keras")
    moved = [not np.array_equal(a, b) for a, b in zip(start.get_weights(), after.get_weights(), strict=True)]
    assert moved == [False] * (len(moved) - 2) + [True, True], "only the new layer learns"


def test_ones_own_pictures_and_network_are_packed_and_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = write_listing(tmp_path)
    run = tmp_path / "run"
    config = make_run(
        run, data={"kind": "listing", "listing": str(listing)}, network="own", own=NETWORK, pictures=20, l2=1e-3
    )
    data = load_data(config)
    (run / "labels.txt").write_text("".join(f"{name}\n" for name in data.classes))
    with pytest.raises(InputError, match=r"not kept its network's code.*network\.py"):
        write_training_package(run, run / "training.zip")
    assert not list(run.glob("*.zip"))
    (run / CODE).write_text(network_code(config, len(data.classes)))
    folder = unpacked(run)
    with (folder / "split.csv").open(newline="") as table:
        assert len(list(csv.DictReader(table))) == 36
    found = run_script(folder, monkeypatch, str(tmp_path / "pictures"))
    x, y = found["parts"]["train"]
    assert np.array_equal(np.sort(y), np.sort(data.truth))
    assert {one.tobytes() for one in x} == {one.tobytes() for one in data.pixels}
    assert len(found["model"].losses) == 2, "squared kernels of the convolution and of the dense layer"
    assert (folder / "labels.txt").read_text().split() == sorted(COLOURS)


def test_a_run_that_was_broken_on_purpose_has_no_script(tmp_path: Path) -> None:
    run = tmp_path / "run"
    make_run(run, data="shapes", mistake="labels_shuffled")
    (run / "labels.txt").write_text("a\nb\n")
    with pytest.raises(InputError, match="broken on purpose"):
        write_training_package(run, run / "training.zip")
