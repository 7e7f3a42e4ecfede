"""Tab Learn a kernel: a filter is hidden, and gradient descent finds it on the visitor's photo."""

from typing import Any

import numpy as np
import streamlit as st

from cnn_core.hidden_filters import SURPRISE, hidden_filter, learners_picture
from cnn_core.kernel_learning import Curvature, Path, Task, curvature, descend, largest_rate, make_task
from cnn_core.kernel_learning_snippets import Lesson, at_rate, lesson_code
from pages.from_scratch_tabs.kernel_downloads import draw_downloads
from pages.from_scratch_tabs.kernel_facts import draw_facts
from pages.from_scratch_tabs.kernel_guess import revealed
from pages.from_scratch_tabs.kernel_player import draw_player, draw_step, linked_moment
from pages.from_scratch_tabs.kernel_settings import PREFIX, settings
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
        lesson, share = settings()
    with right:
        what_happens(
            "A filter that you do not see has turned the picture into the target. A kernel begins with zeros; the "
            "gradient of its mean squared error says which way each weight has to go, and step by step the kernel "
            "becomes the filter: what training does in every layer of a network, here with one layer and one photo.",
            FORMULA,
        )
        picture = shared_picture()
        hidden = hidden_filter(lesson.hidden, number=lesson.number, text=lesson.text)
        task, bent = _task(picture.key, _seen(lesson), hidden.kernel, picture)
        limit = largest_rate(bent, lesson.optimizer)
        if share:
            lesson = at_rate(lesson, share, limit=limit)
        path = _path(picture.key, lesson, hidden.kernel, task)
        shown = hidden if revealed(hidden, asked=lesson.hidden == SURPRISE) else None
        moment = linked_moment(path)
        draw_player(task, bent, path, hidden=shown, picture=picture, lesson=lesson, moment=moment)
        draw_step(path, moment, shown)
        draw_facts(bent, path, lesson, limit=limit)
        draw_downloads(path, moment, picture)
        same_in_code(lesson_code(lesson), key=PREFIX, file="learn_a_kernel")


def _seen(lesson: Lesson) -> tuple[str, bool, int, float, int]:
    """What the task depends on, besides photo and filter."""
    return lesson.picture, lesson.centred, lesson.side, lesson.noise, lesson.seed


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
