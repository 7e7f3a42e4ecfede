"""Grids as text: round trip, every spelling that is read, every error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnn_core.errors import InputError
from cnn_core.grids import (
    MOST_CHANNELS,
    WORKED_EXAMPLES,
    format_channels,
    format_grid,
    format_number,
    parse_channels,
    parse_grid,
    split_cells,
)

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def read(text: str, max_side: int = 11) -> np.ndarray:
    return parse_grid(text, name="kernel", max_side=max_side)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=11), elements=FLOATS))
def test_round_trip_returns_the_same_float32(grid: np.ndarray) -> None:
    again = read(format_grid(grid))
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, grid)


@given(arrays(np.float32, array_shapes(min_dims=3, max_dims=3, max_side=6), elements=FLOATS))
def test_channels_come_back_in_their_order(grid: np.ndarray) -> None:
    again = parse_channels(format_channels(grid), name="crop", max_side=6)
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, grid)


def test_one_channel_is_written_as_a_grid() -> None:
    grid = np.float32([[1, 0.1], [-3, 4]])
    assert format_channels(grid) == format_channels(grid[:, :, None]) == format_grid(grid)
    assert parse_channels(format_grid(grid), name="crop", max_side=2).shape == (2, 2, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2|3", "Channel 2 of the crop has another size than channel 1.* Received: rows=1, columns=1"),
        ("1|", "The crop channel 2 is empty"),
        ("1,2|3,x", "The crop channel 2's cell in row 1, column 2 is not a number"),
        ("1|" * 10_000, f"The crop has too many channels. Use at most {MOST_CHANNELS}"),
        ("1|" + "1" * 100_000, "The crop channel 2 is too large"),
    ],
)
def test_errors_name_the_channel(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_channels(text, name="crop", max_side=4)


@given(FLOATS)
def test_number_is_as_short_as_python_can_write_it(value: float) -> None:
    text = format_number(value)
    assert np.float32(text) == np.float32(value)
    assert len(text) <= max(len(f"{np.float32(value):.9g}"), 1)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        grid = read(text)
    except InputError:
        return
    assert np.isfinite(grid).all()
    assert 1 <= min(grid.shape) <= max(grid.shape) <= 11


@pytest.mark.parametrize(
    "text",
    [
        "1,2;3,4",
        "1, 2; 3, 4;",
        "1,2;\n3,4\n",
        "1\t2\n3\t4\n",
        "1\t2\r\n3\t4\r\n",
        "1 2\n3 4",
        "  1   2 ; 3   4 ",
        "[[1, 2], [3, 4]]",
        "[[1 2]\n [3 4]]",
        "\n\n1,2\n3,4\n\n",
        "2/2,4/2;+3,4.0e0",
    ],
)
def test_every_spelling_gives_the_same_grid(text: str) -> None:
    np.testing.assert_array_equal(read(text), [[1, 2], [3, 4]])


def test_fractions_signs_and_exponents() -> None:
    np.testing.assert_array_equal(read("1/9,-1/4,−2;.5,2.,1e-3"), np.float32([[1 / 9, -0.25, -2], [0.5, 2, 1e-3]]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The kernel is empty"),
        (" ; \n", "The kernel is empty"),
        ("1,2;3", "Row 2 of the kernel has 1 cells where row 1 has 2"),
        ("1,2;;3,4", "Row 2 of the kernel is empty"),
        ("1,2;3,x", "row 2, column 2 is not a number. Type a number such as 2, -0.5 or 1/9. Received: cell='x'"),
        ("1,nan", r"row 1, column 2 is not a number \(NaN\)"),
        ("-inf,1", "row 1, column 1 is infinite"),
        ("1;1/0", "row 2, column 1 divides by zero"),
        ("1/2/3", "row 1, column 1 is not a number"),
        ("1,,2", "row 1, column 2 is empty"),
        ("1\t\t2", "row 1, column 2 is empty"),
        ("1e39", "row 1, column 1 is too large for 32-bit floats"),
        ("1e9999/1e9999", "row 1, column 1 is too large for 32-bit floats"),
        ("1_000", "row 1, column 1 is not a number"),
        ("١", "row 1, column 1 is not a number"),
        (
            ";".join(["1"] * 12),
            "too large. Use at most 11 rows and columns. Received: rows=12, columns=1",
        ),
        (",".join(["1"] * 12), "Received: rows=1, columns=12"),
        ("1" * 100_000, "The kernel is too large"),
    ],
)
def test_errors_say_where_and_what_to_change(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text)


def test_a_long_bad_cell_is_quoted_in_part() -> None:
    with pytest.raises(InputError) as caught:
        read("x" * 1000)
    assert len(str(caught.value)) < 200


def test_split_cells_keeps_what_was_typed() -> None:
    assert split_cells("1/9,nan;a,") == [["1/9", "nan"], ["a", ""]]


def test_worked_examples_are_valid_grids() -> None:
    for example in WORKED_EXAMPLES.values():
        assert format_grid(read(example.grid)) == example.grid
        assert format_grid(read(example.kernel)) == example.kernel
