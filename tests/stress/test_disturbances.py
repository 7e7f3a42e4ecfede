"""Disturbances against SciPy and plain NumPy, and curves against asking the network picture by picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.classifiers.loading import load_looked_at
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.stress.curve import Curve, curve_in_words, seen, stress_curve
from cnn_core.stress.disturbances import DISTURBANCES, disturbed, strengths

PICTURE = np.random.default_rng(4).integers(0, 256, (40, 24, 3), dtype=np.uint8)
PLAIN = np.full((64, 64, 3), 120, np.uint8)


@given(kind=st.sampled_from(list(DISTURBANCES)), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_a_disturbed_picture_is_a_picture_and_none_is_none(kind, share, seed):
    way = DISTURBANCES[kind]
    before = PICTURE.copy()
    found = disturbed(PICTURE, kind, way.low + share * (way.high - way.low), seed=seed)
    assert found.shape == PICTURE.shape
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(PICTURE, before)
    np.testing.assert_array_equal(disturbed(PICTURE, kind, 0.0, seed=seed), PICTURE)


def test_noise_has_its_deviation_and_scales_one_pattern():
    weak, strong = (disturbed(PLAIN, "noise", s, seed=3).astype(float) - 120 for s in (0.02, 0.08))
    assert weak.std() == pytest.approx(0.02 * 255, rel=0.03)
    assert np.abs(strong - 4 * weak).max() <= 2.5, "but for rounding"
    assert np.abs(disturbed(PLAIN, "noise", 0.02, seed=4).astype(float) - 120 - weak).max() > 1


def test_blur_is_scipys():
    from scipy.ndimage import gaussian_filter

    sigma = 0.06 * 40
    expected = gaussian_filter(PICTURE.astype(float), (sigma, sigma, 0), mode="mirror", truncate=3)
    assert np.abs(disturbed(PICTURE, "blur", 0.06) - expected).max() < 3


def test_occlusion_hides_its_share_and_more_hides_the_same():
    mean = np.rint(PICTURE.mean(axis=(0, 1)))
    masks = [(disturbed(PICTURE, "occlusion", share, seed=1) == mean).all(axis=2) for share in (0.25, 0.5, 1.0)]
    assert [mask.mean() for mask in masks] == [0.25, 0.5, 1.0]
    assert not (masks[0] & ~masks[1]).any()
    other = (disturbed(PICTURE, "occlusion", 0.25, seed=2) == mean).all(axis=2)
    assert (other != masks[0]).any()


def test_a_quarter_turn_is_numpys():
    square = PICTURE[:24]
    np.testing.assert_array_equal(disturbed(square, "rotation", 90.0), np.rot90(square))
    np.testing.assert_array_equal(disturbed(square, "rotation", -180.0), np.rot90(square, 2))
    corner = disturbed(square, "rotation", 45.0)[0, 0]
    np.testing.assert_array_equal(corner, np.rint(square.mean(axis=(0, 1))))


def test_brightness_adds_and_is_cut_off():
    expected = np.rint(np.clip(PICTURE + 0.3 * 255, 0, 255))
    np.testing.assert_array_equal(disturbed(PICTURE, "brightness", 0.3), expected)
    assert not disturbed(PICTURE, "brightness", -1.0).any()


def test_a_curve_is_what_the_network_says_of_each_picture():
    network, photo = load_looked_at("starter"), sample("cat")
    done = []
    tried = strengths("rotation", 18)
    curve = stress_curve(network, photo, "rotation", tried[::-1], progress=lambda k, n: done.append((k, n)))
    assert curve.strengths == tried
    assert (done[0], done[-1]) == ((0, 20), (20, 20))
    view = seen(network, photo)
    assert view.shape == (64, 64, 3)
    for k in (0, 9, 12):
        turned = disturbed(view, "rotation", tried[k])
        said = network.predict((turned / np.float32(255))[None])[0]
        np.testing.assert_allclose(curve.probabilities[k], said, atol=1e-5)
    np.testing.assert_allclose(curve.probabilities[9], curve.clean, atol=1e-6)
    np.testing.assert_allclose(curve.clean, network.predict(network.prepare(photo)[None])[0], atol=1e-6)
    assert network.classes[curve.predicted] == "cat"
    assert curve.line.min() < curve.clean.max()


def test_the_words_say_where_the_answer_changes_on_either_side():
    said = np.float32([[0.1, 0.9], [0.6, 0.4], [0.9, 0.1], [0.8, 0.2], [0.45, 0.55]])
    curve = Curve("rotation", (-90.0, -45.0, 0.0, 45.0, 90.0), said, said[2])
    assert curve_in_words(curve, ("cat", "dog")) == (
        "Undisturbed, the answer is cat (90 %). It stays cat up to 45°; at 90° it is dog. It stays cat up to -45°; at "
        "-90° it is dog. The probability of cat is least at -90°: 10 %."
    )
    steady = replace(curve, probabilities=np.float32([[0.9, 0.1]] * 5))
    assert "It is cat at every strength that was tried." in curve_in_words(steady, ("cat", "dog"))


def test_what_cannot_be_tried_is_refused():
    network = load_looked_at("starter")
    for call, message in (
        (lambda: disturbed(PICTURE, "rain", 0.1), "Choose one of noise"),
        (lambda: disturbed(PICTURE, "noise", 0.9), "Choose 0 to 0.5"),
        (lambda: strengths("noise", 2), "Choose 3 or more"),
        (lambda: stress_curve(network, sample("cat"), "noise", []), "Give at least one"),
        (lambda: stress_curve(network, sample("cat"), "noise", [2.0]), "does not go so far"),
        (
            lambda: stress_curve(
                replace(network, answer=lambda batch: np.full((len(batch), 10), np.nan)), sample("cat"), "noise", [0.1]
            ),
            "not finite",
        ),
        (lambda: stress_curve(load_looked_at("untrained:unet"), sample("cat"), "noise", [0.1]), "no list of classes"),
    ):
        with pytest.raises(InputError, match=message):
            call()
