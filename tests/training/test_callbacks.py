"""The plateau and early stopping against Keras' own callbacks, on drawn losses."""

from types import SimpleNamespace

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.training.train import PATIENCE
from cnn_core.transfer.early_stopping import Best
from cnn_core.transfer.schedules import Schedule

LOSSES = st.lists(st.sampled_from([0.5, 0.49995, 0.4, 0.3, 0.29999, 0.6, 0.7]), min_size=1, max_size=30)


class Model(SimpleNamespace):
    """What callbacks look at."""


@given(LOSSES)
@settings(max_examples=60, deadline=None)
def test_plateau_is_reduce_lr_on_plateau(losses: list[float]) -> None:
    callback = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=PATIENCE, mode="min")
    model = Model(optimizer=keras.optimizers.SGD(0.125), metrics=[])
    callback.set_model(model)
    callback.on_train_begin()
    schedule = Schedule("plateau", 0.125, steps=1, patience=PATIENCE)
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        schedule = schedule.after_epoch(loss)
        assert schedule.rate(0) == pytest.approx(float(model.optimizer.learning_rate))


@given(LOSSES)
@settings(max_examples=60, deadline=None)
def test_best_is_early_stopping(losses: list[float]) -> None:
    callback = keras.callbacks.EarlyStopping(patience=5, mode="min")
    model = Model(stop_training=False, metrics=[])
    callback.set_model(model)
    callback.on_train_begin()
    best = Best(5)
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        best = best.after_epoch(epoch + 1, loss=loss, accuracy=0.0)
        assert best.stops == model.stop_training
        assert best.epoch == callback.best_epoch + 1
        if best.stops:
            break
