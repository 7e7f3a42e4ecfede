"""Visitors' classifiers: how their files are read, and questions about their inside, opened in this process."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core.activations.told import layers_from, maps_from
from cnn_core.classifiers import own_file
from cnn_core.classifiers.answers import answer_about
from cnn_core.classifiers.own_file import OwnOptions, open_own
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.starter_models import MODELS, starter_card
from cnn_core.untrusted import network_child
from cnn_core.untrusted.frames import write_frame
from tests.segmentation.conftest import in_process  # noqa: F401

CAT = sample("cat")


@pytest.fixture
def asked_here(in_process: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:  # noqa: F811
    """Questions go through what the child does with them, and through a frame's JSON."""

    def question(files: Any, asked: str, batch: np.ndarray, options: dict, **_: Any) -> Any:
        said = {"question": asked, "options": options}
        values, arrays = network_child._told(in_process[files.key], said, batch)
        if "refused" in values:
            raise InputError(values["refused"], values["remedy"])
        return values["values"], arrays

    monkeypatch.setattr(own_file, "question", question)
    return in_process


def saved(folder: Path, *layers: Any, shape: tuple[int, ...] = (32, 32, 3)) -> bytes:
    import keras

    keras.utils.set_random_seed(3)
    keras.Sequential([keras.Input(shape), *layers]).save(folder / "model.keras")
    return (folder / "model.keras").read_bytes()


@pytest.mark.usefixtures("asked_here")
def test_scores_become_probabilities_and_questions_are_answered(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3), keras.layers.GlobalAveragePooling2D()]
    data = saved(tmp_path, *layers, keras.layers.Dense(3))
    network = open_own(data, name="mine.keras")
    assert network.classes == ("class 0", "class 1", "class 2")
    assert network.preparation.pixels == "byte", "its Rescaling layer says so"
    peer = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    batch = network.prepare(CAT)[None]
    expected = np.asarray(keras.ops.softmax(peer(batch)))
    np.testing.assert_allclose(answer_about(network, CAT).probabilities, expected[0], atol=1e-5)
    told = network.ask("predict", np.repeat(batch, 2, axis=0))
    np.testing.assert_allclose(told.arrays["probabilities"], np.repeat(np.asarray(peer(batch)), 2, axis=0), atol=1e-4)
    (conv,) = (layer for layer in layers_from(network.ask("layers", batch)) if layer.kind == "Conv2D")
    maps = maps_from(network.ask("maps", batch, layer=conv.name), conv)
    first = keras.Model(peer.inputs, peer.get_layer(conv.name).output)
    np.testing.assert_allclose(maps, np.asarray(first(batch))[0], rtol=1e-4, atol=1e-3)
    with pytest.raises(InputError, match="There is no such question"):
        network.ask("read the disk", batch)
    names = OwnOptions(names=("a", "b", "c"), outputs="probabilities", pixels="unit", placement="stretch")
    other = open_own(data, name="mine.keras", options=names)
    assert other.classes == names.names
    assert (other.preparation.pixels, other.preparation.placement) == ("unit", "stretch")
    twice = open_own(data, name="mine.keras", options=OwnOptions(names=("a", "b", "a")))
    assert twice.classes == ("a (0)", "b", "a (2)")
    with pytest.raises(InputError, match="has 3 classes"):
        open_own(data, name="mine.keras", options=OwnOptions(names=("a", "b")))


@pytest.mark.usefixtures("asked_here")
def test_one_sigmoid_is_two_classes_and_grey_goes_in(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    data = saved(tmp_path, keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid"), shape=(16, 16, 1))
    network = open_own(data, name="mine.keras")
    answer = answer_about(network, CAT)
    assert (network.channels, len(network.classes)) == (1, 2)
    assert answer.probabilities.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.usefixtures("asked_here")
def test_a_network_without_classes_can_still_be_looked_into(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    data = saved(tmp_path, keras.layers.Conv2D(2, 3))
    network = open_own(data, name="maps.keras")
    assert network.classes == ()
    with pytest.raises(InputError, match=r"maps.keras gives no list of classes"):
        answer_about(network, CAT)
    with pytest.raises(InputError, match="is no list of classes"):
        network.ask("predict", network.prepare(CAT)[None])
    with pytest.raises(InputError, match="Leave the class names empty"):
        open_own(data, name="maps.keras", options=OwnOptions(names=("a", "b")))


@pytest.mark.usefixtures("asked_here")
def test_the_starters_own_file_is_no_list_because_it_has_two_outputs() -> None:
    data = (MODELS / starter_card("starter_classifier").lite.name).read_bytes()
    network = open_own(data, name="starter.tflite", options=OwnOptions(size=(64, 64)))
    assert network.classes == ()
    with pytest.raises(InputError, match=r"Bring the network as a \.keras file"):
        network.ask("predict", network.prepare(CAT)[None])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [("m.zip", b"PK", "ends in .keras"), ("m.keras", b"", "empty"), ("m.keras", b"hello", "is not a .keras file")],
)
def test_other_files_are_refused(name: str, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_own(data, name=name)


def test_options_that_do_not_exist_are_refused() -> None:
    for options in ({"pixels": "half"}, {"outputs": "guess"}, {"size": (8, 8)}, {"names": ("",)}):
        with pytest.raises(InputError):
            OwnOptions(**options)


def test_a_frame_carries_whole_numbers() -> None:
    import os

    from cnn_core.untrusted.frames import read_frame

    reading, writing = os.pipe()
    write_frame(writing, {"values": {"a": 1}}, {"n": np.arange(3, dtype=np.int64)})
    values, arrays = read_frame(reading)
    assert values == {"values": {"a": 1}}
    assert arrays["n"].tolist() == [0, 1, 2]
    os.close(reading)
    os.close(writing)
