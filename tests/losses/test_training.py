"""A comparison of two losses at a tiny size: what a run leaves, stopping and resuming, what is refused."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.losses.segmentation import segmentation_loss
from cnn_core.losses.training import pictures, train
from cnn_core.losses.training.config import TASKS, ComparisonConfig, config_of, new_comparison
from cnn_core.losses.training.pictures import FILE, drawn, load_answers
from cnn_core.runs.folder import ask_to_stop, read_events, read_status
from cnn_core.runs.jobs import run_job
from cnn_core.runs.store import RunStore
from cnn_core.transfer.watch import Watch

NETWORK = train.network
TINY = {"epochs": 2, "pictures": 16, "base_filters": 2, "batch_size": 8}


def tiny_network(config: ComparisonConfig, loss: str) -> keras.Model:
    """One layer in place of a U-Net."""
    keras.utils.set_random_seed(config.seed)
    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Conv2D(len(config.classes), 3, padding="same")])
    model.compile(keras.optimizers.Adam(0.01), segmentation_loss(loss), run_eagerly=True)
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Few pictures, and networks that are not compiled: that would take longer than running them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "HELD_OUT", 4)
        patch.setattr(train, "network", tiny_network)
        yield


def make_run(**changes: Any) -> Path:
    values = {"first": "dice", "second": "cross_entropy+dice", **TINY, **changes}
    return new_comparison(RunStore(Path(tempfile.mkdtemp())), values, owner="me")


def epochs_of(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(run) if event["kind"] == "epoch"]


@pytest.fixture(scope="module")
def whole() -> Path:
    """A run that was not interrupted."""
    run = make_run()
    run_job(run)
    assert read_status(run).reason == ""
    return run


def test_a_run_leaves_curves_figures_and_answers(whole: Path) -> None:
    assert read_status(whole).state == "done"
    assert [event["epoch"] for event in epochs_of(whole)] == [1, 2]
    result = json.loads((whole / "result.json").read_text())
    answers = load_answers(whole / FILE)
    assert answers is not None
    assert (answers.epoch, answers.first.shape) == (2, (4, 64, 64))
    pixels, truth = drawn(config_of({}), held_out=True)
    assert (answers.truth == truth).all()
    assert (answers.pixels == pixels).all()
    both = ((answers.first == 1) & (truth == 1)).sum()
    either = ((answers.first == 1) | (truth == 1)).sum()
    assert result["first"]["iou"] == pytest.approx(both / either)
    assert result["foreground"] == pytest.approx(truth.mean())
    assert list((whole / "logs" / "losses").glob("*/events.out.tfevents.*"))


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, done = make_run(), Watch.batch

    def batch(self: Watch, number: int, of: int, *, pictures: int) -> None:
        if self._epoch == 2:
            ask_to_stop(self.run)
        done(self, number, of, pictures=pictures)

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "batch", batch)
        run_job(run)
    assert read_status(run).state == "stopped"
    assert len(epochs_of(run)) == 1
    (run / "stop").unlink()
    run_job(run)
    assert read_status(run).state == "done"
    for before, again in zip(epochs_of(whole), epochs_of(run), strict=True):
        names = ("first_loss", "second_loss", "val_first_iou", "val_second_iou")
        assert [again[name] for name in names] == pytest.approx([before[name] for name in names], rel=1e-4)


def test_both_networks_begin_alike_and_the_same_loss_twice_gives_the_same() -> None:
    run = make_run(first="dice", second="dice", epochs=1)
    run_job(run)
    (epoch,) = epochs_of(run)
    assert epoch["first_loss"] == epoch["second_loss"]


def test_pictures_follow_from_the_seed_and_tasks_differ_in_their_labels() -> None:
    pixels, labels = drawn(ComparisonConfig(pictures=16, task="shapes", seed=4), held_out=False)
    again, objects = drawn(ComparisonConfig(pictures=16, task="object", seed=4), held_out=False)
    assert (pixels == again).all()
    assert ((labels > 0) == (objects == 1)).all()
    _, rare = drawn(ComparisonConfig(pictures=16, task="rare", seed=4), held_out=False)
    star = TASKS["shapes"].index("star")
    assert ((labels == star) == (rare == 1)).all()
    assert not np.array_equal(pixels, drawn(ComparisonConfig(pictures=16, seed=5), held_out=False)[0])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"first": "hinge"}, "no such loss"),
        ({"task": "cats"}, "no such task"),
        ({"epochs": 0}, "epochs is out"),
        ({"pictures": True}, "pictures is out"),
        ({"learning_rate": float("nan")}, "learning_rate is out"),
        ({"colour": 1}, "field that does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_there_is_a_run(values: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        new_comparison(RunStore(tmp_path), values, owner="me")
    assert not list(tmp_path.iterdir())


def test_the_network_is_a_unet_that_ends_in_logits_and_follows_from_the_seed() -> None:
    first, again, other = (
        NETWORK(ComparisonConfig(base_filters=2, task="shapes", seed=seed), "focal+tversky") for seed in (1, 1, 2)
    )
    assert first.output_shape == (None, 64, 64, 7)
    weights = [model.get_weights() for model in (first, again, other)]
    assert all((one == two).all() for one, two in zip(*weights[:2], strict=True))
    assert any((one != two).any() for one, two in zip(weights[0], weights[2], strict=True))
    scores = np.asarray(first(np.random.default_rng(0).random((1, 64, 64, 3), np.float32)))
    assert scores.min() < 0, "no softmax"


def test_a_loss_that_is_no_number_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: ComparisonConfig, loss: str) -> Any:
        model = tiny_network(config, loss)
        model.train_on_batch = lambda *_: float("nan")
        return model

    monkeypatch.setattr(train, "network", broken)
    run = make_run()
    run_job(run)
    assert read_status(run).state == "failed"
    assert "went astray in epoch 1" in read_status(run).reason
