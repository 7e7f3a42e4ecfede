"""What a visitor can mend is said where it happens; anything else surfaces as the bug it is."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from cnn_core.errors import InputError


@contextmanager
def mendable() -> Iterator[None]:
    """Turn an `InputError` of the block into a message in its place."""
    try:
        yield
    except InputError as error:
        st.error(str(error), icon=":material/error:")
