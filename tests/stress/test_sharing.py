"""Weights counted against Keras layers, and a dense layer that does what a kernel does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.classifiers.loading import load_looked_at
from cnn_core.classifiers.looked_at import Told
from cnn_core.convolution import convolve
from cnn_core.errors import InputError
from cnn_core.stress.sharing import dense_matrix, largest_difference, shared_layers, told_sharing

keras = pytest.importorskip("keras")
layers = keras.layers


def test_weights_are_those_that_keras_builds():
    pixels = keras.Input((9, 8, 3))
    x = layers.Conv2D(4, (3, 2), strides=2, name="plain")(pixels)
    inner = keras.Sequential([keras.Input((4, 4, 4)), layers.DepthwiseConv2D(3, padding="same", use_bias=False)])
    x = layers.Conv2D(6, 3, groups=2, name="grouped")(inner(x))
    model = keras.Model(pixels, layers.Dense(2)(layers.Flatten()(x)))
    told = told_sharing(model, np.zeros((1, 9, 8, 3), np.float32), {})
    network = replace(load_looked_at("starter"), look=lambda *_: told)
    plain, depthwise, grouped = shared_layers(network)
    assert [layer.shared for layer in (plain, depthwise, grouped)] == [
        model.get_layer("plain").count_params(),
        inner.count_params(),
        model.get_layer("grouped").count_params(),
    ]
    assert plain.after == (4, 4, 4)
    dense = layers.Dense(4 * 4 * 4)
    dense.build((1, 9 * 8 * 3))
    assert plain.dense == dense.count_params()
    assert plain.local == 16 * plain.shared
    assert depthwise.seen == 1
    assert plain.zeros == pytest.approx(1 - 6 / 72)


@given(
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    size=st.tuples(st.integers(3, 6), st.integers(3, 6)),
    seed=st.integers(0, 99),
)
def test_the_dense_matrix_is_the_convolution(kernel, size, seed):
    random = np.random.default_rng(seed)
    values, patch = random.normal(size=kernel), random.uniform(size=size)
    matrix = dense_matrix(values, size)
    np.testing.assert_allclose(
        matrix @ patch.ravel(), convolve(patch, values, padding="valid").ravel(), rtol=1e-4, atol=1e-5
    )
    assert (matrix != 0).sum() == kernel[0] * kernel[1] * matrix.shape[0]
    assert largest_difference(values, patch) < 1e-4


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="do not fit"):
        dense_matrix(np.ones((3, 3)), (2, 9))
    for values in ({}, {"layers": [{"name": "x"}]}, {"layers": 3}):
        strange = replace(load_looked_at("starter"), look=lambda *_, v=values: Told(v))
        with pytest.raises(InputError, match="does not tell its layers"):
            shared_layers(strange)
