"""The photo with boxes: what is sent to the browser, and that nothing it sends back is believed unseen."""

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.boxes import Boxes
from cnn_core.drawing import OKABE_ITO
from pages.ui import box_picture as module
from pages.ui.box_editor import take_edit
from pages.ui.box_picture import marks_of, photo_source, take_selection, take_spot

NAMES = ("cat", "dog")
SIZE = (60, 100)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What callbacks read and write, in place of a session's state."""
    values: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", values)
    return values


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"place": 1, "turn": 1}, 1),
        ({"place": None, "turn": 1}, None),
        ({"place": 2}, None),
        ({"place": -1}, None),
        ({"place": True}, None),
        ({"place": "1"}, None),
        ({"place": 0.5}, None),
        ("1", None),
        (None, None),
    ],
)
def test_only_boxes_that_are_there_can_be_selected(state: dict[str, Any], sent: Any, place: int | None) -> None:
    state.update(boxes={"select": sent}, chosen=0)
    take_selection("boxes", "chosen", 2)
    assert state["chosen"] == place


@pytest.mark.parametrize(
    ("sent", "spot"),
    [
        ({"x": 3, "y": 4.5, "turn": 2}, (3.0, 4.5)),
        ({"x": 100, "y": 4}, None),
        ({"x": 3, "y": -1}, None),
        ({"x": float("nan"), "y": 4}, None),
        ({"x": "3", "y": 4}, None),
        ({}, None),
        ([3, 4], None),
    ],
)
def test_only_spots_in_the_photo_are_taken(state: dict[str, Any], sent: Any, spot: Any) -> None:
    state.update(boxes={"spot": sent}, spot=None)
    take_spot("boxes", "spot", SIZE)
    assert state["spot"] == spot


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([[1, 2, 30.5, 40, 1], [0, 0, 5, 5, 0]], "dog 1 2 30.5 40; cat 0 0 5 5"),
        ([], ""),
        ([[-5, 2, 300, 40, 1]], "dog 0 2 100 40"),
        ([[5, 5, 5, 5, 1], [200, 200, 300, 300, 0]], ""),
    ],
)
def test_edited_boxes_become_text_that_is_in_the_photo(state: dict[str, Any], rows: Any, text: str) -> None:
    state.update(boxes={"edit": {"boxes": rows, "turn": 1}}, own="before")
    take_edit("boxes", "own", NAMES, SIZE, 3)
    assert state["own"] == text


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2, 30, 40, 2]],
        [[1, 2, 30, 40, -1]],
        [[1, 2, 30, 40, 0.5]],
        [[1, 2, 30, 40]],
        [[1, 2, 30, float("nan"), 0]],
        [[1, 2, 30, 1e9, 0]],
        [[1, 2, True, 40, 0]],
        [["1", 2, 30, 40, 0]],
        [[30, 2, 1, 40, 0]],
        [[1, 2, 3, 4, 0]] * 4,
        "boxes",
        [None],
        None,
    ],
)
def test_what_is_no_box_changes_nothing(state: dict[str, Any], rows: Any) -> None:
    state.update(boxes={"edit": {"boxes": rows, "turn": 1}}, own="before")
    take_edit("boxes", "own", NAMES, SIZE, 3)
    assert state["own"] == "before"


def test_a_mark_tells_class_and_score_in_a_colour_that_can_be_told_apart() -> None:
    boxes = Boxes([[1, 2, 3, 4], [0, 0, 9, 9]], [1, 0], [0.876, 0.5], NAMES)
    first, second = marks_of(boxes, colours={0: "#123456"})
    assert (first.caption, first.colour, first.corners, first.group) == ("dog 0.88", OKABE_ITO[1], (1, 2, 3, 4), "dog")
    assert second.colour == "#123456"
    assert [mark.caption for mark in marks_of(boxes, scores=False)] == ["dog", "cat"]


@pytest.mark.parametrize(("height", "width", "kind"), [(50, 80, "webp"), (900, 1500, "jpeg")])
def test_a_photo_is_sent_at_the_size_shown(height: int, width: int, kind: str) -> None:
    rng = np.random.default_rng(height)
    pixels = np.repeat(np.repeat(rng.integers(0, 256, (height // 10, width // 10, 3), np.uint8), 10, 0), 10, 1)
    photo = photo_source(f"test {height}", pixels)
    assert (photo.height, photo.width) == (height, width)
    header, _, code = photo.source.partition("base64,")
    assert kind in header
    sent = np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB"))
    assert sent.shape[:2] == ((height, width) if kind == "webp" else (614, 1024))
    if kind == "webp":
        assert (sent == pixels).all()


def page() -> None:
    import numpy as np
    import streamlit as st

    from cnn_core.boxes import Boxes
    from pages.ui.box_editor import box_editor
    from pages.ui.box_picture import box_picture, marks_of, photo_source

    photo = photo_source("grey", np.full((60, 100, 3), 128, np.uint8))
    boxes = Boxes([[1, 2, 30, 40]], [0], [0.9], ("cat", "dog"))
    box_picture(photo, marks_of(boxes), key="seen", alt="A cat", selected=0, target="chosen", columns=("Class",))
    st.text_input("Own", key="own", value="dog 5 5 20.5 30")
    own = box_editor(photo, key="drawn", alt="To draw on", target="own", names=("cat", "dog"), most=4)
    st.text(str(own.corners.tolist()))


def test_both_modes_mount_with_what_they_need() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    seen, drawn = (json.loads(item.proto.json) for item in app.main.get("bidi_component"))
    assert (seen["selected"], seen["selectable"], seen["editor"], seen["columns"]) == (0, True, None, ["Class"])
    assert drawn["editor"]["boxes"] == [[5.0, 5.0, 20.5, 30.0, 1]]
    assert (drawn["editor"]["names"], drawn["editor"]["most"], drawn["selectable"]) == (["cat", "dog"], 4, False)
    assert app.text[0].value == "[[5.0, 5.0, 20.5, 30.0]]"


def test_the_browser_is_told_which_of_its_messages_was_heard() -> None:
    state = {"select": {"place": 1, "turn": 4}, "edit": {"boxes": [], "turn": 7}, "spot": {"turn": "no"}}
    assert module.turn_of(state) == 7
    assert module.turn_of({"select": None, "edit": "?"}) == 0
