"""A run becomes a starter: the same weights in both files, and a card that says what they are."""

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from cnn_core.architectures.unet import unet
from cnn_core.errors import InputError
from cnn_core.lite_network import LiteNetwork
from cnn_core.starter_card import StarterCard, read_card
from cnn_core.starter_models import keras_starter, lite_starter, prepare, with_outputs
from cnn_core.starters.exact_folding import round_to_float16
from cnn_core.starters.half_weights import save_half
from cnn_core.starters.lite_export import lite_file
from cnn_core.starters.ship import OUTPUTS, ship
from tests.starters.tiny_starter import NAME, NETWORK, draw_weights, measure_nothing, ship_tiny, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shipped")


@pytest.fixture(scope="module")
def card(folder: Path) -> StarterCard:
    return ship_tiny(folder)


def is_half(values: np.ndarray) -> bool:
    return np.array_equal(values, values.astype(np.float16))


def test_card_says_what_the_run_said_and_what_was_measured(card: StarterCard, folder: Path) -> None:
    models = folder / "models"
    assert sorted(path.name for path in models.iterdir()) == [
        f"{NAME}.{end}" for end in ("json", "tflite", "weights.h5")
    ]
    assert read_card(models / f"{NAME}.json") == card
    assert card.classes == ("cat", "dog", "fish")
    assert (card.input.size, card.input.photo_size, card.input.any_size) == ((32, 32), (64, 48), True)
    assert card.network.arguments == NETWORK["arguments"]
    assert card.network.outputs == OUTPUTS["airbench"]
    assert card.training.commit == "a" * 40
    assert card.training.command == "python -m tiny RUN_FOLDER --data ../shared/data/some.zip --masks=masks"
    predict = lite_starter(NAME, folder=models)
    assert card.metrics == measure_nothing(NAME, predict, folder)
    assert card.sample.figures["first"] == measure_nothing(NAME, predict, folder, limit=200).figures["first"].value
    assert card.lite.bytes == (models / card.lite.name).stat().st_size


def test_keras_and_lite_agree_on_real_photos(card: StarterCard, folder: Path, photos: Path) -> None:
    from cnn_core.images import load_image

    batch = np.concatenate([prepare(load_image(photos / f"{name}.jpg"), card) for name in ("darknet_dog", "pets")])
    assert batch.shape == (2, 64, 48, 3)
    model = with_outputs(keras_starter(NAME, folder=folder / "models"), card.network.outputs)
    for expected, found in zip(
        model.predict_on_batch(batch), lite_starter(NAME, folder=folder / "models")(batch), strict=True
    ):
        assert found.shape == expected.shape
        assert np.abs(expected).max() > 0.1
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert card.agreement < 1e-4


def test_shipped_weights_compute_what_was_trained(card: StarterCard, folder: Path) -> None:
    trained = keras_starter(NAME, folder=folder / "models")
    shipped = trained.predict_on_batch(np.full((1, 32, 32, 3), 0.3, np.float32))
    trained.load_weights(folder / "run" / "trained.weights.h5")
    before = trained.predict_on_batch(np.full((1, 32, 32, 3), 0.3, np.float32))
    assert np.abs(before).max() > 0.1
    np.testing.assert_allclose(shipped, before, rtol=0, atol=5e-3 * np.abs(before).max())
    assert card.network.parameters == trained.count_params()


def test_weights_file_is_half_as_large_and_read_back_exactly(folder: Path, card: StarterCard) -> None:
    kinds: dict[str, int] = {}

    def count(_: str, entry: h5py.Group | h5py.Dataset) -> None:
        if isinstance(entry, h5py.Dataset):
            kinds[str(entry.dtype)] = kinds.get(str(entry.dtype), 0) + entry.size

    with h5py.File(folder / "models" / card.weights.name) as file:
        file.visititems(count)
    assert set(kinds) == {"float16", "float32"}
    assert kinds["float32"] == 4 * (8 + 8 + 16 * 4) + 3, "batch norm's vectors and one bias"
    assert kinds["float16"] + kinds["float32"] == card.network.parameters
    for weight in keras_starter(NAME, folder=folder / "models").weights:
        assert weight.dtype == "float32"


def test_lite_file_holds_every_kernel_as_float16(folder: Path, card: StarterCard) -> None:
    file = (folder / "models" / card.lite.name).read_bytes()
    network = flatbuffer_utils.convert_bytearray_to_object(bytearray(file))
    stored = {schema.TensorType.FLOAT16: 0, schema.TensorType.FLOAT32: 0}
    for tensor in network.subgraphs[0].tensors:
        content = network.buffers[tensor.buffer].data
        if tensor.type in stored and content is not None and len(tensor.shape) > 1:
            stored[tensor.type] += int(np.prod(tensor.shape))
    kernels = 12 * 24 + 9 * (24 * 8 + 8 * 8 + 8 * 16 + 3 * 16 * 16) + 16 * 3
    assert stored == {schema.TensorType.FLOAT16: kernels, schema.TensorType.FLOAT32: 0}


def test_save_half_keeps_what_float16_would_change(tmp_path: Path) -> None:
    stack = [layers.Dense(2, name="exact"), layers.Dense(2, name="fine"), layers.Dense(2000, name="large")]
    model = keras.Sequential([keras.Input((2,)), *stack])
    exact, fine = np.array([[0.5, -2.0], [1e-3, 0.0]], np.float16), np.full((2, 2), 0.1, np.float32)
    model.layers[2].kernel.assign(np.random.default_rng(0).normal(size=(2, 2000)).astype(np.float16))
    model.layers[0].kernel.assign(exact.astype("float32"))
    model.layers[1].kernel.assign(fine)
    model.save_weights(tmp_path / "full.weights.h5")
    save_half(tmp_path / "full.weights.h5", tmp_path / "half.weights.h5")
    with h5py.File(tmp_path / "half.weights.h5") as file:
        large = file["layers/dense_2/vars/0"]
        assert large.dtype == np.float16
        assert large.compression == "gzip"
    before = model.get_weights()
    for layer in model.layers:
        layer.set_weights([np.ones_like(weight) for weight in layer.get_weights()])
    model.load_weights(tmp_path / "half.weights.h5")
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def folding_models() -> list[keras.Model]:
    plain = [layers.Conv2D(6, 3, use_bias=False), layers.BatchNormalization(), layers.LeakyReLU(), layers.Conv2D(4, 1)]
    biased = [layers.Conv2D(6, 3), layers.MaxPooling2D(2), layers.BatchNormalization(scale=False), layers.ReLU()]
    curved = [layers.Conv2D(6, 3, activation="tanh"), layers.BatchNormalization(center=False), layers.Conv2D(3, 1)]
    return [keras.Sequential([keras.Input((12, 12, 3)), *stack]) for stack in (plain, biased, curved)]


@pytest.mark.parametrize("number", range(3))
def test_rounding_keeps_what_the_network_computes_in_inference_and_in_training(number: int) -> None:
    model = folding_models()[number]
    draw_weights(model, seed=number)
    batch = np.random.default_rng(1).random((16, 12, 12, 3), dtype=np.float32)
    inference, training = (np.asarray(model(batch, training=mode)) for mode in (False, True))
    draw_weights(model, seed=number)
    round_to_float16(model)
    # In training epsilon, which stays, has another weight beside a variance that grew.
    for mode, expected, near in ((False, inference, 5e-3), (True, training, 3e-2)):
        found = np.asarray(model(batch, training=mode))
        np.testing.assert_allclose(found, expected, rtol=0, atol=near * np.abs(expected).max())
    assert all(is_half(weight) for weight in model.get_weights() if weight.ndim > 1)


@pytest.mark.parametrize("number", [0, 1])
def test_folded_kernels_are_float16_numbers(number: int) -> None:
    """The converter's arithmetic, in float32: a kernel times batch norm's scale."""
    model = folding_models()[number]
    draw_weights(model, seed=number)
    round_to_float16(model)
    convolution = next(layer for layer in model.layers if isinstance(layer, layers.Conv2D))
    norm = next(layer for layer in model.layers if isinstance(layer, layers.BatchNormalization))
    gamma = np.ones(6, np.float32) if norm.gamma is None else np.asarray(norm.gamma)
    scale = gamma / np.sqrt(np.asarray(norm.moving_variance) + np.float32(norm.epsilon))
    # The first channel hardly varies; where there is no gamma nothing can be done about that.
    folded = (convolution.get_weights()[0] * scale)[..., int(norm.gamma is None) :]
    np.testing.assert_allclose(folded, folded.astype(np.float16), rtol=1e-6, atol=2.0**-24)


def test_nearest_enlargement_in_the_lite_file_is_kerass() -> None:
    model = unet(input_shape=(None, None, 3), depth=2, base_filters=4, num_classes=3)
    draw_weights(model, seed=3)
    round_to_float16(model)
    network = LiteNetwork(lite_file(model, size=(16, 16)))
    assert network.input_shape == (None, None, 3)
    for size in ((16, 16), (8, 24)):
        batch = np.random.default_rng(2).random((2, *size, 3), dtype=np.float32)
        np.testing.assert_allclose(network(batch), np.asarray(model(batch, training=False)), atol=1e-4)


def test_an_unfinished_run_and_a_short_record_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run\.json"):
        ship(tmp_path, models=tmp_path / "models")
    run = write_run(tmp_path / "run")
    record = json.loads((run / "run.json").read_text())
    del record["seed"], record["split"]
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="lacks split, seed"):
        ship(run, models=tmp_path / "models")
    assert not (tmp_path / "models").exists()
