"""The named kernels against OpenCV, SciPy and their definitions."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cnn_core.convolution import convolve
from cnn_core.errors import InputError
from cnn_core.kernels import KERNELS, gabor, gaussian, laplacian_of_gaussian, motion_blur, unsharp

IMAGE = np.random.default_rng(1).random((20, 23)).astype(np.float32)

WANTED = (
    "identity box_blur gaussian sharpen unsharp laplacian_4 laplacian_8 outline vertical_edge sobel_x sobel_y "
    "prewitt_x prewitt_y scharr_x scharr_y log gabor emboss motion_blur ridge"
)


def test_every_kernel_is_there_and_described():
    assert " ".join(KERNELS) == WANTED
    for kernel in KERNELS.values():
        assert kernel.title
        assert kernel.source
        assert kernel.sentence.endswith(".")
        built = kernel.build()
        assert built.dtype == np.float32
        assert built.ndim == 2


@pytest.mark.parametrize("name", ["laplacian_4", "laplacian_8", "outline", "vertical_edge", "ridge", "log", "gabor"])
def test_flat_areas_give_zero(name):
    assert abs(KERNELS[name].build().sum()) < 1e-5


@pytest.mark.parametrize("name", ["identity", "box_blur", "gaussian", "sharpen", "unsharp", "emboss", "motion_blur"])
def test_brightness_is_kept(name):
    assert KERNELS[name].build().sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("sobel_x", lambda: cv2.Sobel(IMAGE, cv2.CV_32F, 1, 0, ksize=3)),
        ("sobel_y", lambda: cv2.Sobel(IMAGE, cv2.CV_32F, 0, 1, ksize=3)),
        ("scharr_x", lambda: cv2.Scharr(IMAGE, cv2.CV_32F, 1, 0)),
        ("scharr_y", lambda: cv2.Scharr(IMAGE, cv2.CV_32F, 0, 1)),
        ("laplacian_4", lambda: cv2.Laplacian(IMAGE, cv2.CV_32F, ksize=1)),
        ("prewitt_x", lambda: ndimage.prewitt(IMAGE, axis=1, mode="mirror")),
        ("prewitt_y", lambda: ndimage.prewitt(IMAGE, axis=0, mode="mirror")),
        ("box_blur", lambda: cv2.blur(IMAGE, (3, 3))),
        ("identity", lambda: IMAGE),
    ],
)
def test_the_classic_filters(name, oracle):
    result = convolve(IMAGE, KERNELS[name].build(), padding="reflect")[..., 0]
    np.testing.assert_allclose(result, oracle(), atol=1e-5)


@pytest.mark.parametrize(("size", "sigma"), [(3, 0.8), (5, 1.0), (7, 1.5), (31, 6.0)])
def test_gaussian_is_opencvs(size, sigma):
    column = cv2.getGaussianKernel(size, sigma)
    np.testing.assert_allclose(gaussian(size=size, sigma=sigma), column @ column.T, atol=1e-6)


def test_laplacian_of_gaussian_is_scipys_shape():
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    expected = ndimage.gaussian_laplace(impulse, 3.0)
    ours = laplacian_of_gaussian(size=31, sigma=3.0)
    # SciPy normalises the Gaussian it derives; the shape is the same.
    assert np.corrcoef(ours.ravel(), expected.ravel())[0, 1] > 0.9999
    assert ours[15, 15] < 0


@given(st.integers(0, 179))
def test_gabor_answers_to_its_own_direction(theta):
    rows, columns = np.mgrid[0:41, 0:41]
    angle = np.deg2rad(theta)
    stripes = np.cos(2 * np.pi * ((columns - 20) * np.cos(angle) + (rows - 20) * np.sin(angle)) / 6)
    own = convolve(stripes, gabor(size=21, sigma=4, theta=theta, wavelength=6), padding="same")[20, 20, 0]
    across = convolve(stripes, gabor(size=21, sigma=4, theta=theta + 90, wavelength=6), padding="same")[20, 20, 0]
    assert own > 20 * abs(across)


@given(st.integers(1, 31), st.floats(0, 180))
def test_motion_blur_sums_to_one_and_is_symmetrical(size, theta):
    kernel = motion_blur(size=size, theta=theta)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-6)


def test_unsharp_is_the_picture_plus_what_the_blur_takes_away():
    blurred = convolve(IMAGE, gaussian(size=5, sigma=1.0), padding="reflect")
    expected = 2 * IMAGE[..., None] - blurred
    np.testing.assert_allclose(convolve(IMAGE, unsharp(), padding="reflect"), expected, atol=1e-5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: gaussian(size=0),
        lambda: gaussian(size=33),
        lambda: gaussian(sigma=0),
        lambda: gaussian(sigma=float("nan")),
        lambda: gabor(wavelength=-1),
        lambda: unsharp(size=4),
        lambda: motion_blur(size=-3),
    ],
)
def test_options_out_of_range(call):
    with pytest.raises(InputError, match="Received: "):
        call()
