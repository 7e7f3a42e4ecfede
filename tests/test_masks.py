"""Masks of a photo: labels and confidence against a plain computation over all classes at once."""

import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from cnn_core.drawing import OKABE_ITO
from cnn_core.errors import InputError
from cnn_core.masks import UNSURE, Masks, class_colours, decided, has_background, masks_of

side = st.integers(1, 9)


def probabilities(rows: int, columns: int, classes: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).random((rows, columns, classes)).astype(np.float32)
    return values / values.sum(axis=-1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(side, side, st.integers(1, 6), st.integers(1, 20), st.integers(1, 20), st.integers(0, 999))
def test_labels_and_confidence_are_those_of_the_resized_map(
    rows: int, columns: int, classes: int, height: int, width: int, seed: int
) -> None:
    values = probabilities(rows, columns, classes, seed)
    names = tuple(f"class {number}" for number in range(classes))
    masks = masks_of(values, size=(height, width), names=names)
    resized = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, classes)
    np.testing.assert_allclose(masks.confidence, resized.max(axis=-1), atol=1e-6)
    chosen = np.take_along_axis(resized, masks.labels[..., None].astype(int), axis=-1)[..., 0]
    np.testing.assert_allclose(chosen, resized.max(axis=-1), atol=1e-6)
    for label in range(classes):
        np.testing.assert_allclose(masks.probability(label), resized[..., label], atol=1e-6)


def test_half_precision_and_ties() -> None:
    values = np.array([[[0.5, 0.5], [0.25, 0.75]]], np.float16)
    masks = masks_of(values, size=(1, 2), names=("a", "b"))
    assert masks.labels.tolist() == [[0, 1]], "the first of two that are equally probable"
    assert masks.confidence.dtype == np.float32
    assert decided(masks, 0.75).tolist() == [[UNSURE, 1]], "a threshold is the least confidence that counts"
    assert decided(masks, 0).tolist() == [[0, 1]]


def test_what_is_kept_is_not_written_to() -> None:
    masks = masks_of(probabilities(3, 3, 2, 0), size=(3, 3), names=("a", "b"))
    before = masks.probabilities.copy()
    with pytest.raises(ValueError, match="read-only"):
        masks.labels[0] = 1
    decided(masks, 1)
    np.testing.assert_array_equal(masks.probabilities, before)
    assert masks.labels is masks.labels, "computed once"


def test_colours_go_to_the_classes_that_are_seen() -> None:
    names = ("background", *(f"class {number}" for number in range(1, 21)))
    values = np.zeros((2, 3, 21), np.float32)
    values[0, :, 20] = values[1, :2, 15] = values[1, 2, 7] = 1
    colours = masks_of(values, size=(2, 3), names=names).colours
    assert (colours[20], colours[15], colours[7]) == OKABE_ITO[:3]
    assert colours[0] == "#808080"
    assert len(set(class_colours(8)[1:])) == 7
    assert class_colours(2, background=False) == OKABE_ITO[:2]
    assert has_background(("Background ", "x"))
    assert not has_background(())


def test_refusals() -> None:
    values = probabilities(2, 2, 2, 0)
    with pytest.raises(InputError, match="one of each"):
        Masks(values, (2, 2), ("a",), ("#000000",))
    with pytest.raises(InputError, match="255"):
        masks_of(np.zeros((1, 1, 256), np.float32), size=(1, 1), names=("x",) * 256)
    with pytest.raises(InputError, match="not numbers"):
        masks_of(np.full((2, 2, 2), np.nan, np.float32), size=(2, 2), names=("a", "b"))
    with pytest.raises(InputError, match="rows, columns and classes"):
        Masks(values[0], (2, 2), ("a", "b"), ("#000000", "#FFFFFF"))
    with pytest.raises(InputError, match="from 0 to 1"):
        decided(masks_of(values, size=(2, 2), names=("a", "b")), 1.1)
