"""The networks of runs: flat, seeded by layer, scaled, their last layer fitted; what is refused."""

import re

import keras
import numpy as np
import pytest

from cnn_core.architectures.small import cifar_cnn
from cnn_core.errors import InputError
from cnn_core.own_network.layers import layer
from cnn_core.own_network.link import encode_network
from cnn_core.training import network
from cnn_core.training.config import ScratchConfig, config_of
from cnn_core.training.network import own_layers, scratch_network


def own(*specs: object, shape: tuple[int, int, int] = (16, 16, 3)) -> ScratchConfig:
    return config_of({"network": "own", "own": encode_network(list(specs), shape)})  # type: ignore[arg-type]


def test_the_recipe_is_the_catalogs_network_on_bytes() -> None:
    model = scratch_network(ScratchConfig(), 10)
    assert [layer.name for layer in model.layers[:3]] == ["pixels", "preprocess", "block1_conv1"]
    assert model.count_params() == 1_342_122
    assert {norm.momentum for norm in model.layers if isinstance(norm, keras.layers.BatchNormalization)} == {0.9}
    peer = cifar_cnn()
    peer.set_weights(model.get_weights())
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(model(pictures)), np.asarray(peer(pictures / 255)), atol=1e-6)


def test_networks_that_differ_in_a_layer_begin_alike_in_all_others() -> None:
    first, again, other, without = (
        scratch_network(config, 10)
        for config in (
            ScratchConfig(),
            ScratchConfig(),
            ScratchConfig(seed=1),
            ScratchConfig(batch_norm=False, dropout=False),
        )
    )
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, two)
    for model, same in ((other, False), (without, True)):
        found = [
            np.array_equal(one.get_weights()[0], first.get_layer(one.name).get_weights()[0])
            for one in model.layers
            if isinstance(one, keras.layers.Conv2D | keras.layers.Dense)
        ]
        assert found == [same] * 8
    kernels = [one.get_weights()[0] for one in first.layers if isinstance(one, keras.layers.Dense)]
    assert len({kernel.ravel()[0] for kernel in kernels}) == len(kernels), "each layer has weights of its own"


def test_a_functional_network_of_the_catalog_is_copied_with_its_branches() -> None:
    config = config_of({"network": "resnet18", "options": {"base_filters": 4}})
    model = scratch_network(config, 5)
    assert model.output_shape == (None, 5)
    assert not any(isinstance(one, keras.Model) for one in model.layers)
    pixels = np.full((1, 32, 32, 3), 255, np.float32)
    scaled = keras.Model(model.input, model.get_layer("preprocess").output)(pixels)
    np.testing.assert_allclose(np.asarray(scaled), 1.0, atol=1e-6)


def test_l2_joins_the_loss_and_is_not_in_the_file() -> None:
    model = scratch_network(ScratchConfig(l2=0.01), 10)
    kernels = [variable for variable in model.trainable_variables if variable.path.endswith("kernel")]
    expected = sum(0.01 * float(np.square(np.asarray(kernel)).sum()) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert not keras.Model.from_config(model.get_config()).losses


def test_the_last_layer_of_ones_own_network_becomes_the_answer() -> None:
    specs = [layer("flatten"), layer("dense", units=7, activation="relu")]
    assert own_layers(encode_network(specs, (16, 16, 3)), 4)[-1].options["units"] == 4
    model = scratch_network(own(*specs), 4)
    answers = np.asarray(model(np.random.default_rng(0).random((2, 16, 16, 3)).astype(np.float32)))
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)
    assert own(*specs).input_size == (16, 16)


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ([layer("flatten")], "does not end in a dense layer"),
        ([layer("dense")], "many places|Layer 1"),
        ([layer("convolution", kernel=31, padding="valid"), layer("flatten"), layer("dense")], "Layer 1"),
    ],
)
def test_ones_own_network_that_cannot_answer_is_refused(specs: list[object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        scratch_network(own(*specs), 3)


def test_what_does_not_fit_is_refused_before_a_weight_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    large = own(layer("flatten"), layer("dense", units=60_000), layer("dense", units=60_000), layer("dense"))
    with pytest.raises(InputError, match=r"3,64\d,\d+,\d+ parameters"):
        scratch_network(large, 3)
    monkeypatch.setattr(network, "usable_memory", lambda: 50_000_000)
    with pytest.raises(InputError, match="would take some"):
        scratch_network(ScratchConfig(), 10)
    said = []
    for devices in (1, 16):
        with pytest.raises(InputError) as caught:
            scratch_network(ScratchConfig(devices=devices), 10)
        said.append(float(re.search(r"some ([\d.]+) GB", str(caught.value))[1]))
    assert said[1] - said[0] == pytest.approx(15 * 16 * 1_342_122 / 1e9, abs=0.1), "weights on every device"


def test_the_starter_begins_trained_or_not_and_frozen_or_not() -> None:
    trained = scratch_network(config_of({"network": "starter", "frozen": True}), 3)
    assert len(trained.trainable_variables) == 2
    random = scratch_network(config_of({"network": "starter", "pretrained": False}), 3)
    assert len(random.trainable_variables) > 10
    names = [one.name for one in trained.layers if isinstance(one, keras.layers.Conv2D)]
    assert not np.array_equal(*(model.get_layer(names[-1]).get_weights()[0] for model in (trained, random)))
