"""The crop around a spot gives that spot the picture's own value."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnn_core.convolution import convolve, window
from cnn_core.geometry import output_length
from cnn_core.spot import spot_crop

IMAGE = np.random.default_rng(8).random((61, 61, 1)).astype(np.float32)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["valid", "same", "full", "reflect"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_cell_keeps_its_value(size, stride, dilation, padding, down, across):
    kernel = np.random.default_rng(size).standard_normal((size, size)).astype(np.float32)
    span = (size - 1) * dilation + 1
    side = min(span + 4 * stride, 16)
    assume(side >= span)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    cells = output_length(61, size, **options)
    row, column = round(down * (cells - 1)), round(across * (cells - 1))
    (top, r), (left, c) = (spot_crop(61, size, cell, side=side, **options) for cell in (row, column))
    crop = IMAGE[top : top + side, left : left + side]
    assert crop.shape == (side, side, 1)
    seen = window(crop, kernel, r, c, **options)
    inside = all(0 <= i < 61 for i in window(IMAGE, kernel, row, column, **options).rows)
    inside &= all(0 <= i < 61 for i in window(IMAGE, kernel, row, column, **options).columns)
    if inside:
        np.testing.assert_allclose(seen.sums[0], convolve(IMAGE, kernel, **options)[row, column, 0], atol=1e-5)
