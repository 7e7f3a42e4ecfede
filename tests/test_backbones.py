"""Backbones: preprocessing against Keras' own, the model against `keras.applications`, weights that are not there."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from cnn_core.backbones import (
    BACKBONES,
    catalog,
    download_weights,
    load_backbone,
    preprocessed,
    weights,
    weights_identity,
    weights_present,
    wrong_preprocessing,
)
from cnn_core.backbones.catalog import stage_of
from cnn_core.errors import InputError
from tests.transfer.tiny_backbone import tiny_starter

PIXELS = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
MODULES = {
    "mobilenet_v2": "mobilenet_v2",
    "resnet50": "resnet50",
    "vgg16": "vgg16",
    "efficientnet_b0": "efficientnet",
    "efficientnet_v2_b0": "efficientnet_v2",
    "mobilenet_v3_small": "mobilenet_v3",
    "resnet50_v2": "resnet_v2",
    "densenet121": "densenet",
    "inception_v3": "inception_v3",
    "xception": "xception",
}


def test_every_application_is_checked_here() -> None:
    assert set(MODULES) == set(BACKBONES) - {"starter"}


@pytest.mark.parametrize("name", MODULES)
def test_preprocessing_is_kerass(name: str) -> None:
    expected = getattr(keras.applications, MODULES[name]).preprocess_input(PIXELS.copy())
    np.testing.assert_allclose(preprocessed(name, PIXELS), expected, atol=1e-4)


@pytest.mark.parametrize("name", MODULES)
def test_the_mistake_arrives_as_pixels_divided_by_255(name: str) -> None:
    np.testing.assert_allclose(preprocessed(name, wrong_preprocessing(name, PIXELS)), PIXELS / 255, atol=1e-4)


def answered(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """What it computes, layer by layer: tracing a graph for a single answer takes longer."""
    return keras.ops.convert_to_numpy(model(pixels, training=False))


def random_weights(model: keras.Model, seed: int) -> None:
    random = np.random.default_rng(seed)
    for variable in model.weights:
        if "normalization" not in variable.path.split("/")[0]:
            values = random.normal(0, 0.1, variable.shape)
            variable.assign(values + 1 if variable.path.endswith(("gamma", "moving_variance")) else values)


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2"])
def test_model_is_the_application_with_its_preprocessing_in_front(name: str, tmp_path: Path, monkeypatch) -> None:
    backbone = BACKBONES[name]
    peer = getattr(keras.applications, backbone.builder)(include_top=False, weights=None, input_shape=(32, 32, 3))
    random_weights(peer, seed=1)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    file = "tiny.weights.h5"
    monkeypatch.setitem(catalog.BACKBONES, name, replace(backbone, file=file))
    (tmp_path / "models").mkdir()
    peer.save_weights(tmp_path / "models" / file)
    assert weights_present(name)
    model = load_backbone(name, input_size=(32, 32))
    expected = answered(peer, preprocessed(name, PIXELS))
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(answered(model, PIXELS), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    assert model.output_shape[-1] == backbone.channels
    assert not model.trainable_variables
    assert all(not isinstance(layer, keras.Model) for layer in model.layers), "nothing is nested"
    stages = {stage_of(backbone, layer.name) for layer in model.layers} - {""}
    assert stages == set(backbone.stages)


def test_efficientnet_scales_as_keras_does_with_imagenet_weights(tmp_path: Path, monkeypatch) -> None:
    """Keras divides once more with ImageNet's weights; here both steps are one `Rescaling`, which ONNX can take."""
    from keras.src.applications import efficientnet

    # The question is what happens to the pixels in front: two of the seven groups of blocks behind them will do.
    monkeypatch.setattr(efficientnet, "DEFAULT_BLOCKS_ARGS", efficientnet.DEFAULT_BLOCKS_ARGS[:2])
    plain = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(32, 32, 3))
    (normalization,) = [layer for layer in plain.layers if isinstance(layer, keras.layers.Normalization)]
    normalization.set_weights([np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.int64(0)])
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "tiny.weights.h5"
    plain.save_weights(path)
    monkeypatch.setattr(efficientnet.file_utils, "get_file", lambda *_args, **_kwargs: path)
    peer = keras.applications.EfficientNetB0(include_top=False, weights="imagenet", input_shape=(32, 32, 3))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setitem(catalog.BACKBONES, "efficientnet_b0", replace(BACKBONES["efficientnet_b0"], file=path.name))
    model = load_backbone("efficientnet_b0", input_size=(32, 32))
    assert not any(isinstance(layer, keras.layers.Normalization) for layer in model.layers)

    def first(network: keras.Model) -> np.ndarray:
        return answered(keras.Model(network.input, network.get_layer("stem_conv").output), PIXELS)

    np.testing.assert_allclose(first(model), first(peer), atol=1e-4)
    np.testing.assert_allclose(answered(model, PIXELS), answered(peer, PIXELS), atol=1e-4)


def test_starter_takes_raw_pixels_at_a_known_size() -> None:
    model = load_backbone("starter", input_size=(32, 32), starter=tiny_starter)
    network = tiny_starter("starter_classifier")
    peer = keras.Model(network.input, network.get_layer("block3").output)
    np.testing.assert_allclose(answered(model, PIXELS), answered(peer, PIXELS / 255), rtol=1e-4, atol=1e-3)
    assert model.input_shape == (None, 32, 32, 3)
    assert model.output_shape == (None, 3, 3, 16)


def test_mobilenet_with_real_weights_knows_its_photo(data_folder: Path, photos: Path, monkeypatch) -> None:
    """Feature maps of the real network, against `keras.applications` fed by Keras' own preprocessing."""
    from cnn_core.decoding import decode
    from cnn_core.folders.pictures import picture_from_pixels

    if not (data_folder / "keras_home").is_dir():
        pytest.skip("no keras_home in the test data")
    monkeypatch.setenv("KERAS_HOME", str(data_folder / "keras_home"))
    assert weights_present("mobilenet_v2")
    assert not weights_present("vgg16")
    pixels, _, _ = decode(photos / "darknet_dog.jpg", None, None)
    batch = picture_from_pixels(pixels, size=(96, 96))[None].astype(np.float32)
    peer = keras.applications.MobileNetV2(
        include_top=False, weights=str(weights.weights_file("mobilenet_v2")), input_shape=(96, 96, 3)
    )
    expected = answered(peer, keras.applications.mobilenet_v2.preprocess_input(batch.copy()))
    found = answered(load_backbone("mobilenet_v2", input_size=(96, 96)), batch)
    assert expected.max() > 1
    np.testing.assert_allclose(found, expected, atol=2e-3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serves `tmp_path/served` on this machine."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, directory=str(tmp_path / "served"), **kwargs)

        def log_message(self, *_args) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


def test_weights_are_downloaded_once_and_checked(tmp_path: Path, server: str, monkeypatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (tmp_path / "served").mkdir()
    content = bytes(range(256)) * 9000
    (tmp_path / "served" / "w.h5").write_bytes(content)
    digest = hashlib.md5(content).hexdigest()
    changed = replace(BACKBONES["vgg16"], file="w.h5", url=f"{server}/w.h5", file_hash=digest)
    monkeypatch.setitem(catalog.BACKBONES, "vgg16", changed)
    with pytest.raises(InputError, match="not on this machine"):
        weights_identity("vgg16")
    seen = []
    path = download_weights("vgg16", progress=lambda done, of: seen.append((done, of)))
    assert path == tmp_path / "home" / "models" / "w.h5"
    assert path.read_bytes() == content
    assert seen[-1] == (len(content), len(content))
    assert len(seen) > 1
    assert weights_identity("vgg16") == hashlib.sha256(content).hexdigest()
    (tmp_path / "served" / "w.h5").unlink()
    assert download_weights("vgg16") == path
    path.unlink()
    with pytest.raises(InputError, match=r"could not be downloaded.*starter"):
        download_weights("vgg16")
    (tmp_path / "served" / "w.h5").write_bytes(content[1:])
    with pytest.raises(InputError, match="damaged"):
        download_weights("vgg16")
    assert list(path.parent.iterdir()) == []


def test_without_a_network_the_starter_is_offered(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    changed = replace(BACKBONES["resnet50"], url="http://127.0.0.1:9/nothing")
    monkeypatch.setitem(catalog.BACKBONES, "resnet50", changed)
    with pytest.raises(InputError, match=r"ResNet-50 \(95 MB\).*Choose the starter"):
        load_backbone("resnet50", input_size=(64, 64))


def test_a_size_or_a_name_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="75 to 1024"):
        load_backbone("inception_v3", input_size=(64, 64))
    with pytest.raises(InputError, match="no backbone"):
        weights_present("alexnet")


def test_sizes_of_downloads_are_four_bytes_a_parameter() -> None:
    """ResNet-50, VGG-16 and MobileNetV2 without their classifier, as their papers' builders count them."""
    for name, parameters in (("vgg16", 14_714_688), ("resnet50", 23_587_712), ("mobilenet_v2", 2_257_984)):
        assert BACKBONES[name].weights_bytes == pytest.approx(4 * parameters, rel=0.05)
    for backbone in BACKBONES.values():
        assert backbone.name == "starter" or backbone.url.endswith(backbone.file)
