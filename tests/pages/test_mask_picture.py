"""The photo with masks: nothing that the browser sends back is believed unseen."""

from typing import Any

import pytest
import streamlit as st

from pages.ui.mask_picture import NOTHING, take_look

SENT = {"view": "mask", "opacity": 0.3, "dim": True, "outline": 4, "least": 0.25, "hidden": [2, 0], "compare": False}
KEPT = {"view": "mask", "opacity": 0.3, "dim": True, "outline": 4, "least": 0.25, "hidden": "0-2", "compare": False}


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What callbacks read and write, in place of a session's state."""
    values: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", values)
    return values


def taken(state: dict[str, Any], sent: Any) -> dict[str, Any]:
    state["masks"] = {"look": sent}
    take_look("masks", "p", 3)
    return {name.removeprefix("p_"): value for name, value in state.items() if name.startswith("p_")}


def test_a_look_is_kept(state: dict[str, Any]) -> None:
    assert taken(state, {**SENT, "turn": 3}) == KEPT
    assert taken(state, {**SENT, "hidden": []})["hidden"] == NOTHING


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view", "code"),
        ("view", None),
        ("opacity", 1.2),
        ("opacity", float("nan")),
        ("opacity", "x"),
        ("dim", 1),
        ("outline", 2.5),
        ("outline", 99),
        ("least", -0.1),
        ("hidden", [3]),
        ("hidden", [0, 0, 1, 2]),
        ("hidden", [True]),
        ("hidden", "0-9999"),
        ("hidden", {"0": 1}),
        ("compare", "yes"),
    ],
)
def test_what_is_no_look_changes_nothing_of_its_kind(state: dict[str, Any], name: str, value: Any) -> None:
    got = taken(state, {**SENT, name: value})
    assert got == {other: kept for other, kept in KEPT.items() if other != name}


@pytest.mark.parametrize("sent", [None, "mask", [SENT], 5])
def test_what_is_no_message_changes_nothing(state: dict[str, Any], sent: Any) -> None:
    assert taken(state, sent) == {}
