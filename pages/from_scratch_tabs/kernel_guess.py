"""Which filter is hidden: asked, answered, or shown at once."""

import streamlit as st

from cnn_core.hidden_filters import Hidden
from cnn_core.kernels import KERNELS
from pages.from_scratch_tabs.kernel_settings import GUESS, SHOWN


def revealed(hidden: Hidden, *, asked: bool) -> bool:
    """Whether the hidden filter may be seen: guessed, or asked to be shown.

    Args:
        hidden: the filter.
        asked: whether one is to guess.
    """
    guess = None
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if asked:
            guess = st.segmented_control(
                "Play, look, then guess: which filter is hidden?",
                hidden.guesses,
                format_func=lambda name: KERNELS[name].title,
                key=GUESS,
                bind="query-params",
            )
        shown = st.toggle("Show the hidden filter", False, key=SHOWN, bind="query-params")
    if guess == hidden.name and guess:
        st.success(f"Right: {hidden.title}. {KERNELS[hidden.name].sentence}", icon=":material/check_circle:")
    elif guess:
        st.info(f"It is {hidden.title}. {KERNELS[hidden.name].sentence}", icon=":material/lightbulb:")
    return bool(guess) or bool(shown)
