"""AlexNet: both variants' counts, and local response normalisation against TensorFlow's own."""

import keras
import numpy as np
import tensorflow as tf

from cnn_core.architectures.alexnet import alexnet
from cnn_core.architectures.local_response import LocalResponseNormalization
from tests.architectures.shells import counts, without_weights


def test_parameters_of_the_usual_variant() -> None:
    found = counts(alexnet)
    assert found[""] == 62_379_752
    assert sum(count for name, count in found.items() if name.endswith("_bn")) == 1_408


def test_parameters_of_the_original() -> None:
    found = counts(alexnet, original=True)
    assert found[""] == 60_965_224
    assert not any(name.endswith("_bn") for name in found)
    # Two groups: each filter of convolutions 2, 4 and 5 sees half the channels.
    assert found["conv2_conv"] == 5 * 5 * (96 // 2) * 256 + 256
    assert found["conv4_conv"] == 3 * 3 * (384 // 2) * 384 + 384
    assert found["conv5_conv"] == 3 * 3 * (384 // 2) * 256 + 256
    assert found["conv3_conv"] == 3 * 3 * 256 * 384 + 384


def test_the_maps_have_the_sizes_of_the_paper() -> None:
    def measure() -> list[int]:
        model = alexnet()
        return [
            model.get_layer(name).output.shape[1] for name in ("conv1_conv", "conv2_conv", "conv3_conv", "conv5_pool")
        ]

    assert without_weights(measure) == [55, 27, 13, 6]


def test_normalisation_comes_before_the_pooling_in_the_original_and_behind_it_otherwise() -> None:
    def order(original: bool) -> list[str]:
        return [layer.name for layer in alexnet(original=original).layers][:3]

    assert without_weights(lambda: order(True)) == ["conv1_conv", "conv1_norm", "conv1_pool"]
    assert without_weights(lambda: order(False)) == ["conv1_conv", "conv1_pool", "conv1_bn"]


def test_local_response_normalisation_equals_tensorflows() -> None:
    values = (np.random.default_rng(0).normal(size=(2, 5, 6, 11)) * 50).astype(np.float32)
    for radius, bias, alpha, beta in ((2, 2.0, 1e-4, 0.75), (3, 1.0, 2e-3, 0.5)):
        layer = LocalResponseNormalization(radius=radius, bias=bias, alpha=alpha, beta=beta)
        expected = tf.nn.local_response_normalization(values, depth_radius=radius, bias=bias, alpha=alpha, beta=beta)
        assert np.abs(expected - values).max() > 1
        np.testing.assert_allclose(layer(values), expected, rtol=1e-5)


def test_local_response_normalisation_comes_back_from_its_configuration() -> None:
    layer = LocalResponseNormalization(radius=3, bias=1.0, alpha=2e-3, beta=0.5, name="norm")
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(again, LocalResponseNormalization)
    assert again.get_config() == layer.get_config()
