"""Boxes as text: what is written is read back, and what is no box is refused by name."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnn_core.box_text import LONGEST_TEXT, MOST_BOXES, boxes_from_text, boxes_to_text
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError

NAMES = ("cat", "traffic light", "a; b 2", "7")
SIZE = (60, 100)


# On a busy machine drawing alone may take seconds.
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 89), st.integers(0, 49), st.integers(1, 10), st.integers(1, 10), st.integers(0, 3)),
        max_size=8,
    )
)
def test_what_is_written_is_read_back(rows: list[tuple[int, int, int, int, int]]) -> None:
    corners = np.array([[x / 1, y + 0.5, x + w, y + h] for x, y, w, h, _ in rows], np.float32).reshape(-1, 4)
    boxes = Boxes(corners, [row[4] for row in rows], None, NAMES)
    again = boxes_from_text(boxes_to_text(boxes), names=NAMES, size=SIZE)
    np.testing.assert_allclose(again.corners, boxes.corners, atol=0.05)
    assert again.labels.tolist() == boxes.labels.tolist()


def test_boxes_are_clipped_and_those_outside_are_left_out() -> None:
    text = "cat -5 10 30 20\ncat 200 10 300 20; ; traffic light 90 50 1e3 90"
    found = boxes_from_text(text, names=NAMES, size=SIZE)
    assert found.corners.tolist() == [[0, 10, 30, 20], [90, 50, 100, 60]]
    assert found.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat 1 2 3", "Box 1 is not a class and four numbers"),
        ("1 2 3 4", "Box 1 is not a class and four numbers"),
        ("cat 1 2 3 4; cat 1 2 3 nan", "Box 2 is not a class"),
        ("cat 1 2 3 inf", "Box 1 is not a class"),
        ("dog 1 2 3 4", "Box 1 is of a class that there is not"),
        ("cat 9 2 3 4", "Box 1 ends before it begins"),
        ("cat 1 2 3 4;" * (MOST_BOXES + 1), "too many boxes"),
        ("x" * (LONGEST_TEXT + 1), "too long"),
    ],
)
def test_what_is_no_box_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        boxes_from_text(text, names=NAMES, size=SIZE)
