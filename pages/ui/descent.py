"""A kernel on its way down the loss: Python sends the path once, `assets/descent` plays it and filters the photo."""

from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnn_core.drawing import DIVERGING, diverging_table, significant
from cnn_core.kernel_learning import Path as Descent
from cnn_core.kernel_learning import Task
from cnn_core.kernel_learning_scales import scales_of

_ASSETS = Path(__file__).parents[2] / "assets"
_SCRIPTS = ("matrix/colours", "descent/arithmetic", "descent/drawings", "descent/descent")
_mount = st.components.v2.component(
    "cnn_descent",
    css=(_ASSETS / "descent/descent.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
)


def descent_player(
    task: Task,
    path: Descent,
    *,
    key: str,
    turn: str,
    moment: int,
    target: str,
    best: NDArray[np.float64],
    hidden: NDArray[np.floating] | None = None,
    hidden_title: str = "",
    distances: NDArray[np.float64] | None = None,
    unseen: NDArray[np.float64] | None = None,
    what: str = "the picture",
) -> None:
    """Draw the player; where it stops it writes the number of the update into a widget.

    Args:
        task: photo and target.
        path: what is played.
        key: of the component.
        turn: another one means another path: it is shown from `moment` on.
        moment: which of the path's moments is shown first.
        target: session-state key of the number widget that holds the update's number.
        best: the kernel by least squares; sent only with the hidden one, which it gives away.
        hidden: the hidden filter, once it may be seen.
        hidden_title: what it is called.
        distances: (m,) largest difference from it at each moment.
        unseen: a pattern that the picture does not determine.
        what: the input in words, for those who do not see it.
    """
    scales = scales_of(task, path, [best] if hidden is None else [best, hidden])
    heat = f"linear-gradient(to right, {', '.join(DIVERGING)})"
    grey = "linear-gradient(to right, #000, #fff)"
    ends = [f"−{significant(scales.reach)}", significant(scales.reach)]
    output = ["target, output", *ends, heat] if scales.signed else ["target, output", "0", ends[1], grey]
    _mount(
        key=key,
        data={
            "photo": task.photo.astype(np.float32).ravel(),
            "rows": task.photo.shape[0],
            "columns": task.photo.shape[1],
            "darkest": scales.darkest,
            "brightest": scales.brightest,
            "target": task.target.astype(np.float32).ravel(),
            "target_size": list(task.target.shape),
            "corner": list(task.corner),
            "kernels": path.kernels.astype(np.float32).ravel(),
            "side": list(task.shape),
            "steps": path.steps.astype(np.float32),
            "losses": path.losses,
            "distances": distances,
            "hidden": None if hidden is None else [float(weight) for weight in hidden.ravel()],
            "hidden_size": None if hidden is None else list(hidden.shape),
            "hidden_title": hidden_title,
            "best": None if hidden is None else best.ravel().tolist(),
            "unseen": None if unseen is None else unseen.ravel().tolist(),
            "limit": scales.limit,
            "is_signed": scales.signed,
            "low": scales.low,
            "high": scales.reach,
            "reach": scales.reach,
            "table": diverging_table().ravel().tolist(),
            "bars": [output, ["error", *ends, heat]],
            "alts": {
                "input": f"The input in grey: {what}",
                "target": f"What the hidden filter makes of {what}",
                "answer": f"What the learned kernel makes of {what} at this step",
                "error": "The output minus the target: white where it is right",
            },
            "turn": turn,
            "moment": moment,
        },
        on_moment_change=partial(take_moment, key, target, tuple(path.steps.tolist())),
    )


def take_moment(key: str, target: str, steps: tuple[int, ...]) -> None:
    """Write the update that the browser stopped at into its widget; anything that is no moment is ignored."""
    sent = st.session_state[key].get("moment")
    if type(sent) is int and 0 <= sent < len(steps):
        st.session_state[target] = steps[sent]
