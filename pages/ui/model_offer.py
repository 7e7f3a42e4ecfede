"""A network of a hub: what it is said to be, and a button while it is not on this machine."""

from collections.abc import Callable

import streamlit as st

from pages.ui.progress import ProgressBar


def model_offer(
    about: str, *, key: str, present: bool, download: Callable[[Callable[[int, int], None]], object]
) -> None:
    """Draw size and licence, and a button while the model is not here; the page ends here until it is.

    Args:
        about: size, licence, figure.
        key: what the button's key begins with.
        present: whether it is here.
        download: given a function that takes the bytes so far and in all.

    Raises:
        InputError: the download failed.
    """
    st.caption(about)
    if present:
        return
    if st.button("Download it", key=f"{key}_download", icon=":material/download:", type="primary"):
        bar = ProgressBar("Downloading, bytes")
        download(lambda done, total: bar.draw(done, max(total, done)))
        st.rerun()
    st.stop()
