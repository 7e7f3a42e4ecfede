"""Which output is a map and what its numbers mean, against SciPy's softmax and sigmoid and over drawn shapes."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.special import expit, softmax

from cnn_core.errors import InputError
from cnn_core.segmentation.map_outputs import MapPlan, meaning_of, plan_map, read_map


@pytest.mark.parametrize(
    ("shapes", "size", "expected"),
    [
        ([(1, 513, 513, 21)], (513, 513), MapPlan(0, "last", 21, (513, 513))),
        ([(1, 21, 65, 65)], (513, 513), MapPlan(0, "first", 21, (65, 65))),
        ([(1, 513, 513)], (513, 513), MapPlan(0, "none", 1, (513, 513))),
        ([(1, 1, 96, 128)], (96, 128), MapPlan(0, "first", 1, (96, 128))),
        ([(1, 96, 128, 1)], (96, 128), MapPlan(0, "last", 1, (96, 128))),
        ([(1, 1000), (1, 64, 64, 2), (1, 128, 128, 2), (1, 128, 128, 2)], (256, 256),
         MapPlan(2, "last", 2, (128, 128))),
        ([(1, 33, 65, 19)], (257, 513), MapPlan(0, "last", 19, (33, 65))),
    ],
)  # fmt: skip
def test_the_map_is_found(shapes: list, size: tuple, expected: MapPlan) -> None:
    assert plan_map(shapes, size, name="net") == expected


def test_named_classes_decide_where_axes_are_alike() -> None:
    assert plan_map([(1, 32, 32, 32)], (64, 64), name="net").order == "last"
    assert plan_map([(1, 3, 32, 32), (1, 32, 32, 2)], (64, 64), name="net", wanted=3).order == "first"


@pytest.mark.parametrize("shape", [(1, 1000), (1, 1, 1, 1000), (2, 64, 64, 3), (1, 8400, 85), (1, 64, 20, 3), (1,)])
def test_what_is_no_map_is_told_by_name_with_its_shape(shape: tuple) -> None:
    with pytest.raises(InputError, match=r"net\.keras gives no map: its output is .*answers for each pixel"):
        plan_map([shape], (64, 64), name="net.keras")
    with pytest.raises(InputError, match="300 classes apart"):
        plan_map([(1, 64, 64, 300)], (64, 64), name="net")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9999), st.integers(2, 30), st.sampled_from(["last", "first"]), st.booleans())
def test_logits_and_probabilities_are_told_apart(seed: int, classes: int, order: str, as_logits: bool) -> None:
    logits = np.random.default_rng(seed).normal(0, 4, (1, 5, 7, classes)).astype(np.float32)
    expected = softmax(logits, axis=-1)
    given_values = logits if as_logits else np.round(expected * 256) / 256
    output = given_values if order == "last" else np.moveaxis(given_values, -1, 1)
    found = read_map(output, MapPlan(0, order, classes, (5, 7)), name="net")
    np.testing.assert_allclose(found, expected[0], atol=1e-6 if as_logits else 0.02)
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-5)


def test_a_single_channel_is_a_sigmoid_a_probability_or_a_label() -> None:
    plan = MapPlan(0, "last", 1, (1, 4))
    logits = np.array([-200.0, -1, 1, 200], np.float32).reshape(1, 1, 4, 1)
    np.testing.assert_allclose(read_map(logits, plan, name="net")[0, :, 1], expit(logits).ravel(), atol=1e-6)
    kept = np.array([0.0, 0.25, 0.75, 1], np.float32).reshape(1, 1, 4, 1)
    np.testing.assert_allclose(read_map(kept, plan, name="net")[0, :, 1], kept.ravel())
    labels = np.array([0.0, 1, 2, 1], np.float32).reshape(1, 1, 4, 1)
    assert read_map(labels, plan, name="net").argmax(-1).tolist() == [[0, 1, 2, 1]]
    assert read_map(labels, plan, name="net", classes=21).shape == (1, 4, 21)
    assert read_map(labels * 0, plan, name="net", values="labels").shape == (1, 4, 2)


def test_independent_scores_keep_their_order() -> None:
    scores = np.array([[[[0.9, 0.8, 0.0], [0.0, 0.0, 0.0]]]], np.float32)
    found = read_map(scores, MapPlan(0, "last", 3, (1, 2)), name="net")
    np.testing.assert_allclose(found, [[[9 / 17, 8 / 17, 0], [1 / 3, 1 / 3, 1 / 3]]], atol=1e-5)


def test_refusals() -> None:
    plan = MapPlan(0, "last", 2, (1, 1))
    for wrong in (np.nan, np.inf):
        with pytest.raises(InputError, match=r"net answers with values that are not numbers.*range of the pixels"):
            read_map(np.full((1, 1, 1, 2), wrong), plan, name="net")
    with pytest.raises(InputError, match="not the number of a class"):
        read_map(np.zeros((1, 1, 1, 2)), plan, name="net", values="labels")
    for label in (255, -1):
        with pytest.raises(InputError, match="gives class numbers from"):
            read_map(np.full((1, 1, 1), label), MapPlan(0, "none", 1, (1, 1)), name="net", values="labels")


def test_what_the_numbers_are_taken_for() -> None:
    two, one = MapPlan(0, "last", 2, (1, 2)), MapPlan(0, "none", 1, (1, 2))
    for output, plan, meaning in (
        ([[[[3.0, -1.0], [0.0, 2.0]]]], two, "logits"),
        ([[[[0.3, 0.7], [1.0, 0.0]]]], two, "probabilities"),
        ([[[[0.3, 0.1], [0.9, 0.8]]]], two, "scores"),
        ([[[0.3, 0.7]]], one, "one"),
        ([[[-3.0, 7.5]]], one, "one"),
        ([[[0.0, 2.0]]], one, "labels"),
    ):
        assert meaning_of(np.array(output), plan) == meaning
    assert meaning_of(np.zeros((1, 1, 2)), one, values="labels") == "labels"
