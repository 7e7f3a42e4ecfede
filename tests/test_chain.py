"""Chains against Keras layers, and receptive fields against perturbing the input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.chain import ChainLayer, run_chain
from cnn_core.errors import InputError
from cnn_core.receptive_field import through, whole

LAYER = st.builds(
    ChainLayer,
    st.integers(1, 4).map(lambda side: np.random.default_rng(side).uniform(0.1, 1, (side, side)).astype(np.float32)),
    stride=st.integers(1, 2),
    activation=st.sampled_from(["none", "leaky_relu"]),
    pooling=st.sampled_from(["none", "average"]),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(LAYER, min_size=1, max_size=4), st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1))
def test_a_value_depends_on_its_receptive_field_and_on_nothing_else(layers, seed, across, down):
    """Positive kernels and averages pass every change on, so the field is exactly where a change arrives."""
    image = np.random.default_rng(seed).random((37, 34, 1)).astype(np.float32)
    try:
        step = run_chain(image, layers)[-1]
    except InputError:
        return
    row, column = round(down * (step.rows.cells - 1)), round(across * (step.columns.cells - 1))
    assert step.output.shape == (step.rows.cells, step.columns.cells, 1)
    top, bottom = step.rows.of(row)
    left, right = step.columns.of(column)
    field = np.zeros((37, 34), bool)
    field[max(top, 0) : bottom, max(left, 0) : right] = True
    outside = np.where(field[..., None], image, image + 50)
    assert run_chain(outside, layers)[-1].output[row, column, 0] == pytest.approx(step.output[row, column, 0], rel=1e-4)
    if top < 0 or left < 0 or bottom > 37 or right > 34:
        # A field that reaches beyond the picture may end in cells that a layer between has padded.
        return
    for corner in {(top, left), (bottom - 1, right - 1)}:
        changed = image.copy()
        changed[corner] += 1e6
        assert run_chain(changed, layers)[-1].output[row, column, 0] > step.output[row, column, 0] + 1e-3


def test_equals_keras_layers():
    import keras

    generator = np.random.default_rng(2)
    image = generator.random((21, 18, 1)).astype(np.float32)
    kernels = [
        generator.standard_normal((3, 3)).astype(np.float32),
        generator.standard_normal((4, 4)).astype(np.float32),
    ]
    layers = [ChainLayer(kernels[0], activation="relu", pooling="max"), ChainLayer(kernels[1], 2, "tanh", "average")]
    model = keras.Sequential(
        [
            keras.layers.Input((21, 18, 1)),
            keras.layers.Conv2D(1, 3, padding="same", activation="relu", use_bias=False),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(1, 4, strides=2, padding="same", activation="tanh", use_bias=False),
            keras.layers.AveragePooling2D(2),
        ]
    )
    model.set_weights([kernel[:, :, None, None] for kernel in kernels])
    expected = keras.ops.convert_to_numpy(model(image[None]))[0]
    np.testing.assert_allclose(run_chain(image, layers)[-1].output, expected, atol=1e-5)


def test_published_receptive_field_of_vgg16():
    """212 pixels at the last pooling: Araujo, Norris and Sim 2019, table of receptive fields, for VGG-16."""
    field = whole(224)
    for convolutions in (2, 2, 3, 3, 3):
        for _ in range(convolutions):
            field = through(field, 3, padding="same")
        field = through(field, 2, stride=2)
    assert (field.size, field.stride, field.cells) == (212, 32, 7)


def test_what_does_not_fit():
    layer = ChainLayer(np.ones((3, 3)), pooling="max")
    with pytest.raises(InputError, match="layers=5"):
        run_chain(np.ones((64, 64, 1)), [layer] * 5)
    with pytest.raises(InputError, match="layer 2"):
        run_chain(np.ones((3, 3, 1)), [layer] * 2)
