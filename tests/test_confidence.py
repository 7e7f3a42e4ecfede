"""Intervals against SciPy; resampling by weights against evaluating the drawn pictures anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cnn_core import confidence
from cnn_core.average_precision import coco_average_precision, coco_matches, precision_at_recalls, summarise
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.confidence import (
    average_precision_interval,
    bootstrap_interval,
    mean_iou_interval,
    precision_interval,
    wilson_interval,
)
from cnn_core.errors import InputError
from cnn_core.segmentation_metrics import mean_iou

NAMES = ("a", "b")


def pictures(count, seed=0):
    """True boxes and detections of two classes; some pictures are empty."""
    generator = np.random.default_rng(seed)
    truths, detections = [], []
    for _ in range(count):
        boxes = int(generator.integers(0, 5))
        place = generator.uniform(0, 200, (boxes, 2))
        corners = np.concatenate([place, place + generator.uniform(10, 90, (boxes, 2))], axis=1)
        labels = generator.integers(0, 2, boxes)
        truths.append(Truth(Boxes(corners, labels, None, NAMES)))
        moved = corners + generator.normal(0, 5, corners.shape)
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2])
        detections.append(Boxes(moved, labels, generator.random(boxes), NAMES))
    return truths, detections


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 20_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_equals_scipy(trials, share, level):
    successes = round(share * trials)
    expected = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    interval = wilson_interval(successes, trials, level=level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert interval.value == successes / trials
    assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_the_bootstrap_of_a_mean_equals_scipys_within_its_noise():
    values = np.random.default_rng(3).random(60)
    interval = bootstrap_interval(lambda weights: weights @ values / 60, 60, seed=1, draws=4000)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=2).confidence_interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.01)
    assert interval.value == pytest.approx(values.mean())


def test_weights_equal_pictures_that_occur_several_times():
    truths, detections = pictures(12)
    pooled = coco_matches(truths, detections, num_classes=2)
    generator = np.random.default_rng(5)
    for _ in range(5):
        weights = generator.multinomial(12, np.full(12, 1 / 12))
        drawn = np.repeat(np.arange(12), weights)
        expected = coco_average_precision([truths[k] for k in drawn], [detections[k] for k in drawn], num_classes=2)
        result = summarise(pooled, names=NAMES, weights=weights)
        for name in ("ap", "ap50", "ap75", "small", "medium", "large", "recall", "recall_1", "recall_small"):
            assert getattr(result, name) == pytest.approx(getattr(expected, name), abs=1e-9, nan_ok=True), name
        assert [row.truths for row in result.by_class] == [row.truths for row in expected.by_class]


@pytest.mark.parametrize("figure", ["ap", "ap50", "ap75"])
def test_the_interval_of_average_precision_surrounds_it_and_repeats(figure):
    truths, detections = pictures(40)
    options = {"num_classes": 2, "figure": figure, "draws": 100}
    interval = average_precision_interval(truths, detections, seed=0, **options)
    expected = getattr(coco_average_precision(truths, detections, num_classes=2), figure)
    assert interval.value == pytest.approx(expected, abs=1e-12)
    assert interval.low < interval.value < interval.high
    assert interval == average_precision_interval(truths, detections, seed=0, **options)
    assert interval != average_precision_interval(truths, detections, seed=1, **options)


@pytest.mark.parametrize("thresholds", [[0], [0, 5], None])
def test_each_draw_is_cocos_figure_of_the_pictures_drawn(thresholds, monkeypatch):
    """The places that it looks at suffice, for draws in which whole classes are missing too."""
    truths, detections = pictures(7)
    pooled = coco_matches(truths, detections, num_classes=2)
    asked = []

    def bootstrap(statistic, count, **_):
        generator = np.random.default_rng(4)
        for _ in range(30):
            weights = generator.multinomial(count, generator.dirichlet(np.full(count, 0.2)))
            asked.append((statistic(weights), weights))

    monkeypatch.setattr(confidence, "bootstrap_interval", bootstrap)
    precision_interval(pooled, seed=0, thresholds=thresholds)
    for value, weights in asked:
        curves = [precision_at_recalls(matches, weights)[0][0] for matches in pooled]
        chosen = np.array([curve if thresholds is None else curve[thresholds] for curve in curves])
        expected = np.nan if np.isnan(chosen).all() else np.nanmean(chosen)
        assert value == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_more_pictures_make_the_interval_narrower():
    few, many = (average_precision_interval(*pictures(n), num_classes=2, seed=0, draws=100) for n in (15, 150))
    assert many.high - many.low < 0.6 * (few.high - few.low)


def test_the_interval_of_mean_iou():
    generator = np.random.default_rng(0)
    matrices = generator.integers(0, 50, (30, 3, 3)) + np.eye(3, dtype=int) * 200
    interval = mean_iou_interval(matrices, seed=0, draws=300)
    assert interval.value == mean_iou(matrices.sum(axis=0))
    assert interval.low < interval.value < interval.high
    wide = mean_iou_interval(matrices, seed=0, draws=300, level=0.99)
    assert wide.low < interval.low < interval.high < wide.high


def test_a_figure_that_no_draw_has_is_nan():
    interval = bootstrap_interval(lambda _: float("nan"), 3, seed=0, draws=5)
    assert np.isnan([interval.value, interval.low, interval.high]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson_interval(3, 2), "successes=3, trials=2"),
        (lambda: wilson_interval(0, 0), "trials=0"),
        (lambda: wilson_interval(1, 2, level=1), "level=1"),
        (lambda: bootstrap_interval(lambda _: 0.0, 0, seed=0), "count=0"),
        (lambda: bootstrap_interval(lambda _: 0.0, 1, seed=0, draws=0), "draws=0"),
        (lambda: average_precision_interval([], [], num_classes=1, seed=0, figure="ap60"), "figure='ap60'"),
        (lambda: mean_iou_interval(np.zeros((2, 2)), seed=0), r"shape=\(2, 2\)"),
    ],
)
def test_what_has_no_interval_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
