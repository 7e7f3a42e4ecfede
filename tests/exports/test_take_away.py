"""A trained network taken away: every format read by its own runtime, and the scripts run without this project."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnn_core.child_process import read_json, write_json
from cnn_core.errors import InputError
from cnn_core.exports import formats, job
from cnn_core.exports.card import model_card
from cnn_core.exports.formats import Format, onnx_missing
from cnn_core.exports.record import read_exports
from cnn_core.exports.take_home import write_take_home
from cnn_core.exports.training_package import write_training_package
from cnn_core.folders.listing import load_listing
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.results.answering import answers
from cnn_core.results.figures import classification_figures
from cnn_core.results.predictions import only, read_predictions
from cnn_core.results.reasons import reasons
from cnn_core.results.trained import load_model, trained_network

keras = pytest.importorskip("keras")

from cnn_core.transfer.train import train_run  # noqa: E402
from tests.transfer.tiny_backbone import COLOURS, make_run, tiny_load, write_listing  # noqa: E402

CONVERTED = ("keras", "saved_model", "litert", "onnx")
NAME = 'reds, "greens" | blues'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that was really trained, both methods in sequence."""
    folder = tmp_path_factory.mktemp("exports")
    run = make_run(
        folder / "runs", write_listing(folder), method="both", epochs=2, name=NAME, fine_tuning={"epochs": 1}
    )
    train_run(run, load=tiny_load)
    return run


@pytest.fixture(scope="module")
def exports(run):
    """Every format, written once for all tests."""
    (run / "exports").mkdir()
    write_json(run / "exports" / "request.json", {"kinds": [*CONVERTED]})
    job.export_run(run)
    return read_exports(run)


@pytest.fixture(scope="module")
def validation(run):
    """Raw pixels of the validation pictures, and the probabilities that training recorded for them."""
    predictions = only(read_predictions(run), "validation")
    root = load_listing(Path(read_json(run / "config.json")["data"]["listing"])).root
    photos = [np.asarray(Image.open(root / file)) for file in predictions.files]
    return predictions, photos


def test_every_format_is_written_and_compared(run, exports):
    assert set(exports) == set(CONVERTED)
    for kind in CONVERTED[:3]:
        export = exports[kind]
        assert export.state == "done", export.reason
        assert 0 <= export.difference < 1e-5
        assert export.pictures == 8
        assert export.size == (run / "exports" / export.file).stat().st_size > 1000
    assert not list((run / "exports").glob("part.*"))
    assert (run / "exports" / "model.keras").read_bytes() == (run / "model.keras").read_bytes()


def test_onnx_is_written_or_says_what_is_missing(run, exports):
    if onnx_missing():
        assert exports["onnx"].state == "failed"
        assert "requirements-onnx.txt" in exports["onnx"].reason
        assert not (run / "exports" / "model.onnx").exists()
    else:
        assert exports["onnx"].state == "done", exports["onnx"].reason
        assert exports["onnx"].difference < 1e-5


def test_the_lite_file_answers_about_photos_as_training_recorded(run, exports, validation):
    """Through LiteRT's own interpreter."""
    interpreters = pytest.importorskip("ai_edge_litert.interpreter")
    predictions, photos = validation
    ask = interpreters.Interpreter(str(run / "exports" / exports["litert"].file)).get_signature_runner()
    (name,) = ask.get_input_details()
    for photo, expected in zip(photos[:3], predictions.probabilities, strict=False):
        pixels = picture_from_pixels(photo, size=(16, 16)).astype(np.float32)
        np.testing.assert_allclose(ask(**{name: pixels[None]})["output_0"][0], expected, atol=1e-4)


def test_a_file_that_answers_otherwise_is_not_offered(run, exports, monkeypatch):
    assert exports
    wrong = Format(
        "wrong",
        "Wrong",
        "wrong.bin",
        "",
        write=lambda _, path: path.write_text("file"),
        read=lambda _: lambda batch: np.full((len(batch), 3), 1 / 3, np.float32),
    )
    crashing = replace(wrong, name="crashing", file="crashing.bin", read=lambda _: 1 / 0)
    monkeypatch.setattr(job, "FORMATS", {"wrong": wrong, "crashing": crashing})
    found = job.write_files(run, ["wrong", "crashing"])
    assert found["wrong"].state == found["crashing"].state == "failed"
    assert "probabilities differ from the network's by 0." in found["wrong"].reason
    assert found["crashing"].reason == "The converter gave up: ZeroDivisionError: division by zero"
    assert found["litert"].state == "done", "what was there stays"
    assert not list((run / "exports").glob("*.bin"))


def test_what_is_there_is_not_written_again(run, exports, monkeypatch):
    assert exports
    monkeypatch.setattr(job, "FORMATS", {"litert": None})
    assert job.write_files(run, ["litert"])["litert"] == exports["litert"]


def test_without_onnx_the_reason_names_what_to_install(monkeypatch):
    monkeypatch.setattr(formats, "onnx_missing", lambda: ("tf2onnx",))
    with pytest.raises(InputError, match=r"ONNX needs tf2onnx, .*pip install -r requirements-onnx.txt"):
        formats.check_onnx()


def test_exports_of_an_earlier_network_are_not_offered(run, exports):
    assert exports
    about = (run / "model.keras").stat()
    os.utime(run / "model.keras", ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert read_exports(run) == {}
    os.utime(run / "model.keras", ns=(about.st_atime_ns, about.st_mtime_ns))
    assert "litert" in read_exports(run)


@pytest.mark.parametrize("request_", [None, {}, {"kinds": []}, {"kinds": ["litert", "pickle"]}, {"kinds": "litert"}])
def test_a_request_for_nothing_that_exists_is_refused(tmp_path, request_):
    (tmp_path / "exports").mkdir()
    if request_ is not None:
        write_json(tmp_path / "exports" / "request.json", request_)
    with pytest.raises(InputError, match="Choose among keras, saved_model, litert, onnx, training"):
        job.export_run(tmp_path)


def test_the_card_says_what_the_figures_say(run, exports, validation):
    assert exports
    predictions, _ = validation
    figures = classification_figures(predictions)
    card = model_card(run)
    assert card.startswith('# reds, "greens" \\| blues\n')
    assert f"Accuracy {figures.accuracy.value * 100:.1f} % on 9 pictures" in card
    for row in figures.by_class:
        assert f"| {row.name} | {row.support} |" in card
    assert "| all | 27 | 9 | 0 |" in card
    assert "With 9 pictures the accuracy may be anything" in card
    assert "from block3 on" in card
    assert "| model.tflite | LiteRT |" in card
    assert "| wrong.bin |" not in card
    assert "part test" not in card


def test_a_card_is_written_without_the_pictures_too(run, tmp_path):
    for file in ("config.json", "predictions.npz", "result.json", "labels.txt"):
        (tmp_path / file).write_bytes((run / file).read_bytes())
    config = read_json(tmp_path / "config.json")
    write_json(tmp_path / "config.json", {**config, "data": {"listing": "/nowhere/listing.json"}})
    assert "The list of pictures is no longer there." in model_card(tmp_path)


def test_answers_equal_what_training_recorded(run, validation):
    predictions, photos = validation
    network = trained_network(run)
    assert trained_network(run) is network
    batch = np.stack([picture_from_pixels(photo, size=network.size) for photo in photos])
    assert len(batch) == 9, "no power of two"
    np.testing.assert_allclose(network(batch), predictions.probabilities, atol=1e-4)
    assert network(batch[:0]).shape == (0, 3)
    told = answers(network, photos, classes=network.classes, size=network.size, top=3)
    for guesses, row in zip(told, predictions.probabilities, strict=True):
        assert [guess.label for guess in guesses] == [network.classes[k] for k in np.argsort(-row)]
        assert [guess.probability for guess in guesses] == pytest.approx(sorted(row, reverse=True), abs=1e-4)


def test_reasons_are_on_one_scale_and_in_the_photos_size(run, validation):
    _, photos = validation
    network = trained_network(run)
    found = reasons(network, photos[0], ["red", "blue"])
    assert [reason.label for reason in found] == ["red", "blue"]
    assert found[0].largest == found[1].largest == max(reason.heat.max() for reason in found) > 0
    assert all(reason.picture.shape == photos[0].shape for reason in found)
    with pytest.raises(InputError, match="Choose one of blue, green, red"):
        reasons(network, photos[0], ["violet"])


def test_a_damaged_or_missing_network_is_named(run, tmp_path):
    with pytest.raises(InputError, match="no trained network yet"):
        trained_network(tmp_path)
    whole = (run / "model.keras").read_bytes()
    (tmp_path / "model.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"model.keras of this run is damaged"):
        trained_network(tmp_path)


def test_the_scripts_run_on_their_own(run, validation, tmp_path):
    """`python -I`: neither this project nor its folder can be imported."""
    predictions, _ = validation
    root = load_listing(Path(read_json(run / "config.json")["data"]["listing"])).root
    home, training = tmp_path / "home", tmp_path / "training"
    for path, folder in (
        (write_take_home(run, tmp_path / "take_home.zip"), home),
        (write_training_package(run, tmp_path / "training.zip", load=tiny_load), training),
    ):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    assert sorted(path.name for path in home.iterdir()) == [
        *("MODEL_CARD.md", "figures.json", "labels.txt", "model.keras", "predict.py")
    ]
    assert json.loads((home / "figures.json").read_text())["classes"] == list(COLOURS)
    with (training / "split.csv").open(newline="") as table:
        assert len(list(csv.DictReader(table))) == 36
    # One process for both: each takes seconds to import Keras.
    code = f"""
import runpy, sys
assert "cnn_core" not in sys.modules
sys.argv = ["predict.py", *{[str(root / file) for file in predictions.files[:4]]!r}]
runpy.run_path({str(home / "predict.py")!r}, run_name="__main__")
print("---")
sys.argv = ["train.py", {str(root)!r}]
runpy.run_path({str(training / "train.py")!r}, run_name="__main__")
assert not any(name.startswith("cnn_core") for name in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    _check_answers(ran.stdout.partition("---")[0], root, predictions)
    _check_training(training)


def _check_answers(printed, root, predictions):
    """What predict.py printed is what training recorded."""
    blocks = [block.split("\n") for block in printed.strip().split(f"{root}/") if block]
    assert [block[0] for block in blocks] == list(predictions.files[:4])
    for block, row in zip(blocks, predictions.probabilities, strict=False):
        lines = [line.split() for line in block[1:] if line.strip()]
        assert [line[1] for line in lines] == [predictions.classes[k] for k in np.argsort(-row)]
        said = [float(line[0].rstrip("%")) / 100 for line in lines]
        assert said == pytest.approx(sorted(row.tolist(), reverse=True), abs=2e-4)


def _check_training(folder):
    """train.py left a network whose last stage was tuned, whose batch norm and early stages were not."""
    before, after = load_model(folder / "backbone.keras"), load_model(folder / "model.keras")
    assert after.output_shape == (None, 3)
    assert (folder / "labels.txt").read_text().split() == list(COLOURS)
    base = after.get_layer("starter")
    for layer in before.layers:
        moved = [
            not np.array_equal(old, new)
            for old, new in zip(layer.get_weights(), base.get_layer(layer.name).get_weights(), strict=True)
        ]
        tuned = layer.name.startswith("block3_conv") and "_bn" not in layer.name
        assert moved == [tuned] * len(moved), layer.name
