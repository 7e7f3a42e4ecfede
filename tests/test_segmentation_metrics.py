"""Segmentation figures against Keras, and against counting pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.segmentation_metrics import (
    boundary_f1,
    class_dice,
    class_iou,
    confusion_matrix,
    mean_iou,
    pixel_accuracy,
    segmentation_figures,
)


@st.composite
def label_maps(draw):
    """(truth, prediction, classes): some classes occur in one of the maps, some in none."""
    classes = draw(st.integers(1, 6))
    shape = (draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = generator.integers(0, generator.integers(1, classes + 1), shape)
    prediction = np.where(generator.random(shape) < 0.6, truth, generator.integers(0, classes, shape))
    return truth.astype(generator.choice([np.uint8, np.int64])), prediction.astype(np.uint8), classes


def test_mean_iou_equals_keras():
    metrics = pytest.importorskip("keras.metrics")
    generator = np.random.default_rng(0)
    for classes in (2, 3, 21):
        metric = metrics.MeanIoU(num_classes=classes)
        total = np.zeros((classes, classes), np.int64)
        for _ in range(3):
            truth = generator.integers(0, max(classes - 1, 1), (30, 40))
            prediction = np.where(
                generator.random(truth.shape) < 0.7, truth, generator.integers(0, classes, truth.shape)
            )
            metric.update_state(truth, prediction)
            total += confusion_matrix(truth, prediction, num_classes=classes)
            assert mean_iou(total) == pytest.approx(float(metric.result()), abs=1e-6)
        np.testing.assert_array_equal(total, np.asarray(metric.total_cm))


def test_pixels_to_ignore_are_left_out_as_keras_does():
    metrics = pytest.importorskip("keras.metrics")
    generator = np.random.default_rng(1)
    truth, prediction = generator.integers(0, 4, (2, 20, 20))
    truth[generator.random(truth.shape) < 0.2] = 255
    metric = metrics.MeanIoU(num_classes=4, ignore_class=255)
    metric.update_state(truth, prediction)
    matrix = confusion_matrix(truth, prediction, num_classes=4, ignore=255)
    assert matrix.sum() == (truth != 255).sum()
    assert mean_iou(matrix) == pytest.approx(float(metric.result()), abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(label_maps())
def test_figures_equal_their_definitions(case):
    truth, prediction, classes = case
    matrix = confusion_matrix(truth, prediction, num_classes=classes)
    assert matrix.dtype == np.int64
    figures = segmentation_figures(matrix, names=[f"class {k}" for k in range(classes)])
    known = []
    for k in range(classes):
        true, predicted = truth == k, prediction == k
        row = figures.by_class[k]
        assert row.pixels == true.sum()
        for i in range(classes):
            assert matrix[k, i] == (true & (prediction == i)).sum()
        if not (true | predicted).any():
            assert np.isnan([row.iou, row.dice, row.recall, row.precision]).all()
            continue
        shared = (true & predicted).sum()
        assert row.iou == class_iou(matrix)[k] == shared / (true | predicted).sum()
        assert row.dice == class_dice(matrix)[k] == pytest.approx(2 * shared / (true.sum() + predicted.sum()))
        assert row.recall == pytest.approx(shared / true.sum() if true.any() else np.nan, nan_ok=True)
        assert row.precision == pytest.approx(shared / predicted.sum() if predicted.any() else np.nan, nan_ok=True)
        known.append((row.iou, row.dice))
    assert (figures.mean_iou, figures.mean_dice) == pytest.approx(tuple(np.mean(known, axis=0)))
    assert figures.pixel_accuracy == pixel_accuracy(matrix) == pytest.approx((truth == prediction).mean())


@settings(max_examples=40, deadline=None)
@given(label_maps(), st.sampled_from([None, 0.5, 1.0, 1.5, 3.2]), st.booleans())
def test_boundary_f1_equals_its_definition(case, tolerance, ignoring):
    truth, prediction, classes = case
    prediction = prediction.copy()
    prediction[::3, ::3] = 255
    if ignoring:
        truth = np.where(np.indices(truth.shape).sum(axis=0) % 4 == 0, 255, truth)
    ignore = 255 if ignoring else None
    reach = 0.0075 * np.hypot(*truth.shape) if tolerance is None else tolerance

    def outline(labels, label):
        points = []
        for y, x in np.argwhere(labels == label):
            around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            inside = [(r, c) for r, c in around if 0 <= r < truth.shape[0] and 0 <= c < truth.shape[1]]
            if (ignore is None or truth[y, x] != ignore) and any(
                labels[place] != label and (ignore is None or truth[place] != ignore) for place in inside
            ):
                points.append((y, x))
        return points

    def near(points, others):
        return np.mean([min(np.hypot(y - r, x - c) for r, c in others) < reach for y, x in points])

    found = boundary_f1(truth, prediction, num_classes=classes, ignore=ignore, tolerance=tolerance)
    for label in range(classes):
        true, predicted = outline(truth, label), outline(prediction, label)
        if not true and not predicted:
            assert np.isnan(found[label])
        elif not true or not predicted:
            assert found[label] == 0
        else:
            recall, precision = near(true, predicted), near(predicted, true)
            both = precision + recall
            assert found[label] == pytest.approx(2 * precision * recall / both if both else 0)


def test_undecided_pixels_are_missed_and_taken_by_no_class():
    generator = np.random.default_rng(2)
    truth, prediction = generator.integers(0, 3, (2, 20, 20))
    prediction[generator.random(truth.shape) < 0.3] = 255
    matrix = confusion_matrix(truth, prediction, num_classes=3, undecided=255)
    assert matrix.shape == (3, 4)
    assert matrix[:, 3].sum() == (prediction == 255).sum()
    figures = segmentation_figures(matrix, names="abc")
    for k in range(3):
        true, predicted = truth == k, prediction == k
        assert figures.by_class[k].iou == pytest.approx((true & predicted).sum() / (true | predicted).sum())
    assert figures.pixel_accuracy == pytest.approx((truth == prediction).mean())
    with pytest.raises(InputError, match="no class"):
        confusion_matrix([0], [3], num_classes=3, undecided=255)


def test_labels_of_eight_bits_do_not_overflow():
    labels = np.arange(21, dtype=np.uint8)
    assert confusion_matrix(labels, labels, num_classes=21).tolist() == np.eye(21).tolist()


def test_no_pixels_have_no_figures():
    matrix = confusion_matrix(np.full((2, 2), 255), np.zeros((2, 2), int), num_classes=2, ignore=255)
    assert np.isnan([mean_iou(matrix), pixel_accuracy(matrix), *class_dice(matrix)]).all()


def test_label_maps_that_do_not_fit_are_refused():
    small, large = np.zeros((2, 2), int), np.zeros((3, 2), int)
    with pytest.raises(InputError, match=r"truth=\(2, 2\), prediction=\(3, 2\)"):
        confusion_matrix(small, large, num_classes=2)
    with pytest.raises(InputError, match=r"truth holds a label outside 0 to 1.*highest=255"):
        confusion_matrix(small + 255, small, num_classes=2)
    with pytest.raises(InputError, match="prediction holds a label"):
        confusion_matrix(small, small - 1, num_classes=2)
    with pytest.raises(InputError, match=r"whole numbers.*float64"):
        confusion_matrix(small, small / 2, num_classes=2)
    with pytest.raises(InputError, match="differ in size"):
        boundary_f1(small, large, num_classes=2)
    with pytest.raises(InputError, match="not positive"):
        boundary_f1(small, small, num_classes=2, tolerance=0)
    with pytest.raises(InputError, match="Give 2 names"):
        segmentation_figures(np.eye(2, dtype=int), names=("ground",))
