"""The player of Learn a kernel, and the numbers of the step at which it stands."""

import streamlit as st

from cnn_core.drawing import significant
from cnn_core.hidden_filters import Hidden
from cnn_core.kernel_learning import Curvature, Path, Task, differences, least_squares
from cnn_core.kernel_learning_snippets import Lesson
from pages.from_scratch_tabs.kernel_settings import PREFIX, STEP
from pages.ui.descent import descent_player
from pages.ui.picture import Picture


def linked_moment(path: Path) -> int:
    """Which of the path's moments is shown first: the one at, or before, the step in the link."""
    return path.moment_at(int(st.session_state.get(STEP) or _linked_step()))


def _linked_step() -> int:
    text = st.query_params.get(STEP, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def draw_player(
    task: Task,
    bent: Curvature,
    path: Path,
    *,
    hidden: Hidden | None,
    picture: Picture,
    lesson: Lesson,
    moment: int,
) -> None:
    """The descent, to be played in the browser.

    Args:
        task: what is learned from.
        bent: the curvature of its loss.
        path: the descent.
        hidden: the hidden filter, once it may be seen.
        picture: the photo.
        lesson: all else that the path depends on.
        moment: which of the path's moments is shown first.
    """
    missing = bent.determined < bent.values.size
    descent_player(
        task,
        path,
        key=f"{PREFIX}_player",
        turn=f"{picture.key} {lesson}",
        moment=moment,
        target=STEP,
        best=least_squares(task, bent),
        hidden=hidden.kernel if hidden else None,
        hidden_title=f"Hidden: {hidden.title}" if hidden else "",
        distances=differences(path.kernels, hidden.kernel) if hidden else None,
        unseen=bent.patterns[-1] if missing else None,
        what=picture.name if lesson.picture == "photo" else f"the picture of {lesson.picture}",
    )


def draw_step(path: Path, moment: int, hidden: Hidden | None) -> None:
    """The number of the step, which the player writes and which can be typed, and how far the kernel is then."""
    last = int(path.steps[-1])
    kept = st.session_state.get(STEP)
    if kept is not None and not 0 <= kept <= last:
        # Fewer steps than before, or one that exploded: a value beyond them would be an exception.
        st.session_state[STEP] = last
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.number_input("Step", 0, last, 0, key=STEP, bind="query-params", width=130)
        st.metric("Loss at this step", significant(float(path.losses[moment])))
        st.metric("Of the loss at the start", significant(path.left(moment)))
        if hidden:
            away = differences(path.kernels[moment : moment + 1], hidden.kernel)
            st.metric("Largest difference from the hidden filter", significant(float(away[0])))
