"""Equivariance where theory says so, and only there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.translation import translate, translation_test

IMAGE = np.random.default_rng(5).random((40, 37, 1)).astype(np.float32)
KERNEL = np.random.default_rng(6).standard_normal((3, 5)).astype(np.float32)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
    st.integers(1, 4),
    st.sampled_from(["valid", "same", "full", "reflect"]),
    st.integers(1, 2),
)
def test_whole_steps_are_equivariant_inside(steps, stride, padding, dilation):
    shift = (steps[0] * stride, steps[1] * stride)
    test = translation_test(IMAGE, KERNEL, shift=shift, stride=stride, padding=padding, dilation=dilation)
    assert test.exact
    assert test.steps == steps
    assert test.inside.any()
    assert test.largest_inside < 1e-5


def test_half_a_step_is_not():
    test = translation_test(IMAGE, KERNEL, shift=(0, 1), stride=2)
    assert not test.exact
    assert test.largest_inside > 0.1


def test_the_border_is_not():
    test = translation_test(IMAGE, np.ones((5, 5)), shift=(3, 0), padding="same")
    assert test.largest_inside < 1e-5
    assert test.largest > 0.1
    assert not test.inside[:3].any()


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_translate_is_a_shift_with_zeros(rows, columns):
    moved = translate(IMAGE, rows, columns)
    for r, c in [(0, 0), (20, 18), (39, 36), (7, 30)]:
        inside = 0 <= r - rows < 40 and 0 <= c - columns < 37
        assert moved[r, c, 0] == (IMAGE[r - rows, c - columns, 0] if inside else 0)


def test_a_shift_out_of_the_picture():
    with pytest.raises(InputError, match="shift=\\(40, 0\\)"):
        translation_test(IMAGE, KERNEL, shift=(40, 0))
