"""Answers on photos by networks whose answers are known."""

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.folders.pictures import picture_from_pixels
from cnn_core.results.answering import VIEWS, answers, photo_views

PHOTO = np.random.default_rng(4).integers(0, 256, (40, 64, 3), dtype=np.uint8)


def left_or_right(batch):
    """How bright the left half is, against the right one: (N, 2)."""
    half = batch.shape[2] // 2
    sides = np.stack([batch[:, :, :half].mean(axis=(1, 2, 3)), batch[:, :, half:].mean(axis=(1, 2, 3))], axis=1)
    return sides / sides.sum(axis=1, keepdims=True)


def ask(photos, **options):
    return answers(left_or_right, photos, classes=("left", "right"), size=(8, 8), **options)


def test_the_most_probable_comes_first():
    photo = np.zeros((20, 20, 3), np.uint8)
    photo[:, :10], photo[:, 10:] = 50, 150
    (guesses,) = ask([photo])
    assert [(guess.label, guess.probability) for guess in guesses] == [("right", 0.75), ("left", 0.25)]
    assert len(ask([photo], top=1)[0]) == 1
    assert ask([]) == ()


def test_each_photo_has_its_own_answer_whatever_its_size():
    other = PHOTO[:13, :17]
    assert ask([PHOTO, other]) == (*ask([PHOTO]), *ask([other]))


def test_with_its_mirror_image_left_and_right_are_alike():
    (guesses,) = ask([PHOTO], views="mirrored")
    assert [guess.probability for guess in guesses] == pytest.approx([0.5, 0.5], abs=0.01)


def test_ten_views_are_averaged():
    crops = [PHOTO[r : r + 35, c : c + 56] for r, c in [(2, 4), (0, 0), (0, 8), (5, 0), (5, 8)]]
    views = [*crops, *(crop[:, ::-1] for crop in crops)]
    found = photo_views(PHOTO, "ten")
    assert len(found) == 10
    for view, expected in zip(found, views, strict=True):
        np.testing.assert_array_equal(view, expected)
    batch = np.stack([picture_from_pixels(np.ascontiguousarray(view), size=(8, 8)) for view in views])
    expected = dict(zip(("left", "right"), left_or_right(batch.astype(np.float32)).mean(axis=0), strict=True))
    for guess in ask([PHOTO], views="ten")[0]:
        assert guess.probability == pytest.approx(expected[guess.label], abs=1e-6)


@pytest.mark.parametrize("views", VIEWS)
def test_a_photo_of_one_pixel_has_views_too(views):
    assert len(ask([np.zeros((1, 1, 3), np.uint8) + 9], views=views)[0]) == 2


def test_what_cannot_be_answered_is_refused():
    with pytest.raises(InputError, match="Choose one of one, mirrored, ten"):
        ask([PHOTO], views="five")
    with pytest.raises(InputError, match="This is no picture"):
        ask([PHOTO.astype(np.float32)])
