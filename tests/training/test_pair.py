"""Pairs of trainings: what each side is, what each mistake does, and whole runs at a tiny size."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow

from cnn_core.errors import InputError
from cnn_core.own_network.link import decode_network
from cnn_core.runs.folder import ask_to_stop, read_events, read_status
from cnn_core.runs.jobs import run_job
from cnn_core.runs.store import RunStore
from cnn_core.training import broken, pair_leg, train
from cnn_core.training.config import MISTAKES as NAMES
from cnn_core.training.config import ScratchConfig
from cnn_core.training.data import Judged, ScratchData
from cnn_core.training.evidence import FIGURES, evidence_of, frozen_statistics, statistics_moved
from cnn_core.training.experiments import BASE, EXPERIMENTS
from cnn_core.training.mistakes import CASES, MISTAKES
from cnn_core.training.network import scratch_network
from cnn_core.training.pair import leg_figures
from cnn_core.training.pair_config import EXPERIMENT_JOB, MISTAKE_JOB, PairConfig, new_pair, pair_of
from cnn_core.training.verdict import verdict_of, verdict_of_json
from cnn_core.transfer.watch import Watch

CLASSES = ("red", "green", "blue")
# Enough for whole batches of one class, and for labels that chance does not put right.
PICTURES = {"no_shuffling": 120, "labels_shuffled": 180}


def colours(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 8 x 8 that a layer tells apart: noise, and one channel brighter."""
    random = np.random.default_rng(seed)
    truth = np.arange(count) % len(CLASSES)
    pixels = random.integers(0, 120, (count, 8, 8, 3), np.uint8)
    pixels[np.arange(count), :, :, truth] += 100
    return pixels, truth


def drawn(config: ScratchConfig, **_: Any) -> ScratchData:
    """As many as the configuration says, 30 to watch and 60 to test."""
    pixels, truth = colours(config.pictures, seed=1)
    judged, judged_truth = colours(90, seed=2)
    parts = ["validation"] * 30 + ["test"] * 60
    items = tuple(Judged(f"{number}", part) for number, part in enumerate(parts))
    return ScratchData(CLASSES, pixels, truth, judged, judged_truth, items)


def tiny_network(config: ScratchConfig, classes: int) -> keras.Model:
    """Two layers in place of the real ones."""
    keras.utils.set_random_seed(config.seed)
    pixels = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Conv2D(8, 8, activation="elu", name="conv")(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(pixels, keras.layers.Dense(classes, activation="softmax")(x))


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_leg, "load_data", drawn)
        patch.setattr(train, "scratch_network", tiny_network)
        patch.setitem(BASE, "learning_rate", 0.02)
        # Few steps: tracing would take longer.
        tensorflow.config.run_functions_eagerly(True)
        yield
        tensorflow.config.run_functions_eagerly(False)


def make_run(folder: Path, **values: Any) -> Path:
    return new_pair(RunStore(folder), {"pictures": 60, "epochs": 2, **values}, owner="me")


def finished(folder: Path, **values: Any) -> tuple[Path, dict[str, Any]]:
    run = make_run(folder, **values)
    run_job(run)
    assert read_status(run).reason == ""
    assert read_status(run).state == "done"
    return run, json.loads((run / "result.json").read_text())


def epochs_of(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(run) if event["kind"] == "epoch"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """An experiment with two seeds that was not interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    return finished(folder, job=EXPERIMENT_JOB, experiment="optimizer", seed=3, seeds=2)


def test_a_pair_leaves_curves_in_turn_and_a_verdict(whole: tuple[Path, dict[str, Any]]) -> None:
    run, result = whole
    order = [(event["seed"], event["epoch"], event["side"]) for event in epochs_of(run)]
    assert order == [(seed, epoch, side) for seed in (3, 4) for epoch in (1, 2) for side in ("first", "second")]
    right = {}
    for side in ("first", "second"):
        legs = [np.load(run / "legs" / f"{side}-{seed}" / "right.npz")["right"] for seed in (3, 4)]
        right[side] = np.stack(legs)
        assert [leg["really"] for leg in result[side]] == pytest.approx([float(leg.mean()) for leg in legs])
    assert verdict_of_json(result["verdict"]) == verdict_of(right["first"], right["second"])
    assert result["labels"] == {"first": "SGD", "second": "Adam"}
    assert not list(run.glob("legs/*/checkpoint")), "a finished training leaves no checkpoint"
    assert list((run / "logs" / "first-3").glob("*/events.out.tfevents.*"))


def test_a_pair_that_was_stopped_goes_on_as_if_it_had_not_been(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, job=EXPERIMENT_JOB, experiment="optimizer", seed=3, seeds=2)
    done = Watch.epoch

    def epoch(self: Watch, event: dict[str, Any]) -> None:
        done(self, event)
        # The second seed's first side has an epoch, its second side has none.
        if event.get("phase") == "first-4":
            ask_to_stop(self.run)

    with monkeypatch.context() as patch:
        patch.setattr(Watch, "epoch", epoch)
        run_job(run)
    assert read_status(run).state == "stopped"
    (run / "stop").unlink()
    run_job(run)
    assert read_status(run).state == "done"
    kept = ("side", "seed", "epoch")
    expected, found = ({tuple(event[k] for k in kept): event for event in epochs_of(r)} for r in (whole[0], run))
    assert expected.keys() == found.keys()
    for key, event in expected.items():
        assert found[key]["loss"] == pytest.approx(event["loss"], rel=1e-4)
        assert found[key]["val_loss"] == pytest.approx(event["val_loss"], rel=1e-4)


def test_sides_that_do_not_differ_give_the_same_networks(tmp_path: Path) -> None:
    # The tiny network has no dropout: the sides are one.
    _, result = finished(tmp_path, job=EXPERIMENT_JOB, experiment="dropout", epochs=1)
    verdict = verdict_of_json(result["verdict"])
    assert (verdict.only_first, verdict.only_second, verdict.told) == (0, 0, False)


def test_a_loss_that_is_no_number_ends_one_side_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_rate = replace(
        MISTAKES["learning_rate_x100"].change, config=lambda config: replace(config, learning_rate=1e30)
    )
    monkeypatch.setitem(MISTAKES, "learning_rate_x100", replace(MISTAKES["learning_rate_x100"], change=broken_rate))
    case = CASES.index("learning_rate_x100") + 1
    run, result = finished(tmp_path, job=MISTAKE_JOB, case=case, epochs=6)
    assert "went astray" in result["first"][0]["astray"]
    assert result["second"][0]["really"] > 0.8
    assert any("went astray" in event.get("text", "") for event in read_events(run))


@pytest.mark.parametrize("name", [name for name in CASES if name != "batch_norm_training"])
def test_every_mistake_shows_in_its_evidence(name: str, tmp_path: Path) -> None:
    _, result = finished(
        tmp_path, job=MISTAKE_JOB, case=CASES.index(name) + 1, epochs=4, pictures=PICTURES.get(name, 60)
    )
    wrong, mended = result["first"][0], result["second"][0]
    assert mended["reported"] == pytest.approx(mended["really"])
    if name == "labels_shuffled":
        assert (wrong["really"] < 0.6, mended["really"] > 0.8) == (True, True)
    elif name == "wrong_preprocessing":
        assert (wrong["judged_mean"] < 1, mended["judged_mean"] > 60) == (True, True)
        assert wrong["train_as_judged"] < 0.5 < mended["train_as_judged"]
        assert wrong["really"] == mended["really"], "the network itself is the same"
    elif name == "leaked_split":
        assert wrong["duplicates"] > 0.6
        assert mended["duplicates"] == 0
    elif name == "imbalanced_classes":
        assert wrong["largest_class"] >= 20 * wrong["smallest_class"]
        assert mended["largest_class"] == mended["smallest_class"]
    elif name == "no_shuffling":
        assert wrong["one_class_batches"] > 0 == mended["one_class_batches"]
    assert all(set(FIGURES) <= set(figures) for figures in (wrong, mended)), "what is listed must not tell"


def test_what_mistakes_do_to_the_pictures() -> None:
    data = drawn(ScratchConfig(pictures=600))
    mixed = broken.shuffled_labels(data, 0)
    assert np.bincount(mixed.truth).tolist() == np.bincount(data.truth).tolist()
    assert 0.2 < (mixed.truth == data.truth).mean() < 0.47, "what chance leaves in place"
    known = {(picture.tobytes(), int(label)) for picture, label in zip(data.pixels, data.truth, strict=True)}
    split = broken.leaked(data, 0)
    both = [(p.tobytes(), int(t)) in known for p, t in zip(split.judged, split.judged_truth, strict=True)]
    assert sum(both) == round(broken.LEAKED * len(both))
    few = broken.imbalanced(data, 0)
    assert np.bincount(few.truth).tolist() == [200, 6, 6]
    assert len(few.items) == len(few.judged) == len(few.judged_truth)
    assert few.validation == 10 + 1 + 1
    in_order = broken.sorted_by_class(data, 0)
    assert (np.diff(in_order.truth) >= 0).all()
    assert not broken.without_shuffling(ScratchConfig()).shuffle


def test_batch_norm_of_a_frozen_base_moves_only_where_it_was_not_frozen() -> None:
    config = replace(PairConfig(MISTAKE_JOB, case=1).training("second", 0), frozen=True)
    moved = {}
    for mended in (True, False):
        keras.utils.set_random_seed(0)
        pixels = keras.Input((8, 8, 3))
        x = keras.layers.Conv2D(4, 3, trainable=False)(pixels)
        x = keras.layers.BatchNormalization(trainable=False)(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(x))
        if not mended:
            model = broken.with_moving_statistics(model)
        before = frozen_statistics(model)
        kernel, scale = (np.array(model.layers[place].get_weights()[0]) for place in (1, 2))
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        inputs, truth = colours(16, seed=config.seed)
        model.train_on_batch(inputs.astype(np.float32), truth)
        moved[mended] = statistics_moved(before, frozen_statistics(model))
        assert (kernel == model.layers[1].get_weights()[0]).all()
        assert (scale == model.layers[2].get_weights()[0]).all()
    assert moved[True] == 0
    assert moved[False] > 0.1


def test_sides_differ_in_one_thing_and_begin_alike() -> None:
    for name in EXPERIMENTS:
        pair = pair_of({"job": EXPERIMENT_JOB, "experiment": name})
        first, second = (pair.training(side, 0) for side in ("first", "second"))
        differ = [field for field, value in vars(first).items() if value != getattr(second, field)]
        assert len(differ) == 1, name
    for name in ("batch_norm", "dropout"):
        pair = pair_of({"job": EXPERIMENT_JOB, "experiment": name})
        weights = []
        for side in ("first", "second"):
            model = scratch_network(pair.training(side, 5), 6)
            weights.append({v.path: np.array(v) for v in model.trainable_variables if "bn" not in v.path})
        assert weights[0].keys() == weights[1].keys()
        assert len(weights[0]) == 10
        assert all((weights[0][path] == weights[1][path]).all() for path in weights[0])
    assert decode_network(pair.training("first", 0).own)[1] == (16, 16, 3)


def test_evidence_counts_by_hand() -> None:
    data = drawn(ScratchConfig(pictures=60))
    judged = data.judged.copy()
    judged[30:45] = data.pixels[:15]
    data = replace(data, judged=judged)
    probabilities = np.zeros((60, 3), np.float32)
    probabilities[:, 1] = 1
    found = evidence_of(
        data,
        answers=lambda pixels: np.tile(np.array([[0, 1, 0]], np.float32), (len(pixels), 1)),
        judged=lambda pixels: pixels.astype(np.float32),
        probabilities=probabilities,
        orders=[np.arange(0, 30, 3), np.arange(3)],
        seed=0,
    )
    assert found["duplicates"] == 0.25
    assert found["reported"] == pytest.approx(1 / 3)
    assert (found["least_recall"], found["most_said"], found["most_said_class"]) == (0, 1, "green")
    assert found["one_class_batches"] == 0.5
    assert (found["smallest_class"], found["largest_class"]) == (20, 20)
    assert found["train_as_judged"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"experiment": "luck"}, "no such experiment"),
        ({"experiment": "l2", "seeds": 6}, "seeds is out"),
        ({"experiment": "l2", "pictures": 20}, "teach nothing"),
        ({"experiment": "transfer", "data": "cifar10"}, "cannot be tried"),
        ({"experiment": "l2", "data": "listing"}, "cannot be tried"),
        ({"job": MISTAKE_JOB, "case": len(CASES) + 1}, "case is out"),
        ({"job": MISTAKE_JOB}, "case is out"),
        ({"job": MISTAKE_JOB, "case": 1, "seeds": 2}, "with one seed"),
        ({"experiment": "l2", "mistake": "no_shuffling"}, "field that does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_there_is_a_run(values: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        new_pair(RunStore(tmp_path), values, owner="me")
    assert not list(tmp_path.iterdir())


def test_every_mistake_has_a_case_and_says_everything() -> None:
    assert set(CASES) == set(NAMES)
    for name, mistake in MISTAKES.items():
        assert mistake.figure in FIGURES, name
        assert all((mistake.title, mistake.changes, mistake.gives_away, mistake.remedy, mistake.code)), name
    assert leg_figures(Path("/nowhere"), "first", 0) is None
