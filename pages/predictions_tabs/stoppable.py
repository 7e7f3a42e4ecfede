"""Questions that take a while: asked once for all visitors, with a bar and a button to stop where they last."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from pages.ui.progress import ProgressBar

Found = TypeVar("Found")
Progress = Callable[[int, int], None]

# What is there sooner needs no bar, which would only flicker.
_SOON = 0.5
_MOST = 256


def asked_once(key: tuple[object, ...], ask: Callable[[Progress], Found], *, what: str, button: str) -> Found | None:
    """What `ask` gives, kept for whoever asks the same again; None where the visitor has stopped it.

    Args:
        key: what the answer depends on.
        ask: is given what to call with what is done and in all.
        what: the title of the bar.
        button: what the keys of its buttons begin with.
    """
    kept, stopped = _kept(), f"{button}_stopped"
    if key in kept:
        return kept[key]
    place = st.empty()
    if st.session_state.get(stopped) == key:
        with place.container(horizontal=True, vertical_alignment="center"):
            st.info(f"{what}: stopped.", icon=":material/stop_circle:", width="stretch")
            st.button("Go on", key=f"{button}_go_on", on_click=st.session_state.pop, args=(stopped, None))
        return None
    found = ask(_Bar(place, what, button, key).draw)
    place.empty()
    kept[key] = found
    while len(kept) > _MOST:
        kept.popitem(last=False)
    return found


class _Bar:
    """The bar and the button, drawn once it has taken a while."""

    def __init__(self, place: Any, what: str, button: str, key: tuple[object, ...]) -> None:
        self._place, self._what, self._button, self._key = place, what, button, key
        self._began = time.monotonic()
        self._bar: ProgressBar | None = None

    def draw(self, done: int, total: int) -> None:
        if self._bar is None:
            if done == total or time.monotonic() - self._began < _SOON:
                return
            with self._place.container():
                self._bar = ProgressBar(self._what)
                st.button(
                    "Stop",
                    key=f"{self._button}_stop",
                    icon=":material/stop_circle:",
                    on_click=_stop,
                    args=(f"{self._button}_stopped", self._key),
                )
        self._bar.draw(done, total)


def _stop(name: str, key: tuple[object, ...]) -> None:
    st.session_state[name] = key


@st.cache_resource
def _kept() -> OrderedDict[tuple[object, ...], Any]:
    return OrderedDict()
