"""Tab Learn a kernel: a filter is hidden, and gradient descent finds it on the visitor's photo."""

import csv
import io
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.drawing import npy, png, significant
from cnn_core.hidden_filters import SURPRISE, Hidden, hidden_filter, learners_picture
from cnn_core.kernel_learning import (
    Curvature,
    Path,
    Task,
    curvature,
    descend,
    differences,
    largest_rate,
    least_squares,
    make_task,
)
from cnn_core.kernel_learning_snippets import Lesson, lesson_code
from cnn_core.kernels import KERNELS
from pages.from_scratch_tabs.kernel_facts import draw_facts
from pages.from_scratch_tabs.kernel_settings import GUESS, PREFIX, SHOWN, STEP, Settings, settings
from pages.ui.descent import descent_player
from pages.ui.downloads import download
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.picture import Picture, shared_picture

FORMULA = (
    r"\begin{gathered} \text{loss}(k) = \tfrac{1}{n} \lVert P k - y \rVert^2 \\ \nabla = \tfrac{2}{n} P^\top (P k "
    r"- y), \quad k \leftarrow k - \eta\, \nabla \\ \text{converges while } \eta < \tfrac{2}{L}, \;\; L = "
    r"\lambda_{\max}\!\left(\tfrac{2}{n} P^\top P\right) \end{gathered}"
)


def _preset(**controls: object) -> dict[str, Any]:
    values: dict[str, object] = {
        "hidden": "sobel_x",
        "picture": "photo",
        "centred": True,
        "side": 5,
        "noise": 0.0,
        "optimizer": "gradient",
        "share": 0.9,
        "batch": "The whole picture",
        "steps": 400,
        "start": "zeros",
        "seed": 0,
        "step": 0,
        "shown": True,
    }
    return {f"{PREFIX}_{name}": value for name, value in (values | controls).items()}


PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Watch Sobel appear": (
        "Press play. The error falls fast at first, and the fine differences between neighbouring weights come last.",
        _preset(),
    ),
    "A rate just too large": (
        "1.05 times the limit: first the loss falls, as most patterns shrink; the steepest one grows all the while, "
        "turns its sign at each step, and in the end it is all there is.",
        _preset(share=1.05),
    ),
    "With its mean left in": (
        "All patches share the picture's brightness: that one pattern sets the limit, and everything else crawls.",
        _preset(centred=False),
    ),
    "Momentum": (
        "Steps that agree add up: the slow patterns are there in a fraction of the steps.",
        _preset(optimizer="momentum", share=0.5),
    ),
    "A kernel too small": (
        "A 3 × 3 kernel cannot do what a 7 × 7 one does: the loss stays above 0, and the kernel found is the best "
        "of its size.",
        _preset(hidden="gabor", side=3),
    ),
    "A flat picture": (
        "Every pixel is the same, so only the sum of the weights can be told. The loss reaches 0 with a wrong kernel.",
        _preset(hidden="emboss", picture="flat", centred=False, side=3, start="random"),
    ),
    "Bars": (
        "Nothing changes from row to row: the sums of the columns are found, how each is shared out is not.",
        _preset(hidden="scharr_x", picture="bars", side=3, start="random"),
    ),
}


def draw() -> None:
    """Controls on the left; the player and what it shows on the right."""
    try_this(PRESETS, page=PREFIX)
    left, right = st.columns([1, 2.6], gap="large")
    with left:
        chosen = settings()
    with right:
        what_happens(
            "A filter that you do not see has turned the picture into the target. A kernel begins with zeros; the "
            "gradient of its mean squared error says which way each weight has to go, and step by step the kernel "
            "becomes the filter: what training does in every layer of a network, here with one layer and one photo.",
            FORMULA,
        )
        picture = shared_picture()
        hidden = hidden_filter(chosen.hidden, number=chosen.number, text=chosen.text)
        seen = (chosen.picture, chosen.centred, chosen.side, chosen.noise, chosen.seed)
        task, bent = _task(picture.key, seen, hidden.kernel, picture)
        limit = largest_rate(bent, chosen.optimizer)
        rate = chosen.adam_rate or float(f"{chosen.share * limit:.6g}")
        lesson = _lesson(chosen, rate)
        path = _path(picture.key, lesson, hidden.kernel, task)
        revealed = _revealed(hidden, asked=chosen.hidden == SURPRISE)
        moment = _moment(path)
        _play(
            task,
            bent,
            path,
            hidden=hidden if revealed else None,
            picture=picture,
            lesson=lesson,
            moment=moment,
        )
        _at_step(path, moment, hidden if revealed else None)
        draw_facts(bent, path, optimizer=chosen.optimizer, rate=rate, limit=limit, crops=chosen.crops, key=PREFIX)
        _downloads(path, moment, picture)
        same_in_code(lesson_code(lesson), key=PREFIX, file="learn_a_kernel")


def _lesson(chosen: Settings, rate: float) -> Lesson:
    return Lesson(
        chosen.hidden,
        chosen.number,
        chosen.text,
        chosen.picture,
        chosen.centred,
        chosen.side,
        chosen.noise,
        chosen.optimizer,
        rate,
        chosen.steps,
        chosen.crops,
        chosen.start,
        chosen.seed,
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _task(
    key: str, seen: tuple[str, bool, int, float, int], hidden: np.ndarray, _picture: Picture
) -> tuple[Task, Curvature]:
    kind, centred, side, noise, seed = seen
    photo = learners_picture(kind, _picture.pixels, centred=centred)
    task = make_task(photo, hidden, side=side, noise=noise, seed=seed)
    return task, curvature(task)


@st.cache_resource(max_entries=16, show_spinner="The kernel learns …")
def _path(key: str, lesson: Lesson, hidden: np.ndarray, _task: Task) -> Path:
    return descend(
        _task,
        optimizer=lesson.optimizer,
        rate=lesson.rate,
        steps=lesson.steps,
        crops=lesson.crops,
        start=lesson.start,
        seed=lesson.seed,
    )


def _revealed(hidden: Hidden, *, asked: bool) -> bool:
    """Whether the hidden filter may be seen: guessed, or asked to be shown."""
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


def _moment(path: Path) -> int:
    """Which of the path's moments is shown first: the one at, or before, the step in the link."""
    step = int(st.session_state.get(STEP) or _linked_step())
    return int(np.searchsorted(path.steps, min(step, int(path.steps[-1])), side="right")) - 1


def _linked_step() -> int:
    text = st.query_params.get(STEP, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _play(
    task: Task,
    bent: Curvature,
    path: Path,
    *,
    hidden: Hidden | None,
    picture: Picture,
    lesson: Lesson,
    moment: int,
) -> None:
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


def _at_step(path: Path, moment: int, hidden: Hidden | None) -> None:
    last = int(path.steps[-1])
    kept = st.session_state.get(STEP)
    if kept is not None and not 0 <= kept <= last:
        # Fewer steps than before, or one that exploded: a value beyond them would be an exception.
        st.session_state[STEP] = last
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.number_input("Step", 0, last, 0, key=STEP, bind="query-params", width=130)
        st.metric("Loss at this step", significant(float(path.losses[moment])))
        st.metric("Of the loss at the start", significant(float(path.losses[moment] / max(path.losses[0], 1e-300))))
        if hidden:
            away = differences(path.kernels[moment : moment + 1], hidden.kernel)
            st.metric("Largest difference from the hidden filter", significant(float(away[0])))


def _downloads(path: Path, moment: int, picture: Picture) -> None:
    give = partial(download, key=f"{PREFIX}_download")
    with st.container(horizontal=True, gap="small"):
        give("Kernels of all steps (NPY)", lambda: npy(path.kernels), "kernels.npy", "application/x-npy")
        give("Learned kernel (CSV)", lambda: _grid(path.kernels[moment]), "kernel.csv", "text/csv")
        give("Curve (CSV)", lambda: _curve(path), "descent.csv", "text/csv")
        give("Picture (PNG), which the code reads", lambda: png(picture.pixels), "picture.png", "image/png")


def _grid(kernel: np.ndarray) -> bytes:
    return "".join(",".join(repr(float(weight)) for weight in row) + "\n" for row in kernel).encode()


def _curve(path: Path) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["step", "loss"])
    rows.writerows(zip(path.steps.tolist(), path.losses.tolist(), strict=True))
    return text.getvalue().encode()
