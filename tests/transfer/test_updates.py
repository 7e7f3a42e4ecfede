"""An update against gradient descent written out, in one go and in parts."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.transfer.updates import (
    Recipe,
    assign,
    changing_variables,
    compile_for,
    optimizer_values,
    seed_dropout,
    set_optimizer,
    update,
    values_of,
)

RATE = 0.1


@pytest.fixture(autouse=True)
def eager() -> Iterator[None]:
    """Compiling such small networks takes longer than running them."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def head(kernel: np.ndarray, *, dropout: float = 0.0) -> keras.Model:
    layers = [keras.layers.Dropout(dropout, seed=1)] if dropout else []
    model = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Dense(3, activation="softmax", use_bias=False)])
    model.layers[-1].set_weights([kernel])
    return model


def batch(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    inputs = random.normal(size=(count, 5)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[random.integers(3, size=count)]
    return inputs, targets, random.uniform(0.5, 2.0, count).astype(np.float32)


@pytest.mark.parametrize("split", [1, 4])
@pytest.mark.parametrize("count", [8, 5, 1])
def test_updates_are_gradient_descent_on_the_rows_that_are_there(count: int, split: int) -> None:
    random = np.random.default_rng(count)
    kernel = random.normal(size=(5, 3))
    model, recipe = head(kernel.astype(np.float32)), Recipe("sgd", batch_size=8, split=split)
    compile_for(model, recipe)
    momentum = np.zeros_like(kernel)
    for _ in range(3):
        inputs, targets, weights = batch(random, count)
        shares = np.exp(inputs @ kernel)
        shares /= shares.sum(axis=1, keepdims=True)
        expected_loss = float(np.mean(-np.log((shares * targets).sum(axis=1)) * weights))
        expected_right = float((shares.argmax(axis=1) == targets.argmax(axis=1)).mean())
        gradient = inputs.T @ ((shares - targets) * weights[:, None]) / count
        momentum = 0.9 * momentum - RATE * gradient
        kernel = kernel + 0.9 * momentum - RATE * gradient
        loss, right = update(model, inputs, targets, weights, recipe=recipe, rate=RATE)
        assert loss == pytest.approx(expected_loss, rel=1e-4)
        assert right == pytest.approx(expected_right)
        np.testing.assert_allclose(model.get_weights()[0], kernel, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_optimizer_goes_on_where_it_was_in_another_split(optimizer: str) -> None:
    """Two updates, then two more in another network that got weights and optimizer and takes batches in halves."""
    random = np.random.default_rng(0)
    kernel, batches = random.normal(size=(5, 3)).astype(np.float32), [batch(random, 8) for _ in range(4)]
    whole, recipe = head(kernel), Recipe(optimizer, batch_size=8)
    compile_for(whole, recipe)
    for inputs, targets, weights in batches[:2]:
        update(whole, inputs, targets, weights, recipe=recipe, rate=RATE)
    halves, halved = head(np.zeros((5, 3), np.float32)), Recipe(optimizer, batch_size=8, split=2)
    compile_for(halves, halved)
    assign(changing_variables(halves), values_of(changing_variables(whole)))
    set_optimizer(halves, optimizer_values(whole, recipe), halved)
    for inputs, targets, weights in batches[2:]:
        update(whole, inputs, targets, weights, recipe=recipe, rate=RATE)
        update(halves, inputs, targets, weights, recipe=halved, rate=RATE)
    np.testing.assert_allclose(halves.get_weights()[0], whole.get_weights()[0], atol=1e-5)
    assert np.abs(whole.get_weights()[0] - kernel).max() > 0.1
    for found, expected in zip(optimizer_values(halves, halved), optimizer_values(whole, recipe), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_dropout_depends_on_seed_and_epoch_alone() -> None:
    kernel = np.random.default_rng(5).normal(size=(5, 3)).astype(np.float32)

    def losses(epoch: int, *, warm: int = 0) -> list[float]:
        random, model, recipe = np.random.default_rng(0), head(kernel, dropout=0.5), Recipe("sgd", batch_size=8)
        compile_for(model, recipe)
        for _ in range(warm):
            update(model, *batch(np.random.default_rng(9), 8), recipe=recipe, rate=0.0)
        seed_dropout(model, seed=3, phase="fine_tuning", epoch=epoch)
        return [update(model, *batch(random, 8), recipe=recipe, rate=0.0)[0] for _ in range(3)]

    assert losses(1) == losses(1, warm=2)
    assert losses(1) != losses(2)
