"""Suppression against TensorFlow's, over thousands of draws with ties, doubled boxes and boxes without area."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core import suppression
from cnn_core.boxes import iou
from cnn_core.errors import InputError
from cnn_core.suppression import nms, nms_trace, soft_nms


def draw_boxes(generator, count):
    """Corners and scores: plain, on a grid (doubled boxes, IoU on the threshold), or in a few clusters."""
    kind = generator.integers(4)
    if kind == 0:
        place, size = generator.uniform(0, 100, (count, 2)), generator.uniform(0, 60, (count, 2))
    elif kind == 1:
        place, size = generator.integers(0, 8, (count, 2)), generator.integers(0, 5, (count, 2))
    elif kind == 2:
        centre = generator.uniform(0, 300, (5, 2))[generator.integers(0, 5, count)]
        place, size = centre + generator.normal(0, 4, (count, 2)), generator.uniform(20, 40, (count, 2))
    else:
        place, size = generator.uniform(-1e3, 1e3, (count, 2)), np.exp(generator.uniform(-4, 7, (count, 2)))
    corners = np.concatenate([place, place + size], axis=1).astype(np.float32)
    scores = generator.random(count).astype(np.float32)
    return corners, np.round(scores * 8) / 8 if generator.random() < 0.5 else scores


def plain_nms(corners, scores, *, iou_threshold, labels=None):
    """The definition, on float32 as TensorFlow computes."""
    corners = np.asarray(corners, np.float32)
    area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    kept = []
    for k in np.argsort(-scores, kind="stable"):
        if scores[k] <= 0:
            continue
        others = np.array([j for j in kept if labels is None or labels[j] == labels[k]], int)
        width = np.minimum(corners[k, 2], corners[others, 2]) - np.maximum(corners[k, 0], corners[others, 0])
        height = np.minimum(corners[k, 3], corners[others, 3]) - np.maximum(corners[k, 1], corners[others, 1])
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        union = area[k] + area[others] - shared
        overlap = np.where((area[k] > 0) & (area[others] > 0), shared / np.where(union > 0, union, 1), 0)
        if not (overlap > np.float32(iou_threshold)).any():
            kept.append(k)
    return kept


def test_nms_equals_tensorflow_on_thousands_of_draws():
    tf = pytest.importorskip("tensorflow")
    for seed in range(2000):
        generator = np.random.default_rng(seed)
        corners, scores = draw_boxes(generator, int(generator.integers(1, 60)))
        threshold = float(generator.choice([0, 0.1, 0.25, 0.3, 0.45, 0.5, 0.6, 0.7, 0.9, 1]))
        least = float(generator.choice([0, 0.25, 0.5]))
        limit = int(generator.choice([1, 5, 1000]))
        expected = tf.image.non_max_suppression(
            corners[:, [1, 0, 3, 2]], scores, limit, iou_threshold=threshold, score_threshold=least
        ).numpy()
        kept = nms(corners, scores, iou_threshold=threshold, score_threshold=least, limit=limit)
        assert kept.dtype == np.int64
        assert kept.tolist() == expected.tolist(), (seed, threshold, least, limit)


@pytest.mark.parametrize("seed", range(8))
def test_nms_of_many_boxes_equals_tensorflow(seed):
    tf = pytest.importorskip("tensorflow")
    generator = np.random.default_rng(seed)
    corners, scores = draw_boxes(generator, 5000)
    for threshold in (0.0, 0.2, 0.5, 0.8):
        expected = tf.image.non_max_suppression(
            corners[:, [1, 0, 3, 2]], scores, len(scores), iou_threshold=threshold, score_threshold=0.0
        ).numpy()
        np.testing.assert_array_equal(nms(corners, scores, iou_threshold=threshold), expected)


def test_nms_by_class_equals_tensorflow_class_by_class():
    tf = pytest.importorskip("tensorflow")
    for seed in range(60):
        generator = np.random.default_rng(seed)
        corners, scores = draw_boxes(generator, 120)
        labels = generator.choice([-3, 0, 7, 900], 120)
        expected = []
        for label in np.unique(labels):
            mine = np.flatnonzero(labels == label)
            chosen = tf.image.non_max_suppression(corners[mine][:, [1, 0, 3, 2]], scores[mine], 120, 0.5, 0.0)
            expected += mine[chosen.numpy()].tolist()
        kept = nms(corners, scores, labels, iou_threshold=0.5)
        assert sorted(kept.tolist()) == sorted(expected)
        assert kept.tolist() == sorted(expected, key=lambda k: (-scores[k], k))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 150),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from([1, 60, suppression.PAIRS_AT_ONCE]),
)
def test_nms_equals_its_definition(seed, count, threshold, by_class, pairs_at_once):
    generator = np.random.default_rng(seed)
    corners, scores = draw_boxes(generator, count)
    labels = generator.integers(0, 3, count) if by_class else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suppression, "PAIRS_AT_ONCE", pairs_at_once)
        kept = nms(corners, scores, labels, iou_threshold=threshold)
    assert kept.tolist() == plain_nms(corners, scores, iou_threshold=threshold, labels=labels)
    # What is kept is kept again.
    again = nms(corners[kept], scores[kept], None if labels is None else labels[kept], iou_threshold=threshold)
    assert again.tolist() == list(range(len(kept)))


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_nms_does_not_depend_on_the_unit(scale):
    corners, scores = draw_boxes(np.random.default_rng(7), 400)
    scaled = (corners.astype(float) * scale).astype(np.float32)
    assert nms(scaled, scores).tolist() == plain_nms(scaled, scores, iou_threshold=0.5)


def test_nms_works_off_a_crowd_behind_many_single_boxes_in_little_memory():
    """Blocks have grown by the time the crowd comes; all its pairs at once would take gigabytes."""
    tf = pytest.importorskip("tensorflow")
    generator = np.random.default_rng(0)
    place = np.stack(np.meshgrid(np.arange(60), np.arange(50)), axis=-1).reshape(-1, 2) * 20.0
    single = np.concatenate([place, place + 10], axis=1)
    crowd = np.tile([5000.0, 0, 5100, 100], (10_000, 1)) + generator.normal(0, 3, (10_000, 4))
    corners = np.concatenate([single, crowd]).astype(np.float32)
    scores = np.concatenate([np.full(3000, 0.9), generator.uniform(0.1, 0.8, 10_000)]).astype(np.float32)
    tracemalloc.start()
    try:
        kept = nms(corners, scores)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
    expected = tf.image.non_max_suppression(corners[:, [1, 0, 3, 2]], scores, 13_000, 0.5).numpy()
    np.testing.assert_array_equal(kept, expected)


def test_areas_beyond_float32_are_compared_all_the_same():
    huge = [[0, 0, 3e38, 3e38], [0, 0, 1e-30, 1e-30], [0, 0, 1, 1]]
    assert nms(huge, [0.9, 0.8, 0.7]).tolist() == [0, 1, 2]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.booleans())
def test_the_trace_keeps_the_same_boxes_and_accounts_for_every_one(seed, threshold, by_class):
    generator = np.random.default_rng(seed)
    corners, scores = draw_boxes(generator, 40)
    labels = generator.integers(0, 2, 40) if by_class else None
    steps = nms_trace(corners, scores, labels, iou_threshold=threshold)
    assert [step.kept for step in steps] == nms(corners, scores, labels, iou_threshold=threshold).tolist()
    left = {int(k) for k in np.flatnonzero(scores > 0)}
    for step in steps:
        assert set(step.waiting.tolist()) | {step.kept} == left
        np.testing.assert_allclose(step.overlaps, iou(corners[[step.kept]], corners[step.waiting])[0], atol=1e-3)
        gone = step.waiting[step.suppressed]
        assert (step.overlaps[step.suppressed] > threshold).all()
        if labels is not None:
            assert (labels[gone] == labels[step.kept]).all()
        left -= {step.kept, *gone.tolist()}
    assert not left


def test_the_trace_stops_at_the_limit():
    corners, scores = draw_boxes(np.random.default_rng(1), 30)
    steps = nms_trace(corners, scores, limit=2)
    assert [step.kept for step in steps] == nms(corners, scores, limit=2).tolist()


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0])
def test_gaussian_soft_nms_equals_tensorflow(sigma):
    tf = pytest.importorskip("tensorflow")
    for seed in range(150):
        generator = np.random.default_rng(seed)
        corners, scores = draw_boxes(generator, 40)
        limit = int(generator.choice([3, 1000]))
        expected, lowered = tf.image.non_max_suppression_with_scores(
            corners[:, [1, 0, 3, 2]],
            scores,
            limit,
            iou_threshold=1.0,
            score_threshold=0.02,
            soft_nms_sigma=sigma / 2,
        )
        kept, values = soft_nms(corners, scores, sigma=sigma, score_threshold=0.02, limit=limit)
        np.testing.assert_allclose(values, lowered.numpy(), rtol=1e-5)
        # Rounding may turn the order of two boxes whose lowered scores are equal.
        different = kept != expected.numpy()
        assert sorted(kept[different]) == sorted(expected.numpy()[different])
        assert different.mean() < 0.2


@pytest.mark.parametrize("by_class", [False, True])
def test_linear_soft_nms_equals_its_definition(by_class):
    for seed in range(40):
        generator = np.random.default_rng(seed)
        corners, scores = draw_boxes(generator, 25)
        labels = generator.integers(0, 2, 25)
        overlaps = iou(corners, corners)
        if by_class:
            overlaps *= labels[:, None] == labels
        waiting = {k: float(s) for k, s in enumerate(scores) if s > 0.05}
        expected = []
        while waiting:
            best = max(waiting, key=lambda k: (waiting[k], -k))
            expected.append((best, waiting.pop(best)))
            for k in list(waiting):
                if overlaps[best, k] > 0.3:
                    waiting[k] *= 1 - overlaps[best, k]
                if waiting[k] <= 0.05:
                    del waiting[k]
        kept, values = soft_nms(
            corners, scores, labels if by_class else None, method="linear", iou_threshold=0.3, score_threshold=0.05
        )
        np.testing.assert_allclose(values, [value for _, value in expected], rtol=1e-4)
        assert sorted(kept.tolist()) == sorted(k for k, _ in expected)


def test_nothing_to_suppress():
    assert nms([], []).tolist() == []
    assert nms_trace(np.zeros((0, 4)), []) == ()
    assert soft_nms([], [])[0].tolist() == []
    assert nms([[0, 0, 1, 1]], [0.2], score_threshold=0.2).tolist() == []
    assert nms([[1, 1, 1, 1], [1, 1, 1, 1]], [0.2, 0.3]).tolist() == [1, 0]


@pytest.mark.parametrize("function", [nms, nms_trace, soft_nms])
def test_what_cannot_be_suppressed_is_refused(function):
    box = [[0, 0, 1, 1]]
    with pytest.raises(InputError, match="scores=2"):
        function(box, [1, 1])
    with pytest.raises(InputError, match="labels=2"):
        function(box, [1], [0, 0])
    with pytest.raises(InputError, match="IoU threshold"):
        function(box, [1], iou_threshold=1.1)
    with pytest.raises(InputError, match="limit"):
        function(box, [1], limit=0)
    with pytest.raises(InputError, match="not a number"):
        function([[0, 0, np.nan, 1]], [1])


def test_soft_nms_refuses_an_unknown_method_and_a_flat_gaussian():
    with pytest.raises(InputError, match="method='hard'"):
        soft_nms([[0, 0, 1, 1]], [1], method="hard")
    with pytest.raises(InputError, match="sigma"):
        soft_nms([[0, 0, 1, 1]], [1], sigma=0)
