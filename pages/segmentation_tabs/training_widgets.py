"""The fields of a training's options: each is in the link, and keeps what it holds from page to page."""

from typing import Any

import streamlit as st

KEY = "seg_train"
KEPT: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}


def whole(label: str, name: str, limits: tuple[int, int], start: int, *, step: int = 1, say: str | None = None) -> int:
    """A whole number.

    Args:
        label: above the field.
        name: with which its key ends.
        limits: the smallest and the largest.
        start: what it holds at first.
        step: of its buttons.
        say: what more there is to know, behind the question mark.
    """
    low, high = limits
    return int(st.number_input(label, low, high, start, step, key=f"{KEY}_{name}", help=say, **KEPT))


def slide(
    label: str,
    name: str,
    limits: tuple[float, float, float],
    start: float,
    *,
    form: str | None = None,
    say: str | None = None,
) -> float:
    """A number on a slider; the arguments are as in `whole`, and `limits` has the step as well.

    Args:
        label: see `whole`.
        name: see `whole`.
        limits: the smallest, the largest, the step.
        start: see `whole`.
        form: how the number is written.
        say: see `whole`.
    """
    low, high, step = limits
    return float(st.slider(label, low, high, start, step, form, key=f"{KEY}_{name}", help=say, **KEPT))
