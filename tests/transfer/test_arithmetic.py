"""The parts of training that need no network: schedules, weights, losses, ridge regression, event files, the cache."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.folders.listing import Item, Listing
from cnn_core.transfer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from cnn_core.transfer.closed_form import closed_form
from cnn_core.transfer.config import config_of, default_config
from cnn_core.transfer.dataset import dataset_of, example_weights
from cnn_core.transfer.evaluation import figures_by_part, loss_and_accuracy
from cnn_core.transfer.event_file import write_scalars
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.lr_finder import sweep_of
from cnn_core.transfer.pictures import epoch_order, in_background
from cnn_core.transfer.schedules import Schedule


@given(st.integers(1, 400), st.floats(1e-6, 1.0))
@settings(max_examples=30, deadline=None)
def test_cosine_rises_to_its_peak_once_and_falls_to_nothing(steps: int, peak: float) -> None:
    rates = [Schedule("cosine", peak, steps).rate(step) for step in range(steps)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(peak)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert Schedule("cosine", peak, steps).rate(steps) < 1e-9 + peak * (steps < 3)


def test_plateau_lowers_the_rate_where_the_loss_no_longer_falls() -> None:
    schedule, rates = Schedule("plateau", 1.0, steps=10), []
    for loss in (1.0, 0.9, 0.9, 0.95, 0.8, 0.85, 0.81, 0.9, 0.9):
        schedule = schedule.after_epoch(loss)
        rates.append(schedule.rate(5))
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
    assert Schedule("constant", 0.3, 10).after_epoch(1.0).after_epoch(2.0).rate(9) == 0.3


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_balanced_weights_give_every_class_the_same_sum_and_one_on_average(truth: list[int]) -> None:
    numbers = np.array(truth)
    weights = example_weights(numbers, 4, balanced=True)
    sums = [float(weights[numbers == label].sum()) for label in set(truth)]
    np.testing.assert_allclose(sums, len(truth) / 4, rtol=1e-5)
    assert example_weights(numbers, 4, balanced=False).tolist() == [1.0] * len(truth)


def test_loss_is_kerass_with_and_without_smoothing() -> None:
    import keras

    random = np.random.default_rng(0)
    said = random.dirichlet(np.ones(4), size=9).astype(np.float32)
    truth = random.integers(4, size=9)
    for smoothing in (0.0, 0.3):
        expected = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)(np.eye(4)[truth], said)
        loss, accuracy = loss_and_accuracy(said, truth, label_smoothing=smoothing)
        assert loss == pytest.approx(float(expected), rel=1e-5)
        assert accuracy == sum(max(range(4), key=row.__getitem__) == k for row, k in zip(said, truth, strict=True)) / 9


def test_figures_are_of_each_part_that_has_pictures() -> None:
    items = [Item("a/1", "a", "validation"), Item("a/2", "a", "test"), Item("b/1", "b", "test")]
    said = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]], np.float32)
    figures = figures_by_part(items, np.array([0, 0, 1]), said)
    assert {part: (row["pictures"], row["accuracy"]) for part, row in figures.items()} == {
        "validation": (1, 1.0),
        "test": (2, 0.5),
    }
    assert list(figures_by_part(items[:1], np.array([0]), said[:1])) == ["validation"]


@pytest.mark.parametrize(("count", "size", "classes"), [(60, 9, 3), (30, 50, 2), (500, 20, 4)])
def test_closed_form_is_weighted_ridge_regression_and_its_penalty_leaves_out_best(
    count: int, size: int, classes: int
) -> None:
    """The oracle: an explicit column of ones, no penalty on it, and each picture really left out."""
    random = np.random.default_rng(count)
    features = (random.normal(size=(count, size)) * random.uniform(0.1, 5, size) + 3).astype(np.float32)
    truth = (features[:, 0] + features[:, 1] * 0.2 + random.normal(size=count)).argsort().argsort() * classes // count
    weights = random.uniform(0.5, 2, count).astype(np.float32)
    found = closed_form(features, truth, classes, weights=weights)
    standard = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    rows = np.column_stack([standard, np.ones(count)]).astype(np.float64)
    targets = 2.0 * np.eye(classes)[truth] - 1.0

    def fit(kept: np.ndarray, penalty: float) -> np.ndarray:
        flat = np.diag([penalty] * size + [0.0])
        weighted = rows[kept].T * weights[kept]
        return np.linalg.solve(weighted @ rows[kept] + flat, weighted @ targets[kept])

    everything = np.arange(count)
    expected = rows @ fit(everything, found.penalty)
    np.testing.assert_allclose(features @ found.kernel + found.bias, expected, atol=2e-3)
    if count <= 60:
        errors = {}
        for penalty in (0.1, 1.0, 10.0, 100.0, 1000.0, 1e4, 1e5):
            left = [
                (targets[k] - rows[k] @ fit(np.delete(everything, k), penalty)) * np.sqrt(weights[k])
                for k in everything
            ]
            errors[penalty] = float(np.mean(np.square(left)))
        assert found.penalty in {min(errors, key=errors.__getitem__)}


def test_event_file_is_read_by_tensorflow(tmp_path: Path) -> None:
    from tensorflow.core.util import event_pb2
    from tensorflow.python.lib.io import tf_record

    write_scalars(tmp_path, {"loss": 0.5, "accuracy": 0.25}, step=1)
    write_scalars(tmp_path, {"loss": 0.125}, step=300)
    (path,) = tmp_path.iterdir()
    events = [event_pb2.Event.FromString(record) for record in tf_record.tf_record_iterator(str(path))]
    assert events[0].file_version == "brain.Event:2"
    points = [(event.step, value.tag, value.simple_value) for event in events for value in event.summary.value]
    assert points == [(1, "loss", 0.5), (1, "accuracy", 0.25), (300, "loss", 0.125)]
    assert all(abs(event.wall_time - events[0].wall_time) < 60 for event in events)


def test_cache_finds_what_was_kept_and_drops_what_was_not_asked_for(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "cache", most_bytes=200_000)
    feature = np.arange(1000, dtype=np.float32)
    for number in range(100):
        cache.save({struct.pack("q", number): feature + number})
    assert FeatureCache(tmp_path / "cache").load([struct.pack("q", 99)])[struct.pack("q", 99)][1] == 100.0
    kept = cache.load([struct.pack("q", number) for number in range(100)])
    assert 10 < len(kept) < 80
    assert struct.pack("q", 0) not in kept
    # The list of files is dropped along with them, and the file does not go on growing.
    assert (tmp_path / "cache" / "features.sqlite").stat().st_size < 600_000


def test_digests_follow_content(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path / "cache")
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"same")
    second.write_bytes(b"same")
    found = cache.digests([first, second])
    assert found[first] == found[second]
    first.write_bytes(b"other")
    assert cache.digests([first])[first] != found[first]
    first.unlink()
    with pytest.raises(InputError, match="first"):
        cache.digests([first])


def test_checkpoint_is_read_back_and_a_half_written_one_is_none(tmp_path: Path) -> None:
    arrays = [np.full(3, number, np.float32) for number in range(12)]
    checkpoint = Checkpoint("fine_tuning", 3, arrays, arrays[:2], [np.int64(7), arrays[0]], {"best": math.inf})
    save_checkpoint(tmp_path, checkpoint)
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert (found.phase, found.epoch, found.state) == ("fine_tuning", 3, {"best": math.inf})
    np.testing.assert_array_equal(np.stack(found.weights), np.stack(arrays))
    assert len(found.best) == 2
    assert int(found.optimizer[0]) == 7
    path = tmp_path / "state.npz"
    path.write_bytes(path.read_bytes()[:-40])
    assert load_checkpoint(tmp_path) is None
    assert load_checkpoint(tmp_path / "nowhere") is None


def test_order_depends_on_seed_phase_and_epoch_alone() -> None:
    options = [
        (seed, phase, epoch) for seed in (0, 1) for phase in ("fine_tuning", "feature_extraction") for epoch in (1, 2)
    ]
    orders = [tuple(epoch_order(30, seed=s, phase=p, epoch=e).tolist()) for s, p, e in options]
    assert len(set(orders)) == 8
    assert all(sorted(order) == list(range(30)) for order in orders)
    assert tuple(epoch_order(30, seed=0, phase="fine_tuning", epoch=1).tolist()) == orders[0]


def test_what_is_made_in_the_background_comes_in_order_and_its_error_is_raised() -> None:
    assert list(in_background(lambda x: x * x, range(20), ahead=2)) == [x * x for x in range(20)]

    def broken(number: int) -> int:
        if number == 3:
            raise InputError("red/3.png is broken", "Exclude it")
        return number

    made = in_background(broken, range(9))
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(InputError, match=r"3\.png"):
        next(made)


def test_sweep_suggests_a_tenth_of_the_best_rate() -> None:
    rates = np.geomspace(1e-6, 1, 100)
    losses = np.where(rates < 1e-2, 2 - 0.4 * np.log10(rates / 1e-6), 2 + 20 * rates)
    assert sweep_of(rates.tolist(), losses.tolist()).suggestion == pytest.approx(1e-3, rel=0.5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"backbone": "alexnet"}, "backbone"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"epochs": 2.5}, "epochs"),
        ({"input_size": [8, 64]}, "size"),
        ({"fine_tuning": {"layers": "block9"}}, "block1, block2, block3"),
        ({"augmentation": {"rotation": 200}}, "rotation"),
        ({"augmentation": {"hue": 1}}, "hue"),
        ({"optimiser": "adam"}, "optimiser"),
        ({"schedule": "step"}, "constant, cosine, plateau"),
        ({"data": {}}, "pictures"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_by_name(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        config_of(default_config("listing.json", backbone="starter") | changes)


def test_a_listing_that_nothing_can_be_learned_from_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="only one class"):
        dataset_of(Listing(Path(), ("cat",), (Item("cat/1", "cat", "train"),)))
    items = (Item("cat/1", "cat", "train"), Item("dog/1", "dog", "validation"))
    with pytest.raises(InputError, match="class dog has no pictures"):
        dataset_of(Listing(Path(), ("cat", "dog"), items))
