"""Which epoch of a run is looked at: the last one as the run goes on, until another is chosen."""

from collections.abc import Sequence

import streamlit as st


def epoch_slider(run_id: str, epochs: Sequence[int], *, key: str, label: str, what: str) -> int:
    """Draw a slider over the epochs; the one that it stands at.

    Args:
        run_id: of the run: another run begins at its last epoch.
        epochs: their numbers, at least one.
        key: with which the slider's key begins.
        label: of the slider.
        what: its help.
    """
    slider, followed = f"{key}_epoch", f"{key}_epoch_followed"
    last = epochs[-1]
    was = st.session_state.get(followed)
    if was is None or was[0] != run_id or st.session_state.get(slider) in {None, was[1]}:
        st.session_state[slider] = last
    st.session_state[followed] = (run_id, last)
    if len(epochs) == 1:
        st.caption("Before the first epoch:" if not last else f"Behind epoch {last}:")
        return last
    return int(st.select_slider(label, epochs, key=slider, help=what))
