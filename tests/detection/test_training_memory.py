"""Memory that does not suffice for a batch: it goes through the network in parts, and the update stays the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.detection.boxed_listing import load_boxed_listing
from cnn_core.detection.training.config import NEW, config_of, default_config
from cnn_core.detection.training.examples import Batches, boxed_source
from cnn_core.detection.training.judging import Judge
from cnn_core.detection.training.loop import Trainer
from cnn_core.errors import InputError
from cnn_core.runs.folder import create_run, read_events
from cnn_core.transfer.checkpoint import load_checkpoint
from cnn_core.transfer.updates import optimizer_values
from cnn_core.transfer.watch import Watch
from tests.detection.boxed_pictures import write_boxed_listing

SIDE, STRIDE, BATCH, RATE = 64, 8, 6, 0.01


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_boxed_listing(tmp_path_factory.mktemp("boxes"), 9)


def network() -> keras.Model:
    """One layer, and no batch norm: its statistics are the one thing that depends on the parts."""
    start = keras.initializers.RandomNormal(stddev=0.01, seed=0)
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), keras.layers.Conv2D(7, STRIDE, STRIDE, kernel_initializer=start)]
    )


def trainer(listing: Path, folder: Path, *, looks: bool = False) -> Trainer:
    boxes = load_boxed_listing(listing)
    values = {"epochs": 2, "input_size": [SIDE, SIDE], "batch_size": BATCH, "learning_rate": RATE}
    config = config_of(default_config(listing, start=NEW) | values)
    source = boxed_source(boxes, boxes.of({"train"}), side=90)
    batches = Batches(source, config, num_classes=2, stride=STRIDE)
    judge = Judge(
        boxes, boxes.of({"train"}), source, size=(SIDE, SIDE), stride=STRIDE, batch_size=BATCH, target=batches.target
    )
    watch = Watch(create_run(folder, {}, owner="me", name="Blocks"))
    return Trainer(network(), config, batches, judge if looks else None, watch=watch, folder=folder / "checkpoint")


def notes(run: Path) -> list[str]:
    return [event["text"] for event in read_events(run) if event["kind"] == "note"]


def limit(patch: pytest.MonkeyPatch, method: str, rows: int, *, after: int = 0) -> list[int]:
    """Behind so many calls no more than `rows` pictures fit; gives how many each call came with."""
    done, sizes = getattr(keras.Model, method), list[int]()

    def limited(self: keras.Model, x: np.ndarray, *args: Any, **kwargs: Any) -> Any:
        sizes.append(len(x))
        if len(x) > rows and len(sizes) > after:
            raise MemoryError
        return done(self, x, *args, **kwargs)

    patch.setattr(keras.Model, method, limited)
    return sizes


def test_the_batch_is_halved_until_it_fits_and_no_update_changes(
    listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, halved = (trainer(listing, tmp_path / name) for name in ("whole", "halved"))
    whole.begin(None)
    whole.run()
    sizes = limit(monkeypatch, "train_on_batch", 2, after=1)
    halved.begin(None)
    assert halved.run().epochs == 2
    # An epoch, which is one batch; then halves, then quarters: 6 = 2 + 2 + 1 + 1.
    assert sizes == [6, 6, 3, 2, 2, 1, 1]
    said = notes(halved.watch.run)
    assert [text[text.index(". ") + 2 :][:5] for text in said[:2]] == ["3 go ", "2 go "]
    assert all(text.startswith("The memory did not suffice for 6 pictures at once") for text in said[:2])
    expected, found = (load_checkpoint(tmp_path / name / "checkpoint") for name in ("whole", "halved"))
    assert expected is not None
    assert found is not None
    assert found.state["split"] == 4
    np.testing.assert_allclose(found.weights[0], expected.weights[0], atol=1e-5)
    assert np.abs(expected.weights[0] - network().get_weights()[0]).max() > RATE
    # Iteration, learning rate, the averages of kernel and bias, their moments.
    for place, (one, other) in enumerate(zip(found.optimizer, expected.optimizer, strict=True)):
        # The average of the weights lags by less than an update.
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=RATE if place in {2, 3} else 1e-5)


def test_a_run_that_was_halved_goes_on_halved(listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = trainer(listing, tmp_path / "first")
    sizes = limit(monkeypatch, "train_on_batch", 3)
    first.begin(None)
    first.run()
    assert sizes == [6] + [3, 3] * 2
    resumed = trainer(listing, tmp_path / "second")
    resumed.begin(replace(first.kept, epoch=1))
    assert resumed.model.optimizer.gradient_accumulation_steps == 2
    for one, other in zip(optimizer_values(resumed.model, resumed.recipe), first.kept.optimizer, strict=True):
        np.testing.assert_array_equal(one, other)


def test_looking_takes_fewer_pictures_too(listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first epoch the network looks at the held-out pictures."""
    tried = trainer(listing, tmp_path, looks=True)
    sizes = limit(monkeypatch, "predict_on_batch", 3)
    tried.begin(None)
    assert sizes == [6, 3, 3]
    assert tried.recipe.split == 2
    assert len(notes(tried.watch.run)) == 1


def test_nothing_fits(listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = trainer(listing, tmp_path)
    tried.begin(None)
    sizes = limit(monkeypatch, "train_on_batch", 0)
    with pytest.raises(InputError, match="smaller input size"):
        tried.run()
    assert sizes == [6, 3, 2, 1]
