"""The crop picker's Python side; `tests/browser/test_crop.py` drags it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.ui.crop import clamped, take_position


def script():
    import numpy as np
    import streamlit as st

    from pages.ui.crop import crop_picker

    rows = st.number_input("rows", 1, 500, 8, key="rows")
    st.number_input("row", 0, 500, 12, key="row")
    st.number_input("column", 0, 500, 20, key="column")
    crop_picker(
        np.zeros((30, 50, 3), np.uint8), rows=rows, columns=10, key="crop", row_target="row", column_target="column"
    )


def data(app: AppTest) -> dict:
    assert not app.exception
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_rectangle_follows_the_number_fields():
    app = AppTest.from_function(script, default_timeout=60).run()
    sent = data(app)
    assert (sent["width"], sent["height"], sent["rows"], sent["columns"]) == (50, 30, 8, 10)
    assert (sent["row"], sent["column"]) == (12, 20)
    assert "8 by 10 pixels" in sent["label"]
    app.number_input("row").set_value(5).run()
    assert data(app)["row"] == 5


def test_rectangle_stays_inside_the_picture():
    app = AppTest.from_function(script, default_timeout=60).run()
    app.number_input("row").set_value(400).run()
    app.number_input("column").set_value(45).run()
    assert (data(app)["row"], data(app)["column"]) == (22, 40)
    app.number_input("rows").set_value(99).run()
    assert (data(app)["rows"], data(app)["row"]) == (30, 0)


def test_clamped():
    assert [clamped(value, 7) for value in (-1, 0, 7, 8)] == [0, 0, 7, 7]
    assert clamped(np.int64(3), 7) == 3


@pytest.mark.parametrize(
    ("sent", "kept"),
    [([4, 9], {"row": 4, "column": 9}), (None, {}), ("4,9", {}), ([1], {}), ([1.5, 2], {}), (["1", "2"], {}), ({}, {})],
)
def test_only_two_whole_numbers_are_taken(sent, kept, monkeypatch):
    state = {"crop": SimpleNamespace(position=sent)}
    monkeypatch.setattr(st, "session_state", state)
    take_position("crop", "row", "column")
    assert {name: value for name, value in state.items() if name != "crop"} == kept
