"""Convolution against Keras, SciPy and OpenCV, over drawn cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from cnn_core.convolution import (
    conv2d,
    conv2d_transpose,
    convolve,
    depthwise_conv2d,
    separable_conv2d,
    transposed_length,
    window,
)
from cnn_core.errors import InputError
from cnn_core.geometry import output_size

TOLERANCE = 1e-5
CASES = settings(max_examples=300, deadline=None, derandomize=True)


@st.composite
def layers(draw, *, paddings=("valid", "same"), equal_strides=False):
    """A picture size, a kernel size and settings that Keras accepts."""
    kernel = (draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    if draw(st.booleans()):
        stride = (1, 1)
    elif dilation != (1, 1):
        dilation = (1, 1)
    if equal_strides:
        stride = (stride[0], stride[0])
    padding = draw(st.sampled_from(paddings))
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = tuple(draw(st.integers(s if padding == "valid" else 1, 13)) if s <= 13 else s for s in span)
    return {
        "size": size,
        "kernel": kernel,
        "options": {"stride": stride, "padding": padding, "dilation": dilation},
        "channels": draw(st.integers(1, 5)),
        "filters": draw(st.integers(1, 4)),
        "seed": draw(st.integers(0, 2**31)),
    }


def numbers(seed, *shapes):
    generator = np.random.default_rng(seed)
    return [generator.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]


def keras_options(options):
    return {"strides": options["stride"], "padding": options["padding"], "dilation_rate": options["dilation"]}


@CASES
@given(layers())
def test_conv2d_equals_keras(case):
    from keras import ops

    shape = (*case["kernel"], case["channels"], case["filters"])
    image, kernel, bias = numbers(case["seed"], (*case["size"], case["channels"]), shape, case["filters"])
    expected = ops.convert_to_numpy(ops.conv(image[None], kernel, **keras_options(case["options"])))[0] + bias
    result = conv2d(image, kernel, bias=bias, **case["options"])
    assert result.dtype == np.float32
    assert result.shape == expected.shape
    assert result.shape[:2] == output_size(case["size"], case["kernel"], **case["options"])
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@CASES
@given(layers(equal_strides=True))
def test_depthwise_and_separable_equal_keras(case):
    from keras import ops

    depthwise_shape = (*case["kernel"], case["channels"], 2)
    pointwise_shape = (1, 1, 2 * case["channels"], case["filters"])
    image, depthwise, pointwise = numbers(
        case["seed"], (*case["size"], case["channels"]), depthwise_shape, pointwise_shape
    )
    options = keras_options(case["options"])
    expected = ops.convert_to_numpy(ops.depthwise_conv(image[None], depthwise, **options))[0]
    np.testing.assert_allclose(depthwise_conv2d(image, depthwise, **case["options"]), expected, atol=TOLERANCE)
    expected = ops.convert_to_numpy(ops.separable_conv(image[None], depthwise, pointwise, **options))[0]
    result = separable_conv2d(image, depthwise, pointwise, **case["options"])
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@CASES
@given(layers(equal_strides=True))
def test_convolve_equals_keras(case):
    from keras import ops

    image, kernel = numbers(case["seed"], (*case["size"], case["channels"]), case["kernel"])
    repeated = np.repeat(kernel[:, :, None, None], case["channels"], axis=2)
    expected = ops.convert_to_numpy(ops.depthwise_conv(image[None], repeated, **keras_options(case["options"])))[0]
    result = convolve(image, kernel, **case["options"])
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@CASES
@given(layers())
def test_conv2d_transpose_equals_keras(case):
    from keras import ops

    shape = (*case["kernel"], case["filters"], case["channels"])
    image, kernel = numbers(case["seed"], (*case["size"], case["channels"]), shape)
    expected = ops.convert_to_numpy(ops.conv_transpose(image[None], kernel, **keras_options(case["options"])))[0]
    result = conv2d_transpose(image, kernel, **case["options"])
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=TOLERANCE)


@CASES
@given(layers(paddings=("valid", "same", "full", "reflect")), st.booleans())
def test_convolve_equals_conv2d_with_any_padding_stride_and_dilation(case, flip):
    """`conv2d` (matrix products) and `convolve` (OpenCV) share no arithmetic; strides and dilations are mixed here."""
    options = case["options"] | {"dilation": (2, 1)}
    image, kernel = numbers(case["seed"], (12, 13, case["channels"]), case["kernel"])
    used = kernel[::-1, ::-1] if flip else kernel
    each = [conv2d(image[..., [c]], used[:, :, None, None], **options)[..., 0] for c in range(case["channels"])]
    np.testing.assert_allclose(convolve(image, kernel, flip=flip, **options), np.stack(each, axis=2), atol=TOLERANCE)


@CASES
@given(st.integers(1, 16), st.integers(1, 16), st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**31))
def test_flipped_convolve_equals_scipy(height, width, k_h, k_w, seed):
    image, kernel = numbers(seed, (height, width), (k_h, k_w))
    full = signal.convolve2d(image, kernel, mode="full")
    np.testing.assert_allclose(convolve(image, kernel, padding="full", flip=True)[..., 0], full, atol=TOLERANCE)
    if k_h <= height and k_w <= width:
        valid = signal.convolve2d(image, kernel, mode="valid")
        np.testing.assert_allclose(convolve(image, kernel, flip=True)[..., 0], valid, atol=TOLERANCE)


@pytest.mark.parametrize("size", [3, 4, 5, 8, 15, 31])
@pytest.mark.parametrize("padding", ["valid", "same", "full", "reflect"])
@pytest.mark.parametrize("rank_one", [True, False])
def test_large_kernels_equal_scipy(size, padding, rank_one):
    """Sizes at which OpenCV changes its method: direct, two passes, Fourier."""
    image, kernel, column, row = numbers(size, (40, 47, 3), (size, size), size, size)
    kernel = np.outer(column, row) / size if rank_one else kernel / size
    before, after = (size - 1) // 2, size // 2
    pads = {"valid": (0, 0), "same": (before, after), "full": (size - 1,) * 2, "reflect": (before, after)}[padding]
    mode = "reflect" if padding == "reflect" else "constant"
    padded = np.pad(image, (pads, pads, (0, 0)), mode=mode)
    expected = np.stack([signal.correlate2d(padded[..., c], kernel, mode="valid") for c in range(3)], axis=2)
    np.testing.assert_allclose(convolve(image, kernel, padding=padding), expected, atol=TOLERANCE)


def test_the_input_is_left_alone():
    image, kernel = numbers(0, (9, 9, 3), (3, 3))
    copy = image.copy()
    convolve(image, kernel, padding="full")
    conv2d_transpose(image, np.ones((2, 2, 1, 3)), stride=2)
    np.testing.assert_array_equal(image, copy)


@CASES
@given(layers(paddings=("valid", "same", "full", "reflect")), st.booleans(), st.data())
def test_window_explains_the_output(case, flip, data):
    options = case["options"] | {"flip": flip}
    image, kernel = numbers(case["seed"], (*case["size"], case["channels"]), case["kernel"])
    output = convolve(image, kernel, **options)
    row = data.draw(st.integers(0, output.shape[0] - 1))
    column = data.draw(st.integers(0, output.shape[1] - 1))
    seen = window(image, kernel, row, column, **options)
    np.testing.assert_allclose(seen.sums, output[row, column], atol=TOLERANCE)
    np.testing.assert_allclose(seen.products, seen.patch * seen.weights[..., None])
    for i, source_row in enumerate(seen.rows):
        for j, source_column in enumerate(seen.columns):
            if 0 <= source_row < image.shape[0] and 0 <= source_column < image.shape[1]:
                np.testing.assert_array_equal(seen.patch[i, j], image[source_row, source_column])
            elif case["options"]["padding"] != "reflect":
                assert not seen.patch[i, j].any()


def test_the_guides_outline_on_a_ramp_is_zero():
    """An even slope has no second derivative: the centre equals the mean of its neighbours."""
    ramp = np.arange(1, 17, dtype=np.float32).reshape(4, 4)
    kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
    np.testing.assert_array_equal(convolve(ramp, kernel)[..., 0], np.zeros((2, 2)))
    np.testing.assert_array_equal(signal.convolve2d(ramp, kernel, mode="valid"), np.zeros((2, 2)))


def test_the_guides_vertical_edge_on_a_square():
    square = np.zeros((5, 5), np.float32)
    square[1:4, 1:4] = 1
    expected = [[2, 0, -2], [3, 0, -3], [2, 0, -2]]
    np.testing.assert_array_equal(convolve(square, np.array([[-1, 0, 1]] * 3))[..., 0], expected)


def test_up_convolution_of_u_net():
    kernel = np.array([[1, 2], [3, 4]], np.float32)[:, :, None, None]
    result = conv2d_transpose(np.array([[1, 2], [3, 4]], np.float32), kernel, stride=2)[..., 0]
    np.testing.assert_array_equal(result, np.kron([[1, 2], [3, 4]], [[1, 2], [3, 4]]))
    assert transposed_length(2, 2, stride=2) == (4, 0)


IMAGE = np.ones((4, 5, 3), np.float32)
SQUARE = np.ones((3, 3), np.float32)


@pytest.mark.parametrize(
    ("call", "received"),
    [
        (lambda: convolve(IMAGE, np.ones((6, 6))), "window=6"),
        (lambda: convolve(IMAGE, SQUARE, stride=0), "stride=0"),
        (lambda: convolve(IMAGE, SQUARE, stride=-1), "stride=-1"),
        (lambda: convolve(IMAGE, SQUARE, stride=(1, 2, 3)), "stride=(1, 2, 3)"),
        (lambda: convolve(IMAGE, SQUARE, stride=1.5), "stride=1.5"),
        (lambda: convolve(IMAGE, SQUARE, dilation=0), "dilation=0"),
        (lambda: convolve(IMAGE, SQUARE, dilation=3), "dilation=3"),
        (lambda: convolve(IMAGE, SQUARE, dilation=10**6, padding="same"), "sides=(2000001, 2000001)"),
        (lambda: convolve(IMAGE, SQUARE, padding="causal"), "padding='causal'"),
        (lambda: convolve(IMAGE, np.full((3, 3), np.nan)), "not a number"),
        (lambda: convolve(IMAGE, np.ones((0, 3))), "shape=(0, 3)"),
        (lambda: convolve(IMAGE, np.ones(3)), "shape=(3,)"),
        (lambda: convolve(np.ones((0, 5)), SQUARE), "shape=(0, 5, 1)"),
        (lambda: convolve(np.ones((1, 1)), SQUARE), "input=1"),
        (lambda: conv2d(IMAGE, SQUARE), "shape=(3, 3)"),
        (lambda: conv2d(IMAGE, np.ones((3, 3, 2, 4))), "channels=3"),
        (lambda: conv2d(IMAGE, np.ones((3, 3, 3, 4)), bias=np.ones(3)), "shape=(3,)"),
        (lambda: conv2d_transpose(IMAGE, np.ones((2, 2, 1, 3)), padding="full"), "padding='full'"),
        (lambda: window(IMAGE, SQUARE, 9, 0), "row=9"),
    ],
)
def test_what_a_user_can_mend(call, received):
    with pytest.raises(InputError) as caught:
        call()
    assert received in str(caught.value)


def test_a_long_thin_picture():
    strip = np.ones((20000, 1), np.float32)
    assert convolve(strip, SQUARE, padding="same").shape == (20000, 1, 1)
    with pytest.raises(InputError, match="does not fit"):
        convolve(strip, SQUARE)
