"""What the picture says about the weights: the limit of the rate, what is learned first, what cannot be learned."""

import math

import numpy as np
import streamlit as st

from cnn_core.drawing import signed_heat, signed_limit, significant
from cnn_core.kernel_learning import Curvature, Path
from cnn_core.kernel_learning_snippets import Lesson
from pages.from_scratch_tabs.kernel_settings import PREFIX
from pages.ui.lesson import has_room
from pages.ui.pictures import Shown, draw_row, shown

_PATTERNS = 6


def draw_facts(bent: Curvature, path: Path, lesson: Lesson, *, limit: float) -> None:
    """Numbers, notices, and patterns in the order in which they are learned.

    Args:
        bent: the curvature of the loss.
        path: the descent.
        lesson: how it went down.
        limit: the rate from which on it explodes; may be infinite.
    """
    with st.container(horizontal=True, gap="medium"):
        st.metric("Learning rate", significant(lesson.rate, 4))
        st.metric(
            "Its limit",
            "none" if math.isinf(limit) else significant(limit, 4),
            help="2 / L, and with momentum m 2 (1 + m) / L. Adam divides each step by the gradient's usual size.",
        )
        st.metric("L", significant(float(bent.values[0]), 4), help="The largest curvature of the loss")
        st.metric(
            "Condition number",
            significant(bent.condition),
            help="The largest curvature over the smallest that is not 0: so much slower is the slowest direction.",
        )
        st.metric(
            "Determined",
            f"{bent.determined} of {bent.values.size}",
            help="Directions of the kernel that the picture says anything about: the rank of A",
        )
    _notices(bent, path, lesson, limit=limit)
    st.markdown("**What is learned first, and what last**")
    with st.container(key=f"strip_{PREFIX}_patterns"):
        columns = _PATTERNS if has_room() else _PATTERNS // 2
        rate = lesson.rate if lesson.optimizer == "gradient" else 0.0
        draw_row(_patterns(bent, rate), columns=columns, key=f"{PREFIX}_patterns")
    st.caption(
        "Any error of the kernel is a sum of these patterns, the eigenvectors of the Hessian 2 A. A picture whose "
        "neighbouring pixels are alike bends the loss strongly for smooth patterns and hardly for fine ones, so fine "
        "detail comes last. Gradient descent multiplies the part of each by |1 − rate × curvature| in a step."
    )


def _notices(bent: Curvature, path: Path, lesson: Lesson, *, limit: float) -> None:
    if path.exploded:
        share = lesson.rate / limit
        reason = (
            f"the rate is {significant(share)} of the limit: along the steepest pattern each step overshoots by more "
            "than it corrects"
            if share > 1
            else "a crop can be steeper than the whole picture: its own limit is lower"
        )
        st.warning(f"Exploded at step {path.steps[-1]}: {reason}.", icon=":material/bomb:")
    elif lesson.crops:
        st.caption(
            "The loss is that of the whole picture, the gradient that of a batch: it is right on average only, so the "
            "loss goes up at times."
        )
    missing = bent.values.size - bent.determined
    if missing:
        st.info(
            f"The picture determines {bent.determined} of {bent.values.size} directions: A is singular. There are "
            f"{missing} patterns that can be added to the kernel without any change in the output. Descent leaves "
            "them as they were at the start; least squares takes the smallest weights of all that fit.",
            icon=":material/visibility_off:",
        )


def _patterns(bent: Curvature, rate: float) -> list[Shown]:
    count = bent.values.size
    places = np.unique(np.rint(np.linspace(0, count - 1, min(_PATTERNS, count))).astype(int)).tolist()
    pictures = []
    for place in places:
        curvature = float(bent.values[place]) if place < bent.determined else 0.0
        speed = f", × {abs(1 - rate * curvature):.3f} a step" if rate else ""
        pattern = bent.patterns[place]
        pictures.append(
            shown(
                f"{place + 1} of {count}",
                signed_heat(pattern, limit=signed_limit(pattern)),
                alt=f"Eigenvector {place + 1} of {count} as a pattern of weights, blue below 0, orange above",
                caption=f"curvature {significant(curvature)}{speed}",
            )
        )
    return pictures
