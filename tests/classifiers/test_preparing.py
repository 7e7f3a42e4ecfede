"""From a photo to a network's numbers, against Keras and by hand; and what the mistakes make of it."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.classifiers.answers import answer_about
from cnn_core.classifiers.loading import load_looked_at
from cnn_core.classifiers.preparing import ORDERS, PIXELS, PLACEMENTS, Preparation, middle_box, placed, prepared
from cnn_core.classifiers.wrong_preparation import as_photo, mistakes_of, numbers_picture, prepared_in
from cnn_core.errors import InputError
from cnn_core.imagenet_names import imagenet_classes, imagenet_names, keras_index
from cnn_core.samples import sample

PHOTO = np.random.default_rng(2).integers(0, 256, (37, 61, 3), dtype=np.uint8)


@pytest.mark.parametrize("mode", ["caffe", "torch", "tf"])
def test_numbers_are_those_of_keras(mode):
    keras = pytest.importorskip("keras")
    from keras.src.applications.imagenet_utils import preprocess_input

    assert keras
    pixels = {"caffe": "caffe", "torch": "torch", "tf": "signed"}[mode]
    found = prepared(PHOTO, (37, 61), Preparation("stretch", pixels))
    expected = preprocess_input(PHOTO.astype(np.float32), data_format="channels_last", mode=mode)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("size", [(20, 20), (30, 20), (20, 50), (80, 80)])
def test_the_middle_is_that_of_keras(size):
    """`keras.preprocessing.image.smart_resize` cuts the same part; its resizing is another one."""
    height, width = PHOTO.shape[:2]
    rows, columns = min(height, int(width * size[0] / size[1])), min(width, int(height * size[1] / size[0]))
    expected = (int((height - rows) / 2), int((width - columns) / 2), rows, columns)
    assert middle_box((height, width), size) == expected
    assert placed(PHOTO, size, "crop").shape == (*size, 3)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(PIXELS)), st.sampled_from(list(ORDERS)), st.sampled_from(list(PLACEMENTS)))
def test_going_backwards_gives_the_photo_again(pixels, order, placement):
    preparation = Preparation(placement, pixels, order)
    numbers = prepared(PHOTO, (16, 16), preparation)
    photo, clipped = as_photo(numbers, preparation)
    np.testing.assert_array_equal(photo, placed(PHOTO, (16, 16), placement))
    assert clipped == 0


def test_a_photo_of_one_pixel_and_grey_inputs():
    one = np.full((1, 1, 3), 200, np.uint8)
    for placement in PLACEMENTS:
        assert prepared(one, (8, 4), Preparation(placement)).shape == (8, 4, 3)
    grey = prepared(PHOTO, (8, 8), Preparation("stretch", "byte"), channels=1)
    colour = prepared(PHOTO, (8, 8), Preparation("stretch", "byte"))
    np.testing.assert_allclose(grey[..., 0], colour @ [0.299, 0.587, 0.114], atol=1e-3)
    with pytest.raises(InputError, match="This pixels does not exist"):
        Preparation(pixels="half")
    with pytest.raises(InputError, match="This is no picture"):
        prepared(PHOTO.astype(np.float32), (8, 8), Preparation())


def test_mistakes_are_what_their_names_say():
    right = Preparation("crop", "signed")
    mistakes = mistakes_of(right)
    assert right not in mistakes.values()
    numbers = {title: prepared(PHOTO, (9, 9), way) for title, way in mistakes.items()}
    correct = prepared(PHOTO, (9, 9), right)
    np.testing.assert_array_equal(numbers["BGR instead of RGB"], correct[..., ::-1])
    np.testing.assert_allclose(numbers["not scaled: 0 to 255"], (correct + 1) * 127.5, atol=1e-3)
    np.testing.assert_allclose(numbers["divided by 255: 0 to 1"], (correct + 1) / 2, atol=1e-5)
    assert {way.placement for way in mistakes.values()} == set(PLACEMENTS)


def test_what_a_mistake_does_to_the_starter():
    network, cat = load_looked_at("starter"), sample("cat")
    right = prepared_in(network, cat, network.preparation, title="right")
    np.testing.assert_array_equal(right.answer.probabilities, answer_about(network, cat).probabilities)
    assert right.answer.top(1)[0][0] == "cat"
    np.testing.assert_array_equal(right.read_as, right.picture)
    blue = prepared_in(network, cat, replace(network.preparation, order="bgr"), title="BGR")
    assert blue.answer.top(1)[0][0] == "airplane"
    np.testing.assert_array_equal(blue.read_as, right.picture[..., ::-1])
    assert blue.blue_first
    white = prepared_in(network, cat, replace(network.preparation, pixels="byte"), title="not scaled")
    assert white.clipped > 0.99
    assert white.read_as.min() > 250


def test_numbers_become_a_picture():
    seen, limit = numbers_picture(np.linspace(-2, 1, 48, dtype=np.float32).reshape(4, 4, 3))
    assert (seen.shape, limit) == ((10, 10, 3), 2.0)
    assert seen[0, 0, 2] > seen[0, 0, 0], "the most negative number is blue"
    assert numbers_picture(np.full((2, 2, 3), 255, np.float32))[0].min() == 255


def test_the_names_of_imagenet_are_kerass_to_the_last_letter():
    """The MD5 is the one that Keras checks its download with: no file is needed to know that the names are right."""
    assert hashlib.md5(keras_index().encode(), usedforsecurity=False).hexdigest() == "c2c37ea517e94d9795004a39431a14cb"
    assert len(set(imagenet_names())) == len(imagenet_classes()) == 1000
    assert imagenet_names()[285] == "Egyptian cat"
