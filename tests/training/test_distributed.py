"""Several devices: two virtual ones end up where one does, on each backend that is here; the arithmetic is Keras'."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.hidden_filters import learners_picture, named_filter
from cnn_core.samples import sample
from cnn_core.training.config import config_of
from cnn_core.training.data_parallel import Crops, averaged, drawn_crops, parts_of, sent_bytes, shared_out
from cnn_core.training.distributed import spread_over

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("spread_child.py")


def crops_of(count: int, seed: int = 0) -> Crops:
    photo = learners_picture("photo", sample("cat"), centred=True)
    return drawn_crops(photo, named_filter("sobel_x"), count=count, seed=seed)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_learn_what_one_does(backend: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
    environment |= {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, str(CHILD), str(tmp_path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=500)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert found["backend"] == backend
    assert found["virtual"]
    assert found["held"] == len(found["devices"]) == 2, "each device has its copy of the weights"
    # Three updates of a batch whose rows weigh differently, with batch norm.
    assert found["off"] < 1e-4
    assert found["moved"] > 1e-2
    assert found["losses"][0] == pytest.approx(found["losses"][1], rel=1e-4)
    if backend == "tensorflow":
        # Each device is given its own half: left to itself batch norm sees no more than that.
        assert found["apart_loss"] == pytest.approx(np.mean(found["halves"]), rel=1e-4)
        assert abs(found["apart_loss"] - found["first_loss"]) > 1e-3
        assert found["apart_off"] > 1e-3
    two, one = (found["runs"][count] for count in ("2", "1"))
    assert two["state"] == one["state"] == "done"
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-3)
    np.testing.assert_allclose(two["answers"], one["answers"], atol=2e-3)
    assert "virtual devices" in "".join(two["notes"])
    assert "virtual devices" not in "".join(one["notes"])
    np.testing.assert_allclose(*found["code"], rtol=1e-5)
    assert found["code"][0][-1] < found["code"][0][0]


def test_a_batch_is_divided_equally_or_refused() -> None:
    assert config_of({"devices": 4, "batch_size": 64}).devices == 4
    for devices, batch in ((3, 64), (0, 64), (17, 17), (2.0, 64)):
        with pytest.raises(InputError):
            config_of({"devices": devices, "batch_size": batch})
    assert spread_over(1).strategy is None
    for count in (0, 17):
        with pytest.raises(InputError, match="devices"):
            spread_over(count)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 12), st.data())
def test_the_mean_of_the_parts_is_the_whole(count: int, data: st.DataObject) -> None:
    crops, kernel = crops_of(count), np.random.default_rng(count).normal(size=(3, 3))
    sizes = shared_out(count, data.draw(st.integers(1, count)))
    assert sum(sizes) == count
    assert max(sizes) - min(sizes) <= 1
    for norm, alone in (("none", "none"), ("whole", "each")):
        parts = parts_of(crops, kernel, sizes, norm=norm)
        [whole] = parts_of(crops, kernel, [count], norm=alone)
        np.testing.assert_allclose(averaged(parts), whole.gradient, atol=1e-10)
        assert [crop for part in parts for crop in part.crops] == list(range(count))


def test_gradients_are_those_of_keras() -> None:
    import keras
    import tensorflow as tf

    crops, kernel = crops_of(6), np.random.default_rng(3).normal(size=(3, 3))
    photos = tf.constant(crops.photos[..., None], tf.float32)
    targets = tf.constant(crops.targets[..., None], tf.float32)
    for normed in (False, True):
        layers = [keras.Input((18, 18, 1)), keras.layers.Conv2D(1, 3, use_bias=False)]
        layers += [keras.layers.BatchNormalization(scale=False, center=False)] if normed else []
        model = keras.Sequential(layers)
        model.layers[0].set_weights([kernel[..., None, None]])
        for rows in (slice(0, 6), slice(0, 2)):
            with tf.GradientTape() as tape:
                loss = keras.ops.mean((model(photos[rows], training=True) - targets[rows]) ** 2)
            slope = tape.gradient(loss, model.trainable_variables[0].value)[..., 0, 0]
            sizes = (6,) if rows == slice(0, 6) else (2, 4)
            part = parts_of(crops, kernel, sizes, norm="each" if normed else "none")[0]
            assert part.loss == pytest.approx(float(loss), rel=1e-4)
            np.testing.assert_allclose(part.gradient, slope, atol=1e-4)


def test_batch_norm_apart_and_the_plain_mean_are_off() -> None:
    crops, kernel = crops_of(8), np.random.default_rng(1).normal(size=(3, 3))
    apart = parts_of(crops, kernel, (4, 4), norm="each")
    [whole] = parts_of(crops, kernel, (8,), norm="each")
    assert np.abs(averaged(apart) - whole.gradient).max() > 1e-3
    uneven = parts_of(crops, kernel, (3, 3, 2))
    [whole] = parts_of(crops, kernel, (8,))
    assert np.abs(averaged(uneven, by_size=False) - whole.gradient).max() > 1e-3
    assert sent_bytes(10, 1) == 0


def test_what_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(InputError, match="part of the batch"):
        shared_out(2, 3)
    with pytest.raises(InputError, match="add up"):
        parts_of(crops_of(3), np.zeros((3, 3)), (1, 1))
    with pytest.raises(InputError, match="batch norm"):
        parts_of(crops_of(3), np.zeros((3, 3)), (3,), norm="group")
    with pytest.raises(InputError, match="too small"):
        drawn_crops(np.ones((17, 40)), np.ones((3, 3)), count=2, seed=0)
    with pytest.raises(InputError, match="crops"):
        drawn_crops(np.ones((40, 40)), np.ones((3, 3)), count=65, seed=0)
