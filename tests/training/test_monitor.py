"""The look inside: gradients against TensorFlow's tape, dead ReLUs, what is said by layer, histograms, files."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn_core.training.data import Judged, ScratchData
from cnn_core.training.inside import BINS, histogram_of, load_epoch, load_samples
from cnn_core.training.monitor import Monitor, dead_shares, gradients_of, weight_names
from cnn_core.transfer.watch import Watch
from tests.training.tiny_runs import epochs_of, notes_of


def tiny() -> keras.Model:
    keras.utils.set_random_seed(0)
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(pixels)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.ReLU(name="relu")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(0.5, seed=3, name="dropout")(x)
    return keras.Model(pixels, keras.layers.Dense(2, activation="softmax", name="answer")(x))


def batch() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(0, 1, (6, 8, 8, 3)).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 3]


def state(model: keras.Model) -> list[np.ndarray]:
    return [np.array(variable) for variable in model.variables]


def test_gradients_equal_the_tapes_and_leave_everything_as_it_was() -> None:
    model = tiny()
    model.get_layer("answer").kernel.regularizer = keras.regularizers.L2(0.1)
    inputs, targets = batch()
    before = state(model)
    found = gradients_of(model, inputs, targets)
    for one, two in zip(before, state(model), strict=True):
        assert np.array_equal(one, two)
    with tf.GradientTape() as tape:
        answers = model(inputs, training=True)
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(targets, answers)) + sum(model.losses)
    expected = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    for one, two in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)
    assert weight_names(model)[:2] == ["conv/kernel", "conv/bias"]


def test_channels_that_give_nothing_are_counted() -> None:
    model = tiny()
    inputs, _ = batch()
    kernel, bias = model.get_layer("conv").get_weights()
    bias[:3] = -1000
    model.get_layer("conv").set_weights([kernel, bias])
    before = state(model)
    found = dead_shares(model, inputs)
    assert found["conv"] == 0.75
    assert set(found) == {"conv", "relu"}
    for one, two in zip(before, state(model), strict=True):
        assert np.array_equal(one, two)
    assert dead_shares(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), np.ones((1, 2), np.float32)) == {}


def watched(folder: Path, model: keras.Model) -> Monitor:
    inputs, _ = batch()
    pixels = np.clip(inputs * 40 + 128, 0, 255).astype(np.uint8)
    items = tuple(Judged(str(number), "validation") for number in range(6))
    data = ScratchData(("a", "b"), pixels, np.array([0, 1] * 3), pixels, np.array([0, 1] * 3), items)
    return Monitor(folder, model, data, watch=Watch(folder), judged=lambda found: found.astype(np.float32))


def test_what_is_wrong_is_said_once_by_layer_also_after_a_resume(tmp_path: Path) -> None:
    model = tiny()
    monitor = watched(tmp_path, model)
    monitor.begin()
    calm = monitor.epoch(1)
    assert notes_of(tmp_path) == []
    monitor.watch.epoch({"phase": "scratch", "epoch": 1, **calm})
    model.get_layer("conv").bias.assign(np.full(4, -1e4))
    monitor.epoch(2)
    monitor.epoch(3)
    assert sum("Dead ReLUs in conv (epoch 2): 100 %" in note for note in notes_of(tmp_path)) == 1
    again = watched(tmp_path, model)
    again.epoch(3)
    assert sum("Dead ReLUs in conv" in note for note in notes_of(tmp_path)) == 1
    model.set_weights([weights * 0 + 1 for weights in model.get_weights()])
    model.get_layer("norm").gamma.assign(np.full(4, 1e4))
    model.get_layer("answer").kernel.assign(np.random.default_rng(0).normal(0, 1, (144, 2)))
    again.epoch(4)
    assert any(note.startswith("Exploding gradient in epoch 4") for note in notes_of(tmp_path))
    model.get_layer("conv").bias.assign(np.full(4, np.nan))
    again.astray()
    assert "first in conv/bias" in notes_of(tmp_path)[-1]
    assert epochs_of(tmp_path)[0]["dead_relu"] == calm["dead_relu"]


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    model = tiny()
    monitor = watched(tmp_path, model)
    assert load_samples(tmp_path) is None
    monitor.begin()
    found, measured = load_epoch(tmp_path, 0), monitor.measured(0)
    assert found is not None
    assert found.gradient_norms == pytest.approx(measured.gradient_norms)
    assert found.dead == measured.dead
    for name, histogram in measured.weights.items():
        assert np.array_equal(found.weights[name].counts, histogram.counts)
    sizes = [int(np.prod(variable.shape)) for variable in model.trainable_variables]
    assert [histogram.counts.sum() for histogram in found.weights.values()] == sizes
    norms = [np.linalg.norm(one) for one in gradients_of(model, monitor._inputs, monitor._targets)]
    assert found.gradient_norm == pytest.approx(np.linalg.norm(norms), rel=1e-5)
    (tmp_path / "epochs" / "0000.npz").write_bytes(b"cut")
    assert load_epoch(tmp_path, 0) is None


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(-1e6, 1e6, width=32) | st.just(np.nan)))
@settings(max_examples=50, deadline=None)
def test_a_histogram_counts_every_number_once(values: np.ndarray) -> None:
    found = histogram_of(values)
    assert found.counts.sum() == np.isfinite(values).sum()
    assert found.counts.shape == (BINS,)
    assert (np.diff(found.edges.astype(np.float64)) >= 0).all()
    if np.isfinite(values).any():
        assert found.edges[0] <= np.nanmin(values)
        assert found.edges[-1] >= np.nanmax(values)
