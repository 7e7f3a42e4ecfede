"""Whole trainings at tiny sizes: what a run leaves, stopping, a kill and resuming, where it begins, what is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from cnn_core.architectures.unet import unet
from cnn_core.errors import InputError
from cnn_core.images import load_image
from cnn_core.losses.segmentation import segmentation_loss
from cnn_core.masks import UNSURE
from cnn_core.results.trained import load_model
from cnn_core.runs.folder import ask_to_stop, read_events, read_progress, read_status
from cnn_core.runs.jobs import JOBS, run_job
from cnn_core.segmentation.judged import FILE, load_judged, load_labels
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import load_masked_listing, save_masked_listing
from cnn_core.segmentation.trained import trained_segmenter
from cnn_core.segmentation.training.config import (
    NEW,
    Network,
    augmentation_of,
    config_of,
    default_config,
    network_arguments,
    size_step,
)
from cnn_core.segmentation.training.epoch_pictures import kept_epochs, load_answers, load_photos
from cnn_core.segmentation.training.examples import Batches, masked_source
from cnn_core.segmentation.training.judging import Judge
from cnn_core.segmentation.training.mirrors import averaged_over_mirrors
from cnn_core.segmentation.training.network import answering, first_network
from cnn_core.segmentation.training.new_run import fitting_start, input_size_for, usual_views
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou
from cnn_core.starter_models import STARTERS, keras_starter
from cnn_core.transfer.watch import Watch
from tests.segmentation.masked_runs import NAMES, make_run, write_masked_listing

FIGURES = ("epoch", "loss", "val_loss", "val_mean_iou", "val_accuracy", "learning_rate")
SHAPES = "starter_segmenter_shapes"


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_masked_listing(tmp_path_factory.mktemp("masks"), 18)


@pytest.fixture(scope="module", autouse=True)
def eager() -> Iterator[None]:
    """Compiling would take longer than running so small a network."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


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
    held_out = load_masked_listing(listing).of({"validation"})
    assert list(judged.files) == [item.file for item in held_out]
    assert len(held_out) == 6
    assert result["validation"]["mean_iou"] == pytest.approx(mean_iou(judged.matrices.sum(axis=0)[:, :3]))
    assert load_labels(whole, judged.places[0]).shape == (40, 56)
    assert result["agreement"] < 1e-3
    assert (result["input_size"], result["training"]["epochs"]) == ([32, 32], 2)
    assert list((whole / "logs" / "segmentation").glob("*/events.out.tfevents.*"))
    assert not list(whole.glob("*.part")) + list(whole.glob("part.*"))


def test_answers_of_every_epoch_are_kept_to_look_at(whole: Path, listing: Path) -> None:
    assert kept_epochs(whole) == [0, 1, 2]
    photos, names = load_photos(whole)
    assert names == NAMES
    held_out = load_masked_listing(listing).of({"validation"})
    assert [one.name for one in photos] == [item.file for item in held_out[:4]]
    for item, one in zip(held_out, photos, strict=False):
        truth = read_labels(load_masked_listing(listing), item)
        rows, columns = one.labels.shape
        assert (rows, columns) == (29, 40), "not kept larger than training needs them"
        small = cv2.resize(truth, (columns, rows), interpolation=cv2.INTER_NEAREST_EXACT)
        np.testing.assert_array_equal(one.labels, small)
    before, after = load_answers(whole, 1), load_answers(whole, 2)
    assert [one.shape for one in after] == [one.labels.shape for one in photos]
    assert any((one != other).any() for one, other in zip(before, after, strict=True))
    assert load_answers(whole, 7) == []
    assert load_photos(whole / "logs") == ([], ())


def test_the_trained_segmenter_answers_as_was_measured(whole: Path, listing: Path) -> None:
    """Through LiteRT, against the matrices of Keras; what the masks leave out counts for nothing."""
    segmenter = trained_segmenter(whole, title="Mine")
    assert (segmenter.title, segmenter.classes, segmenter.input_size) == ("Mine", NAMES, (32, 32))
    masks, judged = load_masked_listing(listing), load_judged(whole / FILE)
    for item, matrix in zip(masks.of({"validation"}), judged.matrices[..., :3], strict=True):
        truth = read_labels(masks, item)
        found = segmenter.predict(load_image(masks.path(item.file))).labels
        again = confusion_matrix(truth, found, num_classes=3, ignore=UNSURE)
        assert again.sum() == matrix.sum() == (truth != UNSURE).sum()
        assert np.abs(again - matrix).sum() <= 4
    namespace: dict[str, Any] = {"image": np.zeros((40, 60, 3), np.float32)}
    exec(segmenter.code, namespace)
    assert namespace["masks"].size == (40, 60)
    with pytest.raises(InputError, match="no trained segmenter yet"):
        trained_segmenter(whole / "checkpoint")


def test_a_run_that_was_stopped_or_killed_goes_on_as_if_it_had_not_been(
    whole: Path, listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, listing)
    done, after = Watch.batch, [0]

    def batch(self: Watch, number: int, of: int, *, pictures: int) -> None:
        if self._phase == "segmentation" and self._epoch == 2:
            after[0] += 1
            if after[0] == 1:
                ask_to_stop(self.run)
            else:
                # A kill leaves no time to write anything.
                raise KeyboardInterrupt
        done(self, number, of, pictures=pictures)

    monkeypatch.setattr("cnn_core.segmentation.training.train._Training._save_lite", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(Watch, "batch", batch)
        run_job(run)
        assert read_status(run).state == "stopped"
        (run / "stop").unlink()
        with pytest.raises(KeyboardInterrupt):
            run_job(run)
    assert len(epochs_of(run)) == 1
    run_job(run)
    assert read_status(run).state == "done"
    for before, again in zip(epochs_of(whole), epochs_of(run), strict=True):
        assert {name: again[name] for name in FIGURES} == pytest.approx(
            {name: before[name] for name in FIGURES}, rel=1e-4
        )
    first, second = (keras.models.load_model(one / "model.keras") for one in (whole, run))
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_the_judge_gives_loss_and_iou_of_plain_keras(listing: Path) -> None:
    masks = load_masked_listing(listing)
    config = config_of(
        default_config(listing, start=NEW) | {"input_size": [32, 48], "network": {"depth": 1, "base_filters": 4}}
    )
    model, shared = first_network(config, NAMES)
    assert shared == ()
    whole_network = answering(model, config)
    source = masked_source(masks, masks.of({"validation"}), side=60)
    loss = segmentation_loss("cross_entropy+dice")
    judge = Judge(source, answering=lambda _: whole_network, classes=3, size=(32, 48), batch_size=6, loss=loss, shown=2)
    figures = judge.figures(model, lambda *_: None)
    inputs = judge.inputs(6)
    logits = model.predict_on_batch(inputs)
    np.testing.assert_allclose(whole_network.predict_on_batch(inputs), keras.ops.softmax(logits), atol=1e-6)
    small = np.stack([cv2.resize(source[k].labels, (48, 32), interpolation=cv2.INTER_NEAREST_EXACT) for k in range(6)])
    assert figures.loss == pytest.approx(float(loss(small, logits)), rel=1e-4)
    total = np.zeros((3, 3), np.int64)
    for number in range(6):
        probabilities = whole_network.predict_on_batch(inputs[number : number + 1])[0]
        found = cv2.resize(probabilities, (56, 40), interpolation=cv2.INTER_LINEAR).argmax(axis=2)
        total += confusion_matrix(source[number].labels, found, num_classes=3, ignore=UNSURE)
    assert figures.mean_iou == pytest.approx(mean_iou(total), abs=2e-3)
    assert len(judge.answers) == 2


@pytest.mark.skipif(SHAPES not in STARTERS, reason="the starter of shapes is not shipped")
def test_a_starter_gives_its_weights_and_the_classes_it_knows() -> None:
    names = ("background", "moon", "star")
    config = config_of(default_config("a.json", start=SHAPES) | {"input_size": [64, 96], "crop": 0.5})
    assert config.view_size == (32, 48)
    model, shared = first_network(config, names)
    assert shared == ("background", "star")
    assert model.output_shape == (None, 32, 48, 3)
    starter = keras_starter(SHAPES)
    known = (0, 4)
    image = np.random.default_rng(0).random((1, 64, 96, 3), np.float32)
    logits = np.log(answering(model, config).predict_on_batch(image))[0]
    theirs = np.log(starter.predict_on_batch(image))[0]
    # Softmax keeps differences of logits, here between background and star.
    np.testing.assert_allclose(
        logits[..., 2] - logits[..., 0], theirs[..., known[1]] - theirs[..., known[0]], atol=1e-3
    )
    # As many classes as the starter has, but others: its head is not taken over.
    other, nothing = first_network(config, tuple("abcdefg"))
    assert nothing == ()
    mine, its = (one.get_layer("predictions").get_weights()[0] for one in (other, starter))
    assert mine.shape == its.shape
    assert not np.isclose(mine, its).any()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_answers_are_averaged_over_mirror_images(count: int, tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    model = unet(input_shape=(16, 24, 3), num_classes=3, depth=1, base_filters=2)
    image = np.random.default_rng(0).random((2, 16, 24, 3), np.float32)
    averaged = averaged_over_mirrors(model, count)
    expected = np.mean(
        [np.flip(model.predict_on_batch(np.flip(image, axes)), axes) for axes in ((), (2,), (1,), (1, 2))[:count]],
        axis=0,
    )
    np.testing.assert_allclose(averaged.predict_on_batch(image), expected, atol=1e-6)
    averaged.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict_on_batch(image), expected, atol=1e-6)
    for one, other in zip(averaged.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_epoch_shows_every_photo_as_often_as_asked_and_is_the_same_again(listing: Path) -> None:
    masks = load_masked_listing(listing)
    values = {"input_size": [32, 64], "batch_size": 8, "views": 2, "crop": 0.5}
    config = config_of(default_config(listing, start=NEW) | values)
    assert augmentation_of(config).zoom == (pytest.approx(0.4), pytest.approx(0.625))
    batches = Batches(masked_source(masks, masks.of({"train"}), side=90), config)
    order = batches.order(3)
    assert [number for number, _ in order] == [0, 1, 2]
    assert np.bincount(np.concatenate([chosen for _, chosen in order]), minlength=12).tolist() == [2] * 12
    first, again = (batches.make(3, *order[1]) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert first[0].shape == (8, 16, 32, 3)
    assert first[1].shape == (8, 16, 32)
    assert set(np.unique(first[1])) <= {0, 1, 2, UNSURE}
    assert not np.array_equal(first[0], batches.make(4, *order[1])[0])


def test_photos_that_cannot_be_read_are_left_out_by_name(tmp_path: Path) -> None:
    path = write_masked_listing(tmp_path, 6)
    masks = load_masked_listing(path)
    train = masks.of({"train"})
    masks.path(train[1].mask).unlink()
    source, said = masked_source(masks, train, side=90).readable(lambda *_: None)
    assert [item.file for item in source.items] == [item.file for item in train if item is not train[1]]
    assert len(said) == 1
    assert train[1].mask in said[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": "starter_classifier"}, "no such beginning"),
        ({"input_size": [64, 65]}, "multiples of 8"),
        ({"network": {"builder": "fcn"}, "input_size": [64, 72]}, "multiples of 32"),
        ({"network": {"builder": "vgg"}}, "no such builder"),
        ({"network": {"depth": 9}}, "depth is out of its range"),
        ({"network": {"width": 9}}, "network has a field that does not exist"),
        ({"loss": "cross_entropy+hope"}, "no such loss"),
        ({"epochs": 0}, "epochs is out of its range"),
        ({"crop": 0.0}, "crop is out of its range"),
        ({"mirrors": 3}, "no such mirrors"),
        ({"augmentation": {"zoom": [2, 1]}}, "zoom is out of its range"),
        ({"augmentation": {"flip": True}}, "does not exist"),
        ({"data": {}}, "names no pictures"),
        ({"mistake": 1}, "does not exist"),
    ],
)
def test_options_out_of_range_are_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        config_of(default_config("a.json", start=NEW) | changes)


def test_defaults_survive_being_written_and_read() -> None:
    values = json.loads(json.dumps(default_config("a.json", start=NEW)))
    assert config_of(values) == config_of({"start": NEW, "data": {"listing": "a.json"}})
    assert network_arguments(NEW, Network("fcn", stride=16), size=(64, 64), num_classes=2)[1]["stride"] == 16
    assert size_step(NEW, Network(depth=2, reduction=2)) == 8


def test_an_fcn_trains_with_another_loss(listing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnn_core.segmentation.training.train._Training._save_lite", lambda *_: None)
    network = {"builder": "fcn", "stride": 32, "base_filters": 2, "fc_filters": 4}
    run = make_run(tmp_path, listing, loss="focal+tversky", epochs=1, network=network)
    run_job(run)
    assert read_status(run).reason == ""
    assert np.isfinite(epochs_of(run)[0]["val_loss"])


def test_nothing_to_learn_from_fails_in_words(listing: Path, tmp_path: Path) -> None:
    masks = load_masked_listing(listing)
    save_masked_listing(replace(masks, items=masks.of({"validation"})), tmp_path / "a.json")
    run = make_run(tmp_path / "runs", tmp_path / "a.json")
    run_job(run)
    assert read_status(run).state == "failed"
    assert "no photos to train on" in read_status(run).reason
    assert JOBS["segmentation"].endswith("train:train_run")


def test_what_a_new_run_is_offered(listing: Path) -> None:
    masks = load_masked_listing(listing)
    assert input_size_for(masks, side=128, step=8) == (88, 128)
    assert usual_views(len(masks.of({"train"}))) == 20
    if SHAPES in STARTERS:
        assert fitting_start(("background", "ring")) == SHAPES
    assert fitting_start(NAMES) == NEW
