"""Starters at run time: a card that is checked, a network that answers without Keras, files that are what they were."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.lite_network import MOST_PIXELS, LiteNetwork
from cnn_core.starter_card import StarterCard, parse_card, read_card
from cnn_core.starter_models import (
    BUILDERS,
    MODELS,
    STARTERS,
    build_network,
    keras_starter,
    lite_starter,
    prepare,
    starter_card,
)
from cnn_core.starters.evaluate import measuring, reproduces, table
from cnn_core.starters.measured import Figure, Measured
from tests.starters.tiny_starter import NAME, ship_tiny

ROOT = Path(__file__).parents[1]
# Measured on scenes that are drawn: they need no data.
PROCEDURAL = {name for name in STARTERS if "shapes" in name or "fcn" in name}
LARGEST_FILE = {"classification": 6_000_000, "detection": 6_000_000, "segmentation": 8_000_000}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starters")
    ship_tiny(folder)
    return folder / "models"


@pytest.fixture(scope="module")
def network(models: Path) -> LiteNetwork:
    return lite_starter(NAME, folder=models)


@pytest.fixture(scope="module")
def card(models: Path) -> StarterCard:
    return starter_card(NAME, folder=models)


def noise(count: int, rows: int, columns: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, rows, columns, 3), dtype=np.float32)


def test_first_prediction_imports_neither_keras_nor_tensorflow(models: Path) -> None:
    code = f"""
import json, sys
from pathlib import Path
import numpy as np
from cnn_core.starter_models import lite_starter, prepare, starter_card
folder = Path({str(models)!r})
card = starter_card({NAME!r}, folder=folder)
logits, maps = lite_starter({NAME!r}, folder=folder)(prepare(np.zeros((50, 70, 3)), card))
print(json.dumps([sorted(sys.modules), logits.shape]))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded, shape = json.loads(ran.stdout)
    assert shape == [1, 3]
    assert "ai_edge_litert.interpreter" in loaded
    heavy = {"tensorflow", "keras", "jax", "torch", "streamlit", "matplotlib", "pandas", "scipy"}
    assert heavy.isdisjoint(loaded)


def test_any_size_and_any_number_of_pictures_give_what_each_gives_alone(network: LiteNetwork) -> None:
    """Batches that do not fit at once are cut into chunks, the last of another length."""
    batch = noise(300, 32, 32)
    logits, maps = network(batch)
    assert (logits.shape, maps.shape) == ((300, 3), (300, 3, 3, 16))
    for number in (0, 127, 128, 299):
        alone = network(batch[number : number + 1])
        np.testing.assert_allclose(logits[number], alone[0][0], atol=1e-5)
        np.testing.assert_allclose(maps[number], alone[1][0], atol=1e-5)
    assert network(noise(2, 40, 100))[1].shape == (2, 4, 12, 16)


def test_outputs_are_the_callers_own(network: LiteNetwork) -> None:
    first, _ = network(noise(1, 32, 32, seed=1))
    kept = first.copy()
    network(noise(1, 32, 32, seed=2))
    np.testing.assert_array_equal(first, kept)
    first[:] = 0.0
    np.testing.assert_array_equal(network(noise(1, 32, 32, seed=1))[0], kept)


def test_threads_that_use_one_network_get_their_own_answers(network: LiteNetwork) -> None:
    batches = [noise(1 + number % 3, 32 + 8 * (number % 4), 32, seed=number) for number in range(8)]
    alone = [network(batch)[0] for batch in batches]
    right: list[bool] = []

    def ask(number: int) -> None:
        answers = [network(batches[number])[0] for _ in range(20)]
        right.extend(np.array_equal(answer, alone[number]) for answer in answers)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 160, "a thread that failed is missing"


def test_a_large_picture_leaves_no_memory_behind(models: Path) -> None:
    """The first block alone takes 60 MB for it."""
    code = f"""
import psutil, numpy as np
from pathlib import Path
from cnn_core.lite_network import LiteNetwork
network = LiteNetwork(Path({str(models / f"{NAME}.tflite")!r}).read_bytes())
small = np.zeros((1, 32, 32, 3), np.float32)
before = network(small)
used = psutil.Process().memory_info().rss
network(np.zeros((1, 1024, 1024, 3), np.float32))
after = network(small)
assert np.array_equal(before[0], after[0])
print((psutil.Process().memory_info().rss - used) / 2**20)
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 30


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((32, 32, 3), "takes a batch"),
        ((0, 32, 32, 3), "takes a batch"),
        ((1, 32, 32, 1), "input size"),
        ((1, 1024, MOST_PIXELS // 1024 + 1, 3), "larger"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(network: LiteNetwork, shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        network(np.zeros(shape, np.float32))
    assert network(noise(1, 32, 32))[0].shape == (1, 3), "and the network goes on"


def test_prepare_stretches_or_letterboxes_as_the_card_says(card: StarterCard) -> None:
    photo = noise(1, 30, 90)[0]
    stretched = prepare(photo, card)
    assert stretched.shape == (1, 64, 48, 3)
    np.testing.assert_allclose(stretched[0], cv2.resize(photo, (48, 64), interpolation=cv2.INTER_AREA), atol=1e-6)
    boxed = prepare(photo, replace(card, input=replace(card.input, resize="letterbox")))
    assert boxed.shape == (1, 64, 48, 3)
    np.testing.assert_allclose(boxed[0, 0], 114 / 255)
    np.testing.assert_allclose(boxed[0, 24:40], cv2.resize(photo, (48, 16), interpolation=cv2.INTER_AREA), atol=1e-6)
    grey = prepare(photo[..., 0], card)
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    with pytest.raises(InputError, match="red, green and blue"):
        prepare(np.zeros((8, 8, 4)), card)


def test_each_keras_model_is_a_new_one(models: Path) -> None:
    first = keras_starter(NAME, folder=models)
    for weight in first.weights:
        weight.assign(weight * 0.0)
    second = keras_starter(NAME, folder=models)
    assert np.abs(second.get_weights()[0]).max() > 0


def test_an_unknown_name_lists_the_known_ones(models: Path) -> None:
    for load in (starter_card, lite_starter, keras_starter):
        with pytest.raises(InputError, match=f"Choose one of {NAME}"):
            load("../secrets", folder=models)
    with pytest.raises(InputError, match="Choose one of airbench"):
        build_network("lambda", {})


@pytest.mark.parametrize("ending", ["tflite", "weights.h5"])
def test_a_damaged_or_missing_file_is_not_used(models: Path, tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models, folder)
    path = folder / f"{NAME}.{ending}"
    load: Any = lite_starter if ending == "tflite" else keras_starter
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match="damaged"):
        load(NAME, folder=folder)
    path.unlink()
    with pytest.raises(RuntimeError, match="missing"):
        load(NAME, folder=folder)


def test_card_is_written_and_read_back(card: StarterCard, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(card.to_json(), encoding="utf-8")
    assert read_card(path) == card


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "guessing"},
        {"classes": []},
        {"classes": ["cat", " "]},
        {"data": [{"name": "web", "licence": "", "pictures": 3}]},
        {"data": [{"name": "web", "licence": "CC0"}]},
        {"bars": {"AP50": 0.5}},
        {"metrics": {"figures": {}, "pictures": 3, "held_out": "some"}},
        {
            "metrics": {
                "figures": {"top1": {"value": 0.9, "low": 0.91, "high": 0.95}},
                "pictures": 3,
                "held_out": "some",
            }
        },
        {"lite": {"name": "../x.tflite", "bytes": 3, "sha256": "0" * 64}},
        {"lite": {"name": "x.tflite", "bytes": 3, "sha256": "0" * 63}},
        {"input": {"size": [32], "resize": "stretch", "any_size": True, "photo_size": [32, 32]}},
        {"training": None},
        {"unheard": 1},
    ],
    ids=str,
)
def test_a_card_that_says_what_cannot_be_is_refused(card: StarterCard, changes: dict[str, Any]) -> None:
    values = json.loads(card.to_json())
    assert parse_card(values) == card
    with pytest.raises(ValueError, match="model card does not fit"):
        parse_card({**values, **changes})


def test_evaluation_tells_a_figure_that_is_below_its_bar_or_not_the_cards(card: StarterCard) -> None:
    wanted = replace(card, bars={"first": card.metrics.figures["first"].value + 0.001})
    assert reproduces(card.metrics, wanted)
    assert table(card.metrics, wanted)[0].endswith("below")
    assert not table(card.metrics, card)[0].endswith(("below", "differs"))
    other = Measured({"first": Figure(0.5, 0.4, 0.6)}, card.metrics.pictures, "noise")
    assert abs(card.metrics.figures["first"].value - 0.5) > 0.01
    assert not reproduces(other, card)
    assert table(other, card)[0].endswith("differs")
    assert not reproduces(replace(card.metrics, pictures=3), card)
    assert not reproduces(replace(card.metrics, figures={}), card)


@pytest.mark.parametrize("name", STARTERS)
def test_shipped_starter_is_complete_and_small(name: str) -> None:
    card = starter_card(name)
    assert card.name == name
    assert card.network.builder in BUILDERS
    for file in (card.weights, card.lite):
        assert (MODELS / file.name).stat().st_size == file.bytes <= LARGEST_FILE[card.task]
    assert card.agreement <= 1e-3
    assert not any(word.startswith("/") for word in card.training.command.split()), "a path of one machine"


def test_all_starters_together_are_below_forty_megabytes() -> None:
    assert sum(path.stat().st_size for path in MODELS.glob("*")) < 40e6


@pytest.fixture
def eager() -> Iterator[None]:
    """Tracing a network for a single answer takes longer than computing it."""
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", STARTERS)
def test_shipped_networks_agree(name: str, photos: Path) -> None:
    from cnn_core.images import load_image
    from cnn_core.starters.evaluate import keras_predict

    batch = prepare(load_image(photos / "pets.jpg"), starter_card(name))
    outputs = [model(batch) for model in (keras_predict(name), lite_starter(name))]
    for expected, found in zip(*(each if isinstance(each, list | tuple) else (each,) for each in outputs), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("name", STARTERS)
def test_figures_on_a_sample_are_the_cards(name: str, request: pytest.FixtureRequest) -> None:
    data = Path() if name in PROCEDURAL else request.getfixturevalue("data_folder")
    card = starter_card(name)
    found = measuring(card.task).measure(name, lite_starter(name), data, limit=card.sample.pictures)
    assert {key: found.figures[key].value for key in card.sample.figures} == pytest.approx(
        dict(card.sample.figures), abs=card.sample.tolerance
    )
