"""A progress bar that is not drawn more often than anybody sees."""

import time

import streamlit as st

_BETWEEN_DRAWINGS = 0.1


class ProgressBar:
    """What is done of how much, under one sentence; each drawing is a message to the browser."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._place = st.empty()
        self._drawn = 0.0

    def draw(self, done: int, total: int) -> None:
        """So much is done; the last one is always drawn."""
        if time.monotonic() - self._drawn > _BETWEEN_DRAWINGS or done == total:
            self._drawn = time.monotonic()
            self._place.progress(done / max(total, 1), text=f"{self._what}: {done:,} of {total:,}")

    def clear(self) -> None:
        """Nothing is left of it."""
        self._place.empty()
