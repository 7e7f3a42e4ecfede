"""Which epoch of a run is looked at: the last one as the run goes on, until another is chosen."""

from collections.abc import Sequence

import streamlit as st


def epoch_slider(run_id: str, epochs: Sequence[int], *, key: str, label: str, what: str, live: bool = False) -> int:
    """Draw a slider over the epochs; the one that it stands at.

    Args:
        run_id: of the run: another run begins at its last epoch.
        epochs: their numbers, at least one.
        key: with which the slider's key begins.
        label: of the slider.
        what: its help.
        live: whether epochs are still added: then a switch keeps to the last one, and the slider comes without it.
    """
    if live and st.toggle("Follow the training", value=True, key=f"{key}_follow", help="Else choose an epoch."):
        st.caption(f"After epoch {epochs[-1]}:" if epochs[-1] else "Before the first epoch:")
        return epochs[-1]
    slider, followed = f"{key}_epoch", f"{key}_epoch_followed"
    last = epochs[-1]
    was = st.session_state.get(followed)
    if was is None or was[0] != run_id or st.session_state.get(slider) in {None, was[1]}:
        st.session_state[slider] = last
    st.session_state[followed] = (run_id, last)
    if len(epochs) == 1:
        st.caption("Before the first epoch:" if not last else f"After epoch {last}:")
        return last
    return int(st.select_slider(label, epochs, key=slider, help=what))
