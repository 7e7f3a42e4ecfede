"""The detector's loss against NumPy's overlaps and Keras' cross-entropy; its targets against the rule, cell by cell."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from cnn_core import boxes
from cnn_core.architectures.yolo import yolo_like
from cnn_core.detection.training.loss import BOX_WEIGHT, detector_loss, overlaps, raw_corners, start_unsure
from cnn_core.detection.training.targets import RADIUS, assign
from cnn_core.grid_decoding import decode_grid, find_boxes, grid_corners, objectness


def random_corners(random: np.random.Generator, count: int, side: float = 6.0) -> np.ndarray:
    low, size = random.uniform(0, side, (count, 2)), random.uniform(0.2, side, (count, 2))
    return np.concatenate([low, low + size], axis=1).astype(np.float32)


def test_overlaps_equal_those_of_boxes() -> None:
    random = np.random.default_rng(0)
    first, second = random_corners(random, 300), random_corners(random, 300)
    iou, ciou = (ops.convert_to_numpy(values) for values in overlaps(ops.array(first), ops.array(second)))
    pairs = [(boxes.iou([a], [b])[0, 0], boxes.ciou([a], [b])[0, 0]) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(np.stack([iou, ciou], axis=1), pairs, atol=1e-5)


def test_corners_equal_those_of_the_decoder() -> None:
    raw = np.random.default_rng(0).normal(size=(2, 4, 6, 8)).astype("float32")
    decoded = ops.convert_to_numpy(raw_corners(ops.array(raw)))
    np.testing.assert_allclose(decoded * 16, [grid_corners(one, stride=16) for one in raw], rtol=1e-5, atol=1e-4)


def test_the_loss_is_its_formula() -> None:
    random = np.random.default_rng(1)
    raw = random.normal(size=(2, 4, 6, 8)).astype("float32")
    target = np.stack(
        [
            assign(random_corners(random, 3) * 8, np.array([0, 1, 2]), grid=(4, 6), stride=8, num_classes=3)
            for _ in range(2)
        ]
    )
    found = np.stack([grid_corners(one, stride=1) for one in raw])
    entropy = keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum")
    total, count, truth = 0.0, 0, np.zeros((2, 4, 6), "float32")
    for place in np.ndindex(2, 4, 6):
        if target[place][4]:
            count += 1
            total += BOX_WEIGHT * (1 - boxes.ciou([found[place]], [target[place][:4]])[0, 0])
            truth[place] = boxes.iou([found[place]], [target[place][:4]])[0, 0]
            total += 3 * float(entropy(target[place][None, 5:], raw[place][None, 5:]))
    total += float(entropy(truth[..., None], raw[..., 4:5]))
    assert count >= 10
    assert float(detector_loss()(target, raw)) == pytest.approx(total / count, rel=1e-4)


def test_the_loss_is_computed_in_float32() -> None:
    target = np.zeros((1, 2, 2, 6), "float32")
    raw = ops.cast(ops.zeros((1, 2, 2, 6)), "bfloat16")
    assert keras.backend.standardize_dtype(detector_loss()(target, raw).dtype) == "float32"


@given(st.integers(0, 500), st.integers(1, 12))
def test_targets_follow_the_rule(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    corners = random_corners(random, count, side=40.0)
    labels = random.integers(0, 4, count)
    target = assign(corners, labels, grid=(8, 12), stride=8, num_classes=4)
    middle = (corners[:, :2] + corners[:, 2:]) / 16
    for row in range(8):
        for column in range(12):
            offsets = np.array([column + 0.5, row + 0.5]) - middle
            inside = (
                (abs(offsets) < RADIUS).all(axis=1)
                & (corners[:, :2] < [8 * column + 4, 8 * row + 4]).all(axis=1)
                & (corners[:, 2:] > [8 * column + 4, 8 * row + 4]).all(axis=1)
            )
            own = (np.minimum(middle.astype(int), [11, 7]) == [column, row]).all(axis=1)
            wanting = np.flatnonzero(inside | own)
            assert target[row, column, 4] == (len(wanting) > 0)
            if len(wanting):
                distances = (offsets[wanting] ** 2).sum(axis=1)
                best = wanting[distances.argmin()]
                np.testing.assert_allclose(target[row, column, :4], corners[best] / 8, rtol=1e-5)
                assert target[row, column, 5:].tolist() == [float(label == labels[best]) for label in range(4)]
            else:
                assert not target[row, column].any()


def test_of_two_boxes_equally_near_the_smaller_is_learned() -> None:
    corners = np.array([[0, 0, 40, 40], [10, 10, 30, 30]], np.float32)
    target = assign(corners, np.array([0, 1]), grid=(5, 5), stride=8, num_classes=2)
    assert target[2, 2, 5:].tolist() == [0, 1]


def test_a_picture_without_boxes_teaches_emptiness() -> None:
    target = assign(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), grid=(2, 3), stride=8, num_classes=2)
    assert target.shape == (2, 3, 7)
    assert not target.any()
    assert np.isfinite(float(detector_loss()(target[None], np.zeros((1, 2, 3, 7), "float32"))))


def tiny() -> keras.Model:
    return yolo_like(
        input_shape=(64, 64, 3), num_classes=2, num_boxes=1, grid_stride=8, base_filters=2, coarsest_stride=32
    )


def test_a_detector_starts_unsure() -> None:
    keras.utils.set_random_seed(0)
    model = tiny()
    start_unsure(model, num_classes=2, cells=3.0, share=0.01)
    raw = model.predict_on_batch(np.random.default_rng(0).random((1, 64, 64, 3), np.float32))[0]
    np.testing.assert_allclose(objectness(raw), 0.01, atol=0.005)
    sizes = grid_corners(raw, stride=8)[..., 2:] - grid_corners(raw, stride=8)[..., :2]
    np.testing.assert_allclose(sizes, 24, rtol=0.2)


def test_gradient_descent_on_the_grid_finds_the_boxes() -> None:
    """The targets, the loss and the decoder fit together: raw numbers that minimise the loss decode to the truth."""
    random = np.random.default_rng(3)
    corners = np.array([[4, 6, 30, 40], [36, 8, 60, 20], [34, 36, 62, 60]], np.float32)
    labels = np.array([0, 1, 0])
    target = assign(corners, labels, grid=(8, 8), stride=8, num_classes=2)[None]
    raw = keras.Variable(random.normal(size=(1, 8, 8, 7)) * 0.1)
    inputs = keras.Input((1,))
    grid = _Grid(raw)(inputs)
    model = keras.Model(inputs, grid)
    model.compile(keras.optimizers.Adam(0.1), loss=detector_loss())
    for _ in range(150):
        model.train_on_batch(np.zeros((1, 1)), target)
    found = find_boxes(ops.convert_to_numpy(model.layers[-1].raw), stride=8, names=("a", "b"))
    assert len(found) == 3
    overlap = boxes.iou(corners, found.corners)
    assert (overlap.max(axis=1) > 0.9).all()
    assert found.labels[overlap.argmax(axis=1)].tolist() == labels.tolist()
    assert len(decode_grid(ops.convert_to_numpy(model.layers[-1].raw), stride=8, names=("a", "b"))) > 3


class _Grid(keras.layers.Layer):
    """A network whose output is its weights."""

    def __init__(self, raw: keras.Variable) -> None:
        super().__init__()
        self.raw = raw

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return self.raw + 0.0 * ops.sum(inputs)
