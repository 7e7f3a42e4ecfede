"""Two networks of the same layers give the same output with the same weights."""

import keras
import numpy as np


def check_same(ours: keras.Model, theirs: keras.Model, *, features: str) -> None:
    """Copy all weights of `theirs`, none of them at its initial value, and compare features and predictions."""
    assert layer_list(ours) == layer_list(theirs)
    generator = np.random.default_rng(0)
    # Away from the initial zeros and ones, so that biases and batch-norm statistics matter; none negative.
    theirs.set_weights([w + generator.uniform(0, 0.02, w.shape).astype(np.float32) for w in theirs.get_weights()])
    ours.set_weights(theirs.get_weights())
    pictures = generator.random((2, *ours.input_shape[1:]), dtype=np.float32)
    for layer in (features, "predictions"):
        ours_until, theirs_until = (keras.Model(m.inputs[0], m.get_layer(layer).output) for m in (ours, theirs))
        found, expected = (np.asarray(model(pictures)) for model in (ours_until, theirs_until))
        assert np.ptp(expected) > 1e-3
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def layer_list(model: keras.Model) -> list[tuple[str, str, int, tuple[int, ...]]]:
    """Name, kind, parameters and output shape of each layer behind the input, in Keras' order."""
    return [
        (layer.name, type(layer).__name__, layer.count_params(), tuple(layer.output.shape))
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]
