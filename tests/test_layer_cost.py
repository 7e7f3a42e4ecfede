"""Costs against Keras' own parameter counts and against counting the window by window work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.layer_cost import compare_costs


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.integers(5, 20), st.integers(5, 20), st.integers(1, 4), st.integers(1, 5), st.integers(1, 7), st.integers(1, 3)
)
def test_parameters_and_shapes_are_keras(height, width, kernel, channels, filters, stride):
    import keras

    costs = compare_costs(
        (height, width), kernel=kernel, channels=channels, filters=filters, stride=stride, padding="same"
    )
    shape = (None, height, width, channels)
    conv = keras.layers.Conv2D(filters, kernel, strides=stride, padding="same")
    conv.build(shape)
    separable = keras.layers.SeparableConv2D(filters, kernel, strides=stride, padding="same")
    separable.build(shape)
    out = conv.compute_output_shape(shape)
    dense = keras.layers.Dense(out[1] * out[2] * filters)
    dense.build((None, height * width * channels))
    assert [cost.parameters for cost in costs] == [layer.count_params() for layer in (conv, separable, dense)]
    cells = out[1] * out[2]
    assert costs[0].macs == cells * filters * kernel * kernel * channels
    assert costs[1].macs == cells * (channels * kernel * kernel + channels * filters)
    assert costs[2].macs == height * width * channels * cells * filters


def test_the_sums_written_out_are_the_figures():
    for cost in compare_costs((11, 13), kernel=(3, 2), channels=3, filters=8, stride=2):
        for text, value in ((cost.parameter_sum, cost.parameters), (cost.mac_sum, cost.macs)):
            assert eval(text.replace(r"\cdot", "*")) == value


def test_dense_overflows_nothing():
    dense = compare_costs((1024, 1024), kernel=3, channels=3, filters=1024)[2]
    assert dense.macs == np.prod([1024, 1024, 3, 1022, 1022, 1024], dtype=object)


def test_no_filters():
    with pytest.raises(InputError, match="at least 1"):
        compare_costs((8, 8), kernel=3, channels=1, filters=0)
