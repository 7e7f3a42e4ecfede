"""Blocks: shapes, counts, and what they compute against NumPy."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from cnn_core.architectures.blocks.alone import BLOCKS, block_alone
from cnn_core.architectures.blocks.aspp import aspp
from cnn_core.architectures.blocks.cbam import cbam, spatial_attention
from cnn_core.architectures.blocks.inverted_residual import inverted_residual
from cnn_core.architectures.blocks.product_attention import product_attention
from cnn_core.architectures.blocks.self_attention import self_attention
from cnn_core.architectures.blocks.squeeze_excite import squeeze_excite
from cnn_core.errors import InputError
from tests.architectures.shells import counts, without_weights

VALUES = np.random.default_rng(0).normal(size=(2, 5, 6, 8)).astype(np.float32)


def network(block: Callable[..., Any], **options: Any) -> keras.Model:
    """The block on VALUES, its weights random and not small."""
    inputs = keras.Input(VALUES.shape[1:])
    model = keras.Model(inputs, block(inputs, name="block", **options))
    generator = np.random.default_rng(1)
    model.set_weights([generator.normal(size=w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def dense(model: keras.Model, name: str, values: np.ndarray) -> np.ndarray:
    """What a 1 x 1 convolution or dense layer gives."""
    kernel, bias = model.get_layer(name).get_weights()
    return values @ kernel.reshape(kernel.shape[-2:]) + bias


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("residual_block", {"filters": 8}, (12, 10, 8)),
        ("residual_block", {"filters": 16, "stride": 2}, (6, 5, 16)),
        ("residual_block", {"kind": "bottleneck", "filters": 16, "stride": 2}, (6, 5, 64)),
        ("inverted_residual", {"filters": 8}, (12, 10, 8)),
        ("inverted_residual", {"filters": 24, "stride": 2, "expansion": 1}, (6, 5, 24)),
        ("inception_module", {}, (12, 10, 256)),
        ("depthwise_separable", {"filters": 24, "stride": 3}, (4, 4, 24)),
        ("squeeze_excite", {}, (12, 10, 8)),
        ("cbam", {}, (12, 10, 8)),
        ("product_attention", {"units": 5}, (12, 10, 5)),
        ("self_attention", {"units": 5}, (12, 10, 8)),
        ("aspp", {"filters": 6, "output_stride": 8}, (12, 10, 6)),
    ],
)
def test_shapes(name: str, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    found = without_weights(lambda: block_alone(block=name, input_shape=(12, 10, 8), **options).output_shape)
    assert found == (None, *shape)


def test_each_block_names_its_layers_after_itself() -> None:
    def measure() -> list[str]:
        return [
            f"{name}: {layer.name}"
            for name in BLOCKS
            for layer in block_alone(block=name, input_shape=(12, 12, 8)).layers[1:]
            if not layer.name.startswith(f"{name}_")
        ]

    assert without_weights(measure) == []


def test_inverted_residual_has_the_parameters_of_mobilenets() -> None:
    def measure() -> tuple[int, int]:
        reference = keras.applications.MobileNetV2(weights=None)
        theirs = sum(layer.count_params() for layer in reference.layers if layer.name.startswith("block_2_"))
        inputs = keras.Input((56, 56, 24))
        return theirs, keras.Model(inputs, inverted_residual(inputs, filters=24, name="block")).count_params()

    theirs, ours = without_weights(measure)
    assert ours == theirs > 0


def test_depthwise_separable_has_the_weights_of_its_formula() -> None:
    found = counts(block_alone, block="depthwise_separable", input_shape=(56, 56, 64))
    assert found["depthwise_separable_depthwise"] == 9 * 64
    assert found["depthwise_separable_pointwise"] == 64 * 128


def test_squeeze_and_excitation() -> None:
    model = network(squeeze_excite, ratio=4)
    hidden = np.maximum(dense(model, "block_reduce", VALUES.mean(axis=(1, 2))), 0)
    weights = sigmoid(dense(model, "block_excite", hidden))
    np.testing.assert_allclose(model(VALUES), VALUES * weights[:, None, None], rtol=1e-4, atol=1e-6)


def test_cbam_weighs_channels_from_shared_layers() -> None:
    model = network(cbam, ratio=4)

    def shared(values: np.ndarray) -> np.ndarray:
        hidden = np.maximum(dense(model, "block_channel_shared1", values), 0)
        return dense(model, "block_channel_shared2", hidden)

    weights = sigmoid(shared(VALUES.mean(axis=(1, 2))) + shared(VALUES.max(axis=(1, 2))))
    until = keras.Model(model.inputs[0], model.get_layer("block_channel_scale").output)
    np.testing.assert_allclose(until(VALUES), VALUES * weights[:, None, None], rtol=1e-4, atol=1e-6)


def test_spatial_attention_sees_mean_and_maximum_over_the_channels() -> None:
    model = network(spatial_attention)
    seen = keras.Model(model.inputs[0], model.get_layer("block_concat").output)(VALUES)
    np.testing.assert_allclose(
        seen, np.stack([VALUES.mean(axis=-1), VALUES.max(axis=-1)], axis=-1), rtol=1e-5, atol=1e-6
    )
    weights = np.asarray(model.get_layer("block_conv")(seen))
    assert weights.shape == (2, 5, 6, 1)
    np.testing.assert_allclose(model(VALUES), VALUES * weights, rtol=1e-5)


def test_product_attention_looks_at_one_place_alone() -> None:
    model = network(product_attention, units=4)
    query, key, value = (dense(model, f"block_{role}", VALUES) for role in ("query", "key", "value"))
    np.testing.assert_allclose(model(VALUES), softmax(query * key) * value, rtol=1e-4, atol=1e-5)
    changed = VALUES.copy()
    changed[:, 0, 0] += 1
    difference = np.abs(np.asarray(model(changed)) - np.asarray(model(VALUES))).max(axis=(0, 3))
    assert difference[0, 0] > 1e-4
    assert np.delete(difference.ravel(), 0).max() == 0


def test_self_attention_compares_every_place_with_every_other() -> None:
    model = network(self_attention, units=4)
    rows = VALUES.reshape(2, 30, 8)
    query, key, value = (dense(model, f"block_{role}", rows) for role in ("query", "key", "value"))
    seen = softmax(query @ key.transpose(0, 2, 1) / 4**0.5) @ value
    expected = (rows + dense(model, "block_output", seen)).reshape(VALUES.shape)
    np.testing.assert_allclose(model(VALUES), expected, rtol=1e-3, atol=1e-4)
    changed = VALUES.copy()
    changed[:, 0, 0] += 1
    assert (np.abs(np.asarray(model(changed)) - np.asarray(model(VALUES))).max(axis=(0, 3)) > 0).all()


def test_aspp_joins_five_paths_with_the_rates_of_the_paper() -> None:
    def measure() -> tuple[set[int], tuple[int, ...]]:
        inputs = keras.Input((33, 33, 16))
        model = keras.Model(inputs, aspp(inputs, filters=4, name="aspp"))
        rates = {layer.dilation_rate[0] for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
        return rates, tuple(model.get_layer("aspp_concat").output.shape[1:])

    assert without_weights(measure) == ({1, 6, 12, 18}, (33, 33, 20))


@pytest.mark.parametrize("block", [self_attention, spatial_attention, aspp])
def test_an_unknown_size_is_refused(block: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="fixed size"):
        block(keras.Input((None, None, 8)), name="block")
