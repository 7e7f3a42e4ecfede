"""Batch norm's statistics are settled on the pictures as they are."""

import keras
import numpy as np
import pytest
from keras import layers

from cnn_core.starters.training import settle_batch_norm


def test_statistics_become_the_means_over_all_batches() -> None:
    inputs = keras.Input((None, None, 3))
    norm = layers.BatchNormalization(momentum=0.5)
    model = keras.Model(inputs, norm(inputs))
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (9, 4, 4, 3)).astype(np.uint8)
    settle_batch_norm(model, images, batch_size=3)
    values = images.reshape(3, -1, 3) / 255.0
    _, _, mean, variance = norm.get_weights()
    assert mean == pytest.approx(values.mean(axis=(0, 1)), rel=1e-4)
    assert variance == pytest.approx(values.var(axis=1).mean(axis=0), rel=1e-3)
    assert norm.momentum == 0.5
