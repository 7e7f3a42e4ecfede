"""The smallest picture that fits, against the arithmetic of window sizes; and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.architectures.limits import check_multiple, one_of, smallest_side, whole_number
from cnn_core.errors import InputError
from cnn_core.geometry import output_length

WINDOWS = st.lists(st.tuples(st.integers(1, 11), st.integers(1, 4)), max_size=6)


def cells(side: int, windows: list[tuple[int, int]]) -> int:
    for window, stride in windows:
        side = output_length(side, window, stride=stride)
    return side


@given(WINDOWS)
def test_the_smallest_side_leaves_one_cell_and_one_pixel_less_leaves_none(windows: list[tuple[int, int]]) -> None:
    side = smallest_side(windows)
    assert cells(side, windows) == 1
    if side > 1:
        with pytest.raises(InputError):
            cells(side - 1, windows)


@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from([2, 8, 32]))
def test_the_sizes_that_are_named_are_multiples_and_the_nearest(rows: int, columns: int, of: int) -> None:
    if rows % of == 0 and columns % of == 0:
        check_multiple(rows, columns, of=of, network="It")
        return
    with pytest.raises(InputError) as caught:
        check_multiple(rows, columns, of=of, network="It")
    named = [int(word) for word in caught.value.remedy.replace(",", " ").split() if word.isdigit()]
    assert named
    for size in named:
        assert size > 0
        assert size % of == 0
        assert min(abs(size - rows), abs(size - columns)) < of


@pytest.mark.parametrize("value", [True, 1.0, "1", None, np.float32(2), float("nan")])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="whole number"):
        whole_number(value, "depth", minimum=1, maximum=8)


def test_numpy_integers_are_whole_numbers() -> None:
    assert whole_number(np.int64(3), "depth", minimum=1, maximum=8) == 3


def test_a_bool_does_not_stand_for_a_number() -> None:
    assert one_of(1, "alpha", (0.5, 1.0)) == 1.0
    with pytest.raises(InputError):
        one_of(True, "alpha", (0.5, 1.0))
