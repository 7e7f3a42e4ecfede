"""Pictures of numbers: the right colour for the right value, nothing lost in encoding."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnn_core.channels import select_channels
from cnn_core.display import TITLES, robust_limit, show, show_plainly
from cnn_core.drawing import (
    diverging_table,
    encode,
    enlarge,
    npy,
    outline,
    png,
    rescaled,
    shrink,
    signed_heat,
    signed_limit,
    significant,
    to_uint8,
)
from cnn_core.errors import InputError
from cnn_core.nonlinearities import NONLINEARITIES, activate
from cnn_core.samples import sample

PICTURE = np.random.default_rng(0).integers(0, 256, (30, 41, 3), np.uint8)


def test_the_scale_is_symmetrical_in_lightness_and_blue_means_negative():
    table = diverging_table().astype(float)
    lightness = table @ [0.299, 0.587, 0.114]
    assert np.abs(lightness - lightness[::-1]).max() < 40
    assert (np.diff(lightness[:128]) >= 0).all()
    assert table[20][2] > table[20][0]
    assert table[-20][0] > table[-20][2]


@given(st.floats(-3, 3), st.floats(0.1, 2))
def test_sign_and_ends_of_the_heat(value, limit):
    colour = signed_heat(np.array([[value]]), limit=limit)[0, 0].astype(int)
    if abs(value) > limit:
        assert (colour == diverging_table()[0 if value < 0 else -1]).all()
    elif abs(value) > 0.05 * limit:
        assert (colour[2] > colour[0]) == (value < 0)


def test_zero_is_white_whatever_the_limit():
    assert signed_heat(np.zeros((1, 1)), limit=1e-9)[0, 0].tolist() == [247, 247, 247]
    assert signed_limit(np.zeros((3, 3))) == 1.0
    with pytest.raises(InputError, match="limit=0"):
        signed_heat(np.zeros((1, 1)), limit=0)


@pytest.mark.parametrize("code", [encode, png])
def test_encoding_loses_nothing(code):
    with Image.open(io.BytesIO(code(PICTURE))) as opened:
        np.testing.assert_array_equal(np.asarray(opened), PICTURE)


def test_npy_round_trip():
    values = np.random.default_rng(1).standard_normal((4, 5, 1)).astype(np.float32)
    loaded = np.load(io.BytesIO(npy(values)), allow_pickle=False)
    np.testing.assert_array_equal(loaded, values)
    assert loaded.dtype == np.float32


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 200))
def test_enlarge_and_shrink_keep_to_the_side(height, width, side):
    picture = np.zeros((height, width, 3), np.uint8)
    assert max(enlarge(picture, side=side).shape[:2]) <= max(side, height, width)
    assert max(shrink(picture, side=side).shape[:2]) <= side
    assert min(shrink(picture, side=side).shape) >= 1


def test_enlarge_repeats_pixels():
    big = enlarge(PICTURE, side=100)
    np.testing.assert_array_equal(big[::2, ::2], PICTURE)
    np.testing.assert_array_equal(big[1::2, 1::2], PICTURE)


def test_outline_leaves_the_inside_and_the_original_alone():
    before = PICTURE.copy()
    drawn = outline(PICTURE, (10, 10, 20, 20), colour="#FF0000", width=1)
    assert drawn[10, 15].tolist() == [255, 0, 0]
    assert drawn[19, 15].tolist() == [255, 0, 0]
    np.testing.assert_array_equal(drawn[11:19, 11:19], PICTURE[11:19, 11:19])
    np.testing.assert_array_equal(PICTURE, before)
    assert outline(PICTURE, (-50, -50, 500, 500)).shape == PICTURE.shape
    assert outline(PICTURE, (60, 60, 60, 60)).shape == PICTURE.shape


@pytest.mark.parametrize("how", TITLES)
def test_every_way_of_showing(how):
    values = np.array([[[-2.0], [0.0], [0.5], [4.0]]], np.float32)
    shown = show(values, how=how)
    assert shown.picture.shape == (1, 4, 3)
    grey = shown.picture[0, :, 0].tolist()
    if how == "clipped":
        assert grey == [0, 0, 128, 255]
        assert "50 %" in shown.note
    if how == "absolute":
        assert grey[1] == 0
        assert grey[3] == 255
        assert grey[0] == pytest.approx(255 * 2 / float(shown.high), abs=2)
    if how == "rescaled":
        assert (shown.low, shown.high) == ("-2", "4")
        assert grey[0] == 0
        assert grey[3] == 255
    if how == "signed":
        assert shown.low == "−" + shown.high
        assert shown.picture[0, 1].tolist() == [247, 247, 247]


def test_what_show_refuses():
    with pytest.raises(InputError, match="channels=3"):
        show(np.zeros((2, 2, 3)), how="signed")
    with pytest.raises(InputError, match="how='glow'"):
        show(np.zeros((2, 2, 1)), how="glow")
    with pytest.raises(InputError, match="which='infrared'"):
        select_channels(np.zeros((2, 2, 3)), "infrared")


def test_a_few_strong_edges_do_not_leave_the_rest_pale():
    values = np.linspace(-1, 1, 10_000).reshape(100, 100, 1)
    values[0, :10] = 100
    limit, words = robust_limit(values)
    assert limit < 1.1
    assert words.startswith("1 %")
    assert robust_limit(np.zeros((4, 4)))[1] == "nothing is cut off"
    assert show_plainly(np.abs(values)).low == "0"


def test_rescaled_constant():
    scaled, low, high = rescaled(np.full((2, 2), 7.0))
    assert (scaled.max(), low, high) == (0, 7, 7)


def test_grey_becomes_three_equal_channels():
    picture = to_uint8(np.array([[[0.2]], [[2.0]]], np.float32))
    assert picture[:, 0].tolist() == [[51, 51, 51], [255, 255, 255]]
    assert to_uint8(PICTURE) is PICTURE


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1"), (-0.5, "-0.5"), (1234.5, "1,234"), (0.00001, "1.00e-05"), (1e9, "1.00e+09"), (99.96, "100")],
)
def test_significant(value, text):
    assert significant(value) == text


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_activations_are_keras(name):
    import keras

    values = np.linspace(-90, 90, 401, dtype=np.float32)
    expected = {
        "none": lambda z: z,
        "relu": keras.activations.relu,
        "leaky_relu": lambda z: keras.activations.leaky_relu(z, negative_slope=0.1),
        "tanh": keras.activations.tanh,
        "sigmoid": keras.activations.sigmoid,
    }[name](keras.ops.convert_to_tensor(values))
    with np.errstate(all="raise"):
        result = activate(values, name)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, keras.ops.convert_to_numpy(expected), atol=1e-6)


def test_unknown_activation():
    with pytest.raises(InputError, match="name='swoosh'"):
        activate(np.zeros(1), "swoosh")


def test_lossy_encoding_is_for_photos_and_hardly_shows():
    photo = sample("cat")
    small, exact = encode(photo, lossless=False), encode(photo)
    with Image.open(io.BytesIO(small)) as opened:
        assert np.abs(np.asarray(opened).astype(int) - photo).mean() < 3
    assert len(small) < len(exact) / 3
