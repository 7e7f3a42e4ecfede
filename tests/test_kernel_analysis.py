"""Rank, factors, frequency response and edits of kernels, against NumPy's own tools."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn_core.errors import InputError
from cnn_core.kernel_analysis import (
    frequency_response,
    kernel_rank,
    normalised,
    random_kernel,
    rank_one_factors,
    readable_factors,
)
from cnn_core.kernels import KERNELS

VALUES = st.floats(-8, 8, width=32).map(lambda v: round(v, 2))


@given(arrays(np.float32, st.integers(1, 9), elements=VALUES), arrays(np.float32, st.integers(1, 9), elements=VALUES))
def test_factors_multiply_back(column, row):
    kernel = np.outer(column, row)
    if not kernel.any():
        assert rank_one_factors(kernel) is None
        return
    for factors in (rank_one_factors(kernel), readable_factors(kernel)):
        assert factors is not None
        np.testing.assert_allclose(np.outer(*factors), kernel, atol=1e-3 * np.abs(kernel).max())


@given(arrays(np.float32, (4, 4), elements=st.integers(-5, 5).map(float)))
def test_rank_is_numpys(kernel):
    assert kernel_rank(kernel) == np.linalg.matrix_rank(kernel.astype(np.float64), rtol=1e-6)
    assert (rank_one_factors(kernel) is not None) == (kernel_rank(kernel) == 1)


@pytest.mark.parametrize(
    ("name", "separable"),
    [
        ("gaussian", True),
        ("box_blur", True),
        ("sobel_x", True),
        ("outline", False),
        ("laplacian_4", False),
        ("log", False),
    ],
)
def test_what_is_known_to_be_separable(name, separable):
    assert (rank_one_factors(KERNELS[name].build()) is not None) is separable


def test_frequency_response_is_the_gain_of_a_wave():
    kernel = KERNELS["gaussian"].build(size=7, sigma=1.2)
    response = frequency_response(kernel, side=32)
    u, v = 5, -3
    rows, columns = np.mgrid[0:7, 0:7]
    gain = abs((kernel * np.exp(2j * np.pi * (u * columns + v * rows) / 32)).sum())
    assert response[16 + v, 16 + u] == pytest.approx(gain, rel=1e-4)
    assert response[16, 16] == pytest.approx(1, rel=1e-5)


def test_frequency_response_too_small():
    with pytest.raises(InputError, match="side=4"):
        frequency_response(np.ones((5, 5)), side=4)


def test_normalised():
    assert normalised(np.full((3, 3), 2.0)).sum() == pytest.approx(1)
    edge = normalised([[-1, 0, 1]] * 3)
    step = np.array([[0, 0, 1]] * 3)
    assert (edge * step).sum() == pytest.approx(1)
    np.testing.assert_array_equal(normalised(np.zeros((2, 2))), np.zeros((2, 2)))


def test_random_kernel_repeats_with_its_seed():
    np.testing.assert_array_equal(random_kernel(size=5, seed=3), random_kernel(size=5, seed=3))
    assert (random_kernel(size=5, seed=3) != random_kernel(size=5, seed=4)).any()
