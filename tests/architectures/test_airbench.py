"""The network of the starter classifier: whitening, sizes, and the class activation map that it gives exactly."""

import keras
import numpy as np
import pytest

from cnn_core.architectures.airbench import WHITEN, airbench, set_whitening
from cnn_core.errors import InputError

TINY = {"input_shape": (None, None, 3), "widths": (8, 8, 12)}


def test_patches_are_white_behind_the_first_convolution() -> None:
    random = np.random.default_rng(0)
    images = np.cumsum(random.normal(0, 0.05, (16, 32, 32, 3)), axis=2).astype("float32")
    network = airbench(**TINY)
    set_whitening(network, images)
    white = keras.Model(network.input, network.get_layer(WHITEN).output)
    outputs = np.asarray(white(images))[..., :12].reshape(-1, 12)
    np.testing.assert_allclose(np.cov(outputs, rowvar=False), np.eye(12), atol=0.05)
    np.testing.assert_allclose(np.asarray(white(images))[..., 12:].reshape(-1, 12), -outputs, atol=1e-5)


@pytest.mark.parametrize("convolutions", [2, 3])
def test_weighted_feature_maps_are_an_exact_class_activation_map(convolutions: int) -> None:
    network = airbench(**TINY, convolutions=convolutions)
    both = keras.Model(network.input, [network.output, network.get_layer("block3").output])
    logits, maps = (np.asarray(each) for each in both(np.random.default_rng(1).random((2, 40, 56, 3), dtype="float32")))
    weights, bias = network.get_layer("logits").get_weights()
    np.testing.assert_allclose((maps @ weights).mean(axis=(1, 2)) + bias, logits, atol=1e-4)


def test_options_out_of_range_are_refused() -> None:
    for wrong in ({"convolutions": 4}, {"num_classes": 0}, {"widths": (8, 0, 8)}):
        with pytest.raises(InputError):
            airbench(**{**TINY, **wrong})
