"""Waiting for Keras, which a page needs and the server may still be loading."""

import math
import time

import streamlit as st

from pages.ui import warm_up

# Keras is there at once, in nearly every run of a page.
_AT_ONCE = 0.05
_BETWEEN_DRAWINGS = 0.25
_USUAL_SECONDS = 12.0


def keras_is_here() -> bool:
    """Whether Keras has been imported; its import begins now where it has not."""
    thread = warm_up.load_keras()
    thread.join(_AT_ONCE)
    return not thread.is_alive()


def wait_for_keras(what: str) -> None:
    """Return when Keras has been imported; a bar moves meanwhile, and a control that is used is heard.

    Args:
        what: needs it, such as "The feature maps".
    """
    if keras_is_here():
        return
    thread, place, began = warm_up.load_keras(), st.empty(), time.monotonic()
    while thread.is_alive():
        # Nobody knows how far an import is: the bar slows down and never comes to its end.
        share = 1 - math.exp(-(time.monotonic() - began) / _USUAL_SECONDS)
        place.progress(share, text=f"{what} need Keras, which is being loaded: once after the server's start")
        thread.join(_BETWEEN_DRAWINGS)
    place.empty()
