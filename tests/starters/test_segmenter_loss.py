"""Cross-entropy and soft Dice: against Keras and a plain computation, with unknown pixels, in float32."""

import keras
import numpy as np
import pytest

from cnn_core.starters.coco_masks import UNKNOWN
from cnn_core.starters.segmentation_loss import cross_entropy_and_dice


def drawn(seed: int = 0, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.integers(0, classes, (2, 5, 6)), random.normal(0, 2, (2, 5, 6, classes)).astype(np.float32)


def expected(labels: np.ndarray, logits: np.ndarray) -> float:
    known = labels != UNKNOWN
    y, z = labels[known], logits[known].astype(np.float64)
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    t = np.eye(z.shape[-1])[y]
    dice = (2 * (p * t).sum(0) + 1) / (p.sum(0) + t.sum(0) + 1)
    return -np.log(p[np.arange(len(y)), y]).mean() + 1 - dice.mean()


@pytest.mark.parametrize("unknown", [0, 7])
def test_it_is_the_plain_computation(unknown: int) -> None:
    labels, logits = drawn()
    labels.ravel()[:unknown] = UNKNOWN
    found = float(cross_entropy_and_dice(labels.astype(np.uint8), logits))
    assert found == pytest.approx(expected(labels, logits), rel=1e-5)


def test_its_first_part_is_keras_cross_entropy() -> None:
    labels, logits = drawn(classes=2)
    entropy = float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits))
    p = 1 / (1 + np.exp(logits[..., 0] - logits[..., 1]))
    dice = [(2 * (q * t).sum() + 1) / (q.sum() + t.sum() + 1) for q, t in ((1 - p, labels == 0), (p, labels == 1))]
    assert float(cross_entropy_and_dice(labels, logits)) - (1 - np.mean(dice)) == pytest.approx(entropy, rel=1e-4)


def test_unknown_pixels_count_for_nothing() -> None:
    labels, logits = drawn()
    labels[0] = UNKNOWN
    changed = logits.copy()
    changed[0] += np.arange(4) * 9.0
    assert float(cross_entropy_and_dice(labels, changed)) == float(cross_entropy_and_dice(labels, logits))
    labels[:] = UNKNOWN
    assert np.isfinite(float(cross_entropy_and_dice(labels, logits)))


def test_a_perfect_answer_costs_nothing_and_a_wrong_one_much() -> None:
    labels, _ = drawn()
    right = 30.0 * np.eye(4, dtype=np.float32)[labels]
    assert float(cross_entropy_and_dice(labels, right)) < 1e-4
    assert float(cross_entropy_and_dice(labels, -right)) > 5


def test_low_precision_goes_in_and_float32_comes_out() -> None:
    labels, logits = drawn()
    low = keras.ops.cast(keras.ops.convert_to_tensor(logits), "bfloat16")
    found = cross_entropy_and_dice(labels, low)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    same = np.asarray(keras.ops.cast(low, "float32"))
    assert float(found) == pytest.approx(expected(labels, same), rel=1e-5)
