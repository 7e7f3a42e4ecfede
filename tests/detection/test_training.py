"""Whole trainings at tiny sizes: what a run leaves, stopping and resuming, where it begins, what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.architectures import yolo
from cnn_core.detection.boxed_listing import load_boxed_listing, save_boxed_listing
from cnn_core.detection.evaluation import at_threshold, evaluate, judge
from cnn_core.detection.judged import FILE, load_judged
from cnn_core.detection.trained import trained_detector
from cnn_core.detection.training import config as training_config
from cnn_core.detection.training.config import NEW, config_of, default_config
from cnn_core.detection.training.examples import Batches, boxed_source
from cnn_core.detection.training.judging import Figures, Judge
from cnn_core.detection.training.loop import Trainer
from cnn_core.detection.training.network import HEAD, first_network
from cnn_core.detection.training.train import train_run
from cnn_core.errors import InputError
from cnn_core.runs.folder import ask_to_stop, create_run, read_events, read_progress, read_status
from cnn_core.runs.jobs import JOBS, run_job
from cnn_core.starter_models import STARTERS, keras_starter, starter_card
from cnn_core.transfer.watch import Watch
from tests.detection.boxed_pictures import NAMES, write_boxed_listing

STAGES = yolo.STAGES
FIGURES = ("epoch", "loss", "val_loss", "val_map50", "val_map", "learning_rate")


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_boxed_listing(tmp_path_factory.mktemp("boxes"), 18)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """A network of a moment, not compiled: that would take longer than running it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(training_config, "NEW_NETWORK", {"num_boxes": 1, "grid_stride": 8, "base_filters": 4})
    patch.setattr(yolo, "STAGES", (((1, 3),), ((2, 3),), ((4, 3),), ((8, 3),)))
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
    patch.undo()


def make_run(store: Path, listing: Path, **changes: Any) -> Path:
    config = default_config(listing, start=NEW, name="Blocks")
    config |= {"input_size": [64, 64], "epochs": 2, "batch_size": 6, "learning_rate": 0.02}
    return create_run(store, config | changes, owner="me", name="Blocks")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, listing: Path) -> Path:
    """A run that was not interrupted."""
    run = make_run(tmp_path_factory.mktemp("runs"), listing)
    run_job(run)
    assert read_status(run).reason == ""
    return run


def epochs_of(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(run) if event["kind"] == "epoch"]


def test_a_run_leaves_everything_that_its_contract_names(whole: Path, listing: Path) -> None:
    assert read_status(whole).state == "done"
    assert [event["epoch"] for event in epochs_of(whole)] == [1, 2]
    assert epochs_of(whole)[1]["loss"] < epochs_of(whole)[0]["loss"]
    assert read_progress(whole)["phase"] == "saving"
    assert (whole / "labels.txt").read_text().split() == list(NAMES)
    result = json.loads((whole / "result.json").read_text())
    judged = load_judged(whole / FILE)
    held_out = load_boxed_listing(listing).of({"validation"})
    assert [picture.file for picture in judged.pictures] == [item.file for item in held_out]
    assert result["validation"]["pictures"] == len(held_out) == 6
    assert result["validation"]["map50"] == evaluate(judged).coco.ap50
    assert result["agreement"] < 1e-3
    assert (result["input_size"], result["grid_stride"], result["training"]["epochs"]) == ([64, 64], 8, 2)
    assert list((whole / "logs" / "detection").glob("*/events.out.tfevents.*"))
    assert not list(whole.glob("*.part")) + list(whole.glob("part.*"))


def test_the_trained_detector_finds_what_was_recorded(whole: Path, listing: Path) -> None:
    """Through LiteRT, picture by picture, against the boxes that training found in batches."""
    detector = trained_detector(whole, title="Mine")
    assert (detector.title, detector.classes) == ("Mine", NAMES)
    boxes = load_boxed_listing(listing)
    again, notes = judge(boxes, detector, items=boxes.of({"validation"}))
    assert notes == ()
    for before, after in zip(load_judged(whole / FILE).pictures, again.pictures, strict=True):
        assert abs(len(before.found) - len(after.found)) <= 1
        some = min(len(before.found), len(after.found), 5)
        np.testing.assert_allclose(before.found.scores[:some], after.found.scores[:some], atol=1e-3)
        np.testing.assert_allclose(before.found.corners[:some], after.found.corners[:some], atol=0.1)
    namespace: dict[str, Any] = {"image": np.zeros((40, 60, 3), np.float32)}
    exec(detector.code, namespace)
    assert namespace["candidates"].size == (40, 60)


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    whole: Path, listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, listing)
    done, after = Watch.batch, [0]

    def batch(self: Watch, number: int, of: int, *, pictures: int) -> None:
        if self._phase == "detection" and self._epoch == 2:
            ask_to_stop(self.run)
            after[0] += 1
        done(self, number, of, pictures=pictures)

    # The other run has shown that it can be converted.
    monkeypatch.setattr("cnn_core.detection.training.train._Training._save_lite", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "batch", batch)
        run_job(run)
    assert after == [1], "it ends with the batch in which it was asked"
    assert read_status(run).state == "stopped"
    assert len(epochs_of(run)) == 1
    (run / "stop").unlink()
    run_job(run)
    assert read_status(run).state == "done"
    for before, again in zip(epochs_of(whole), epochs_of(run), strict=True):
        assert {name: again[name] for name in FIGURES} == pytest.approx(
            {name: before[name] for name in FIGURES}, rel=1e-4
        )
    first, second = (keras.models.load_model(one / "model.keras") for one in (whole, run))
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_the_best_weights_are_kept(listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of three epochs is the best, and the third no better: it stops there and goes back."""
    boxes = load_boxed_listing(listing)
    values = {"epochs": 9, "early_stopping": 1, "input_size": [64, 64], "batch_size": 12, "learning_rate": 0.01}
    config = config_of(default_config(listing, start=NEW) | values)
    model, _ = first_network(config, NAMES)
    source = boxed_source(boxes, boxes.of({"train"}), side=90)
    batches = Batches(source, config, num_classes=2, stride=8)
    judge_of_all = Judge(boxes, boxes.items[:1], source, size=(64, 64), stride=8, batch_size=1, target=batches.target)
    maps = iter([0.1, 0.2, 0.5, 0.4])
    seen: list[np.ndarray] = []

    def figures(_: Judge, judged: keras.Model, _check: object) -> Figures:
        seen.append(np.array(judged.get_layer(HEAD).get_weights()[0]))
        return Figures(1.0, 0.9, next(maps))

    monkeypatch.setattr(Judge, "figures", figures)
    run = make_run(tmp_path, listing)
    trainer = Trainer(model, config, batches, judge_of_all, watch=Watch(run), folder=run / "checkpoint")
    trainer.begin(None)
    outcome = trainer.run()
    assert (outcome.epochs, outcome.kept_epoch) == (3, 2)
    np.testing.assert_array_equal(model.get_layer(HEAD).get_weights()[0], seen[2])
    assert not np.array_equal(seen[2], seen[3])
    assert any("largest in epoch 2" in event.get("text", "") for event in read_events(run))


@pytest.mark.skipif("starter_detector_shapes" not in STARTERS, reason="the starter of shapes is not shipped")
def test_a_starter_gives_its_weights_and_the_classes_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yolo, "STAGES", STAGES)
    start, names = "starter_detector_shapes", ("star", "moon", "circle")
    config = config_of(default_config("boxes.json", start=start) | {"input_size": [64, 96]})
    model, shared = first_network(config, names)
    assert shared == ("star", "circle")
    assert model.output_shape == (None, 8, 12, 8)
    starter = keras_starter(start)
    known = starter_card(start).classes
    for layer in starter.layers:
        if layer.name != HEAD:
            for theirs, ours in zip(layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True):
                np.testing.assert_array_equal(theirs, ours)
    image = np.random.default_rng(0).random((1, 64, 96, 3), np.float32)
    raw = np.asarray(model.predict_on_batch(image))
    # The starter at this size: the same network of another input shape.
    wide = keras.models.clone_model(starter, input_tensors=keras.Input((64, 96, 3)))
    wide.set_weights(starter.get_weights())
    theirs = np.asarray(wide.predict_on_batch(image))
    columns = [*range(5), 5 + known.index("star"), 5 + known.index("circle")]
    np.testing.assert_allclose(raw[..., [*range(5), 5, 7]], theirs[..., columns], atol=1e-4)


def test_an_epoch_shows_every_picture_as_often_as_asked_and_is_the_same_again(listing: Path) -> None:
    boxes = load_boxed_listing(listing)
    config = config_of(default_config(listing, start=NEW) | {"input_size": [64, 64], "batch_size": 8, "views": 2})
    source = boxed_source(boxes, boxes.of({"train"}), side=90)
    batches = Batches(source, config, num_classes=2, stride=8)
    order = batches.order(3)
    assert [number for number, _ in order] == [0, 1, 2]
    counts = np.bincount(np.concatenate([chosen for _, chosen in order]), minlength=12)
    assert counts.tolist() == [2] * 12
    first, again = (batches.make(3, *order[1]) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert first[0].shape == (8, 64, 64, 3)
    assert first[1].shape == (8, 8, 8, 7)
    assert not np.array_equal(first[0], batches.make(4, *order[1])[0])


def test_pictures_that_cannot_be_read_are_left_out_by_name(tmp_path: Path) -> None:
    path = write_boxed_listing(tmp_path, 6)
    boxes = load_boxed_listing(path)
    train = boxes.of({"train"})
    boxes.path(train[1].file).unlink()
    looked: list[tuple[int, int]] = []
    source, said = boxed_source(boxes, train, side=90).readable(lambda done, of: looked.append((done, of)))
    assert [item.file for item in source.items] == [item.file for item in train if item is not train[1]]
    assert len(said) == 1
    assert train[1].file in said[0]
    assert looked == [(number, len(train)) for number in range(len(train))]
    for item in train:
        boxes.path(item.file).unlink(missing_ok=True)
    with pytest.raises(InputError, match="No picture to train on can be read"):
        train_run(make_run(tmp_path / "runs", path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": "starter_classifier"}, "no such beginning"),
        ({"input_size": [64, 65]}, "multiples of 32"),
        ({"epochs": 0}, "epochs is out of its range"),
        ({"learning_rate": 2.0}, "learning_rate is out of its range"),
        ({"augmentation": {"zoom": [2, 1]}}, "zoom is out of its range"),
        ({"augmentation": {"flip": True}}, "does not exist"),
        ({"data": {}}, "names no pictures"),
        ({"mistake": 1}, "does not exist"),
    ],
)
def test_options_out_of_range_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        config_of(default_config("boxes.json", start=NEW) | changes)


def test_a_list_without_training_pictures_fails_in_words(listing: Path, tmp_path: Path) -> None:
    boxes = load_boxed_listing(listing)
    from dataclasses import replace

    save_boxed_listing(replace(boxes, items=boxes.of({"validation"})), tmp_path / "boxes.json")
    run = make_run(tmp_path / "runs", tmp_path / "boxes.json")
    run_job(run)
    assert read_status(run).state == "failed"
    assert "no pictures to train on" in read_status(run).reason


def test_the_job_is_known_and_the_threshold_leaves_something(whole: Path) -> None:
    assert JOBS["detection"].endswith("train:train_run")
    rows, _, _ = at_threshold(load_judged(whole / FILE), threshold=0.01)
    assert len(rows) == 6
