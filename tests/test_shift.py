"""The shift test: exact zeros, MaxBlurPool against OpenCV, and Zhang's order of the methods on a photo."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.pooling import pool
from cnn_core.shift import METHODS, blurred, downsample, shift_pair, shift_test

PHOTOS = Path(os.environ.get("CNN_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "photos"


def noise(rows=40, columns=48, channels=3):
    return np.random.default_rng(1).random((rows, columns, channels), dtype=np.float32)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(METHODS)), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.sampled_from([3, 5]))
def test_shifts_by_whole_strides_change_nothing(method, size, stride, cells, taps):
    pair = shift_pair(noise(), offset=cells * stride, method=method, size=size, stride=stride, taps=taps, reach=13)
    assert (pair.cells, pair.rest, pair.change) == (cells, 0, 0.0)
    np.testing.assert_array_equal(pair.before, pair.after)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["max", "average"]), st.integers(1, 4), st.integers(1, 4), st.integers(1, 9))
def test_pair_by_hand(method, size, stride, offset):
    image = noise()
    pair = shift_pair(image, offset=offset, method=method, size=size, stride=stride)
    width = image.shape[1] - offset
    reference = pool(image[:, :width], mode=method, size=size, stride=stride)
    shifted = pool(image[:, offset:], mode=method, size=size, stride=stride)
    moved = reference[:, offset // stride :]
    same = shifted[:, : moved.shape[1]]
    expected = np.sqrt(((same - moved) ** 2).sum() / (moved**2).sum())
    assert pair.change == pytest.approx(expected, rel=1e-5)
    assert pair.change == 0 or offset % stride


@pytest.mark.parametrize("taps", [3, 5])
def test_blur_equals_opencv(taps):
    image = noise()
    row = {3: [0.25, 0.5, 0.25], 5: [0.0625, 0.25, 0.375, 0.25, 0.0625]}[taps]
    edge = taps // 2
    expected = cv2.sepFilter2D(image, -1, np.array(row), np.array(row))[edge:-edge, edge:-edge]
    np.testing.assert_allclose(blurred(image, taps=taps), expected, atol=1e-6)


def test_max_blur_pool_is_dense_max_then_blur_then_every_second():
    image = noise()
    dense = np.maximum.reduce([image[i : 38 + i, j : 46 + j] for i in range(3) for j in range(3)])
    expected = cv2.GaussianBlur(dense, (3, 3), 0)[1:-1:2, 1:-1:2]  # OpenCV's 3-tap kernel is [1, 2, 1] / 4
    np.testing.assert_allclose(downsample(image, method="max_blur", size=3), expected, atol=1e-6)
    np.testing.assert_array_equal(downsample(image, method="strided", size=3), image[::2, ::2])


def test_order_of_the_methods_on_a_photo():
    path = PHOTOS / "darknet_dog.jpg"
    if not path.exists():
        pytest.skip(f"the test photos are not at {PHOTOS}; set CNN_TEST_DATA")
    image = cv2.imread(str(path)).astype(np.float32) / 255
    curve = shift_test(image, largest=4)
    one_pixel = {method: changes[1] for method, changes in curve.changes.items()}
    assert one_pixel["strided"] > one_pixel["max"] > one_pixel["max_blur"] > 0
    assert one_pixel["strided"] > one_pixel["average"] > one_pixel["blur"] > 0
    for changes in curve.changes.values():
        assert changes[0] == changes[2] == changes[4] == 0
    assert curve.mean("max") == pytest.approx(np.mean(curve.changes["max"][1:]))


def test_black_pictures_do_not_change():
    assert shift_test(np.zeros((20, 30, 1), np.float32), largest=3).changes["max"] == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: shift_test(noise(), largest=0), "largest=0"),
        (lambda: shift_test(noise(20, 9), largest=8), "positions=8"),
        (lambda: shift_test(noise(1, 40), largest=2), "picture=(1, 40)"),
        (lambda: shift_pair(noise(), offset=-1, method="max"), "offset=-1"),
        (lambda: shift_pair(noise(), offset=4, reach=3, method="max"), "offset=4"),
        (lambda: downsample(noise(), method="median"), "method='median'"),
        (lambda: downsample(noise(), method="blur", taps=4), "taps=4"),
        (lambda: blurred(noise(2, 2)), "shape=(2, 2)"),
        (lambda: shift_test(noise(), size=0), "size=0"),
        (lambda: shift_test(noise(), stride=0), "stride=0"),
    ],
)
def test_bad_input_gets_a_message(call, words):
    with pytest.raises(InputError) as error:
        call()
    assert words in str(error.value)
