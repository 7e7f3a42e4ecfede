"""Output sizes against Keras' own arithmetic."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.geometry import as_pair, output_length, output_size, padding_amounts


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    st.integers(1, 300), st.integers(1, 40), st.integers(1, 9), st.sampled_from(["valid", "same"]), st.integers(1, 5)
)
def test_output_length_is_keras(size, kernel, stride, padding, dilation):
    from keras.src.ops.operation_utils import compute_conv_output_shape

    assume(padding == "same" or size >= (kernel - 1) * dilation + 1)
    expected = compute_conv_output_shape(
        (1, size, 1), 1, (kernel,), strides=stride, padding=padding, dilation_rate=dilation
    )[1]
    assert output_length(size, kernel, stride=stride, padding=padding, dilation=dilation) == expected


@given(st.integers(1, 100), st.integers(1, 12))
def test_same_keeps_the_size_and_pads_the_odd_cell_behind(size, kernel):
    before, after = padding_amounts(size, kernel, padding="same")
    assert before + after == kernel - 1
    assert after - before in (0, 1)
    assert output_size(size, kernel, padding="same") == (size, size)


def test_full_touches_the_input_everywhere():
    assert output_length(5, 3, padding="full") == 7


@pytest.mark.parametrize("value", [0, -2, 1.5, "3", True, None, (1,), (1, 0), (1, 2, 3)])
def test_what_is_not_a_pair(value):
    with pytest.raises(InputError, match="Received: stride="):
        as_pair(value, "stride")
