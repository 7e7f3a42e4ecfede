"""Ensembling and test-time augmentation, each against a plain loop."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.ensembling import METHODS, combine, combined, ensemble_predict, predict_with_tta
from cnn_core.errors import InputError
from cnn_core.photo_views import KINDS, photo_views

PHOTO = np.random.default_rng(4).integers(0, 256, (40, 64, 3), dtype=np.uint8)


class Halves:
    """How bright the left half is, against the right one and the rows above the middle."""

    def prepare(self, photo):
        import cv2

        return cv2.resize(photo, (8, 8), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    def predict(self, batch):
        parts = [batch[:, :, :4], batch[:, :, 4:], batch[:, :4]]
        scores = 20 * np.stack([part.mean(axis=(1, 2, 3)) for part in parts], axis=1)
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def by_loop(members, weights, method):
    """The formulas of the module, number by number."""
    total = sum(weights)
    classes = len(members[0])
    result = [0.0] * classes
    for member, weight in zip(members, weights, strict=True):
        best = max(range(classes), key=lambda k: (member[k], -k))
        for k in range(classes):
            if method == "probabilities":
                result[k] += weight / total * member[k]
            elif method == "logits":
                result[k] += weight / total * math.log(max(member[k], 1.1754944e-38))
            elif k == best:
                result[k] += weight / total
    if method == "logits":
        powers = [math.exp(score) for score in result]
        result = [power / sum(powers) for power in powers]
    return result


@st.composite
def answers(draw):
    members, classes = draw(st.integers(1, 5)), draw(st.integers(2, 6))
    raw = draw(
        st.lists(
            st.lists(st.floats(0, 1, width=32), min_size=classes, max_size=classes).filter(lambda row: sum(row) > 0.1),
            min_size=members,
            max_size=members,
        )
    )
    weights = draw(st.lists(st.floats(0, 5), min_size=members, max_size=members).filter(lambda row: sum(row) > 0.1))
    rows = np.array(raw, np.float32)
    return rows / rows.sum(axis=1, keepdims=True), weights


@settings(max_examples=60, deadline=None)
@given(answers(), st.sampled_from(list(METHODS)))
def test_combining_is_the_plain_loop(given_answers, method):
    members, weights = given_answers
    found = combined(members, method=method, weights=weights)
    np.testing.assert_allclose(found, by_loop(members.tolist(), weights, method), atol=2e-5)
    assert found.sum() == pytest.approx(1, abs=1e-5)


def test_the_mean_of_logits_is_the_softmax_of_the_mean_scores():
    scores = np.random.default_rng(0).normal(0, 4, (3, 7))
    members = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    mean = scores.mean(axis=0)
    np.testing.assert_allclose(combined(members, method="logits"), np.exp(mean) / np.exp(mean).sum(), rtol=1e-4)


def test_of_as_many_votes_the_mean_decides():
    both = combine([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]], method="vote", weights=[1, 1, 0.5])
    np.testing.assert_allclose(both.probabilities, [0.4, 0.4, 0.2], atol=1e-6)
    assert both.winner == 1
    assert both.votes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_is_a_loop_over_its_models(method):
    batch = np.random.default_rng(1).random((4, 8, 8, 3), dtype=np.float32)
    models = [Halves(), lambda x: Halves().predict(1 - x), lambda x: Halves().predict(x[:, ::-1])]
    found = ensemble_predict(models, batch, method=method, weights=[1, 2, 0.5])
    for number in range(len(batch)):
        one = batch[number : number + 1]
        members = [models[0].predict(one)[0], models[1](one)[0], models[2](one)[0]]
        np.testing.assert_allclose(found[number], by_loop(members, [1, 2, 0.5], method), atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kinds", [(), ("flip",), tuple(KINDS)])
def test_test_time_augmentation_is_a_loop_over_views(method, kinds):
    found = predict_with_tta(Halves(), PHOTO, kinds=kinds, method=method)
    members = [Halves().predict(Halves().prepare(view.pixels)[None])[0] for view in photo_views(PHOTO, kinds)]
    np.testing.assert_allclose(found.members, members, atol=1e-6)
    np.testing.assert_allclose(found.probabilities, by_loop(members, [1] * len(members), method), atol=1e-5)
    assert len(members) == {(): 1, ("flip",): 2}.get(kinds, 24)


def test_with_its_mirror_image_left_and_right_are_alike():
    left, right, _ = predict_with_tta(Halves(), PHOTO, kinds=("flip",)).probabilities
    assert left == pytest.approx(right, abs=1e-5)
    assert abs(Halves().predict(Halves().prepare(PHOTO)[None])[0][:2] @ [1, -1]) > 0.001


def test_views_are_what_their_titles_say():
    views = {view.title: view.pixels for view in photo_views(PHOTO, tuple(KINDS))}
    assert len(views) == 24
    np.testing.assert_array_equal(views["upper left"], PHOTO[:35, :56])
    np.testing.assert_array_equal(views["lower right, mirrored"], PHOTO[5:, 8:][:, ::-1])
    np.testing.assert_array_equal(views["the photo, mirrored"], PHOTO[:, ::-1])
    # Turned about the middle by 5 degrees to one side and back: the middle has come home.
    smooth = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None], 40, axis=0)[..., None].repeat(3, axis=2)
    from cnn_core.augmentation import warped

    turned = warped(warped(smooth, degrees=5), degrees=-5)
    np.testing.assert_allclose(turned[12:28, 20:44].astype(int), smooth[12:28, 20:44], atol=6)
    larger = warped(smooth, scale=1.25)
    assert larger[20, 63].mean() < smooth[20, 63].mean() - 15


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        ([], {}, "nothing to combine"),
        ([[0.5, 0.5]], {"method": "median"}, "Choose one of probabilities, logits, vote"),
        ([[0.5, 0.5]], {"weights": [0]}, "of which one is above 0"),
        ([[0.5, 0.5]] * 2, {"weights": [1, -1]}, "none below 0"),
        ([[0.5, 0.5]] * 2, {"weights": [1]}, "Give 2"),
        ([[0.5, 0.5]], {"weights": [math.nan]}, "cannot be used"),
    ],
)
def test_what_cannot_be_combined_is_refused(members, options, message):
    with pytest.raises(InputError, match=message):
        combined(members, **options)


def test_networks_of_different_classes_are_refused():
    with pytest.raises(InputError, match="different classes cannot be combined"):
        ensemble_predict([lambda x: np.ones((len(x), 2)), lambda x: np.ones((len(x), 3))], np.zeros((1, 4, 4, 3)))
    with pytest.raises(InputError, match="Choose among flip, crops, scales, rotations"):
        photo_views(PHOTO, ("upside down",))
