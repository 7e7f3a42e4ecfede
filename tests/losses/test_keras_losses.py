"""The losses as Keras takes them: against Keras' own, a plain computation, and through compile, save and load."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.losses.entropy import BinaryCrossEntropy, BinaryFocal, CategoricalCrossEntropy, CategoricalFocal
from cnn_core.losses.overlap import Dice, Jaccard, Tversky
from cnn_core.losses.segmentation import COMBINATIONS, SEGMENTATION_LOSSES, segmentation_loss
from cnn_core.losses.weighted import WeightedSum
from cnn_core.starters.segmentation_loss import cross_entropy_and_dice

K = keras.losses
ALL = (*SEGMENTATION_LOSSES, *COMBINATIONS)
UNKNOWN = 255


def drawn(seed: int, classes: int, *, logits: bool) -> tuple[np.ndarray, np.ndarray]:
    """Sparse labels (2, 4, 5) and scores for them."""
    random = np.random.default_rng(seed)
    scores = random.normal(0, 3, (2, 4, 5, classes)).astype(np.float32)
    if not logits:
        scores = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True) if classes > 1 else 1 / (1 + np.exp(-scores))
    return random.integers(0, max(classes, 2), (2, 4, 5)), scores


BINARY: dict[str, Callable[..., tuple[keras.losses.Loss, keras.losses.Loss]]] = {
    "cross-entropy": lambda **both: (BinaryCrossEntropy(**both), K.BinaryCrossentropy(**both)),
    "focal": lambda **both: (
        BinaryFocal(gamma=1.5, alpha=0.3, **both),
        K.BinaryFocalCrossentropy(apply_class_balancing=True, gamma=1.5, alpha=0.3, **both),
    ),
    "focal without alpha": lambda **both: (BinaryFocal(alpha=None, **both), K.BinaryFocalCrossentropy(**both)),
}
CATEGORICAL: dict[str, Callable[..., tuple[keras.losses.Loss, keras.losses.Loss]]] = {
    "cross-entropy": lambda **both: (CategoricalCrossEntropy(**both), K.CategoricalCrossentropy(**both)),
    "focal": lambda **both: (CategoricalFocal(**both), K.CategoricalFocalCrossentropy(**both)),
    "focal, alpha by class": lambda **both: (
        CategoricalFocal(gamma=3.0, alpha=[0.2, 0.5, 1.0], **both),
        K.CategoricalFocalCrossentropy(gamma=3.0, alpha=[0.2, 0.5, 1.0], **both),
    ),
}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_losses_are_keras_own(name: str, logits: bool, smoothing: float) -> None:
    labels, scores = drawn(1, 1, logits=logits)
    for reduction in ("sum_over_batch_size", "sum", None):
        ours, keras_own = BINARY[name](from_logits=logits, label_smoothing=smoothing, reduction=reduction)
        truth, weights = labels[..., None], np.array([1.0, 3.0])[:, None, None]
        np.testing.assert_allclose(ours(truth, scores, weights), keras_own(truth, scores, weights), rtol=2e-5)
        np.testing.assert_array_equal(ours(labels, scores), ours(truth, scores))


@pytest.mark.parametrize("name", CATEGORICAL)
@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_categorical_losses_are_keras_own_for_sparse_and_dense_labels(
    name: str, logits: bool, smoothing: float
) -> None:
    labels, scores = drawn(2, 3, logits=logits)
    ours, keras_own = CATEGORICAL[name](from_logits=logits, label_smoothing=smoothing, reduction=None)
    expected = keras_own(np.eye(3)[labels], scores)
    np.testing.assert_allclose(ours(np.eye(3)[labels], scores), expected, rtol=2e-4, atol=1e-6)
    np.testing.assert_array_equal(ours(labels, scores), ours(np.eye(3)[labels], scores))
    np.testing.assert_array_equal(ours(labels[..., None], scores), ours(labels, scores))


def test_overlap_losses_are_keras_own_for_one_class_and_many() -> None:
    for classes in (1, 4):
        labels, scores = drawn(3, classes, logits=False)
        truth = labels[..., None].astype(np.float32) if classes == 1 else np.eye(classes, dtype=np.float32)[labels]
        whole = {"smooth": 1e-7, "per_class": False}
        pairs = (
            (Dice(**whole), K.Dice()),
            (Tversky(alpha=0.2, beta=0.9, **whole), K.Tversky(alpha=0.9, beta=0.2)),
            (Dice(per_picture=True, reduction=None, **whole), K.Dice(axis=(1, 2, 3), reduction=None)),
        )
        for ours, keras_own in pairs:
            np.testing.assert_allclose(ours(truth, scores), keras_own(truth, scores), rtol=1e-5)


def test_keras_tversky_exchanges_alpha_and_beta() -> None:
    """What the docstring says of it: a mask half of which is missed, nothing found beside it."""
    truth, found = np.array([[[1.0], [1.0], [0.0]]]), np.array([[[1.0], [0.0], [0.0]]])
    assert float(K.Tversky(alpha=0.9, beta=0.0)(truth, found)) == pytest.approx(1 - 1 / 1.9, rel=1e-5)
    assert float(Tversky(alpha=0.9, beta=0.0, smooth=1e-7)(truth, found)) == pytest.approx(0, abs=1e-6)


def test_an_empty_mask_found_empty_costs_nothing_here_and_one_in_keras() -> None:
    empty = np.zeros((1, 4, 1), np.float32)
    assert [float(loss(smooth=1e-7)(empty, empty)) for loss in (Dice, Jaccard, Tversky)] == [0, 0, 0]
    assert float(K.Dice()(empty, empty)) == 1


@given(seed=st.integers(0, 10_000), alpha=st.floats(0, 2), beta=st.floats(0, 2), smooth=st.floats(1e-3, 10))
@settings(max_examples=25, deadline=None)
def test_overlap_losses_are_the_plain_computation(seed: int, alpha: float, beta: float, smooth: float) -> None:
    labels, scores = drawn(seed, 3, logits=False)
    t, p = np.eye(3)[labels].reshape(-1, 3), scores.reshape(-1, 3).astype(np.float64)
    tp, fp, fn = (p * t).sum(0), (p * (1 - t)).sum(0), ((1 - p) * t).sum(0)
    expected = {
        Dice(smooth=smooth): (2 * tp + smooth) / (2 * tp + fp + fn + smooth),
        Jaccard(smooth=smooth): (tp + smooth) / (tp + fp + fn + smooth),
        Tversky(alpha=alpha, beta=beta, smooth=smooth): (tp + smooth) / (tp + alpha * fp + beta * fn + smooth),
    }
    for loss, similarity in expected.items():
        assert float(loss(labels, scores)) == pytest.approx(1 - similarity.mean(), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_unknown_pixels_count_for_nothing(name: str) -> None:
    loss = segmentation_loss(name, label_smoothing=0.1)
    labels, scores = drawn(4, 3, logits=True)
    labels[0, :2] = UNKNOWN
    changed = scores.copy()
    changed[0, :2] += np.arange(3) * 9.0
    assert float(loss(labels, changed)) == float(loss(labels, scores))
    known = labels != UNKNOWN
    # The known pixels alone, as a picture of one row.
    assert float(loss(labels[known][None, None], scores[known][None, None])) == pytest.approx(
        float(loss(labels, scores)), rel=1e-5
    )
    dense = np.where(known[..., None], np.eye(3)[np.where(known, labels, 0)], UNKNOWN)
    assert float(loss(dense, scores)) == float(loss(labels, scores))
    labels[:] = UNKNOWN
    assert np.isfinite(float(loss(labels, scores)))


def test_the_starters_loss_is_the_sum_of_cross_entropy_and_dice() -> None:
    labels, scores = drawn(5, 7, logits=True)
    labels[1, 1] = UNKNOWN
    ours = float(segmentation_loss("cross_entropy+dice")(labels, scores))
    assert ours == pytest.approx(float(cross_entropy_and_dice(labels, scores)), rel=1e-6)


def test_logits_and_their_probabilities_cost_the_same() -> None:
    labels, scores = drawn(6, 3, logits=True)
    found = np.asarray(keras.ops.softmax(scores))
    for name in ALL:
        logits, probabilities = (segmentation_loss(name, from_logits=one) for one in (True, False))
        assert float(probabilities(labels, found)) == pytest.approx(float(logits(labels, scores)), rel=1e-4), name


@pytest.mark.parametrize("logit", [-200.0, -60.0, 60.0, 200.0])
def test_extreme_logits_give_finite_losses_and_gradients_that_do_not_end(logit: float) -> None:
    """Where Keras' focal loss has cut the probability off, the loss goes on as its formula does."""
    import tensorflow as tf

    wrong = np.array([[0.0 if logit > 0 else 1.0]], np.float32)
    for alpha, size in ((0.25, 0.75 if logit > 0 else 0.25), (None, 1.0)):
        scores = tf.Variable([[logit]])
        with tf.GradientTape() as tape:
            value = BinaryFocal(gamma=0.5, alpha=alpha, from_logits=True)(wrong, scores)
        assert float(value) == pytest.approx(abs(logit) * size, rel=1e-4)
        assert float(tape.gradient(value, scores)[0, 0]) == pytest.approx(np.sign(logit) * size, rel=1e-4)
    scores = tf.Variable([[logit]])
    with tf.GradientTape() as tape:
        value = BinaryFocal(gamma=0.5, from_logits=True)(1.0 - wrong, scores)
    assert (float(value), float(tape.gradient(value, scores)[0, 0])) == pytest.approx((0, 0), abs=1e-6)
    pair = tf.Variable([[0.0, logit]])
    with tf.GradientTape() as tape:
        value = CategoricalFocal(gamma=0.5, alpha=1.0, from_logits=True)(np.array([0 if logit > 0 else 1]), pair)
    assert float(value) == pytest.approx(abs(logit), rel=1e-4)
    assert np.abs(tape.gradient(value, pair)[0]).tolist() == pytest.approx([1, 1], rel=1e-4)


def test_two_classes_with_two_weights_are_the_binary_focal_loss() -> None:
    labels, scores = drawn(7, 2, logits=True)
    binary = BinaryFocal(alpha=0.2, from_logits=True)(labels, scores[..., 1:] - scores[..., :1])
    both = segmentation_loss("focal", focal_alpha=[0.8, 0.2])(labels, scores)
    assert float(both) == pytest.approx(float(binary), rel=1e-4)


def test_a_model_learns_with_all_losses_and_is_loaded_with_them(tmp_path: Path) -> None:
    labels, _ = drawn(8, 2, logits=True)
    labels = np.tile(labels, (1, 2, 2))
    pictures = labels[..., None].astype(np.float32)
    labels[:, 0, 0] = UNKNOWN
    model = keras.Sequential([keras.Input((8, 10, 1)), keras.layers.Conv2D(2, 1, kernel_initializer="ones")])
    loss = segmentation_loss("+".join(SEGMENTATION_LOSSES), weights=[1, 2, 1, 1, 0.5], tversky_alpha=0.4)
    parts = loss.losses
    before = [float(part(labels, model(pictures))) for part in parts]
    model.compile(keras.optimizers.SGD(1.0), loss)
    model.fit(pictures, labels, batch_size=2, epochs=8, verbose=0)
    after = [float(part(labels, model(pictures))) for part in parts]
    assert all(now < 0.9 * then for now, then in zip(after, before, strict=True)), (before, after)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.loss, WeightedSum)
    assert loaded.loss.get_config() == loss.get_config()
    assert float(loaded.loss(labels, loaded(pictures))) == float(loss(labels, model(pictures)))


@pytest.mark.parametrize("name", ALL)
def test_a_loss_is_made_again_from_its_options(name: str) -> None:
    labels, scores = drawn(8, 3, logits=True)
    options = {"label_smoothing": 0.1, "focal_gamma": 1.0, "focal_alpha": [1.0, 2.0, 3.0], "tversky_beta": 0.2}
    loss = segmentation_loss(name, smooth=0.5, ignore=None, per_picture=True, **options)
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    again = keras.saving.deserialize_keras_object(saved)
    assert float(again(labels, scores)) == float(loss(labels, scores)) != float(segmentation_loss(name)(labels, scores))


def test_sums_weigh_their_parts_and_hand_on_sample_weights() -> None:
    labels, scores = drawn(9, 3, logits=True)
    entropy, dice = segmentation_loss("cross_entropy"), segmentation_loss("dice", per_picture=True)
    both = segmentation_loss("cross_entropy+dice", weights=[2.0, 0.5], per_picture=True)
    weights = np.array([0.0, 1.0])
    expected = 2 * float(entropy(labels, scores, weights[:, None, None])) + 0.5 * float(dice(labels, scores, weights))
    again = WeightedSum([entropy, dice], [2.0, 0.5])
    assert float(both(labels, scores)) == float(again(labels, scores))
    first = segmentation_loss("dice", per_picture=True)(labels[1:], scores[1:])
    assert float(dice(labels, scores, weights)) == pytest.approx(float(first) / 2, rel=1e-5)
    assert 2 * float(entropy(labels[1:], scores[1:])) / 2 + 0.5 * float(first) / 2 == pytest.approx(expected, rel=1e-5)


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "no such loss": (lambda: segmentation_loss("entropy"), "cross_entropy, dice"),
    "twice the same": (lambda: segmentation_loss("dice+dice"), "once each"),
    "nothing": (lambda: segmentation_loss(""), "no such loss"),
    "smoothing": (lambda: segmentation_loss("cross_entropy", label_smoothing=2), "label_smoothing is out of its range"),
    "no number": (lambda: segmentation_loss("focal", focal_gamma="two"), "gamma is out"),  # type: ignore[arg-type]
    "below zero": (lambda: segmentation_loss("tversky", tversky_beta=-1), "beta is out"),
    "not a number": (lambda: Dice(smooth=float("nan")), "smooth is out"),
    "no smoothing": (lambda: Dice(smooth=0), "smooth is out"),
    "a weight too many": (lambda: segmentation_loss("dice", weights=[1, 2]), "weight for each loss"),
    "alpha": (lambda: BinaryFocal(alpha=1.5), "alpha is out"),
    "alphas": (lambda: CategoricalFocal(alpha=[1.0, 1.0])(np.array([0]), np.ones((1, 3))), "weight for each class"),
    "one class": (lambda: CategoricalCrossEntropy()(np.array([0]), np.ones((1, 1))), "two classes or more"),
    "labels of another rank": (
        lambda: segmentation_loss("dice")(np.zeros((1, 1, 1)), np.ones((1, 2))),
        "belong together",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_is_refused_by_name(what: str) -> None:
    make, words = BAD[what]
    with pytest.raises(InputError, match=words):
        make()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_same_numbers_come_from_another_backend(backend: str) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    code = f"""
import json
import numpy as np
from cnn_core.losses.segmentation import segmentation_loss
random = np.random.default_rng(0)
labels, scores = random.integers(0, 3, (2, 4, 5)), random.normal(0, 3, (2, 4, 5, 3)).astype("float32")
labels[0, 0] = 255
print(json.dumps([float(segmentation_loss(name)(labels, scores)) for name in {ALL!r}]))
"""
    environment = os.environ | {"KERAS_BACKEND": backend}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    random = np.random.default_rng(0)
    labels, scores = random.integers(0, 3, (2, 4, 5)), random.normal(0, 3, (2, 4, 5, 3)).astype("float32")
    labels[0, 0] = UNKNOWN
    expected = [float(segmentation_loss(name)(labels, scores)) for name in ALL]
    assert json.loads(ran.stdout.splitlines()[-1]) == pytest.approx(expected, rel=1e-5)
