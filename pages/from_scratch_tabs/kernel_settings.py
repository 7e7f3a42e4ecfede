"""The controls of Learn a kernel: the hidden filter, what the learner sees, how it goes down."""

from collections.abc import Sequence

import streamlit as st

from cnn_core.hidden_filters import FILTERS, INPUTS, RANDOM, SURPRISE, TYPED
from cnn_core.kernel_learning import LARGEST, OPTIMIZERS
from cnn_core.kernel_learning_snippets import Lesson
from cnn_core.kernels import KERNELS
from pages.ui.lesson import has_room
from pages.ui.matrix import matrix_editor
from pages.ui.one_of import one_of

PREFIX = "scratch_kernel"
TEXT, STEP, GUESS, SHOWN, NUMBER = (f"{PREFIX}_{name}" for name in ("text", "step", "guess", "shown", "number"))
SIDES = tuple(range(1, LARGEST + 1, 2))
# Parts of the largest rate that does not explode.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99, 1.01, 1.05, 1.2, 1.5, 2.0)
ADAM_RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
STEPS = (20, 50, 100, 200, 400, 1000, 2000, 4000)
# What a batch is called, and how many crops it has.
BATCHES = {"The whole picture": 0, "1 crop": 1, "4 crops": 4}
NOISES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
STARTS = {"zeros": "Zeros", "random": "Random"}
TITLES = {SURPRISE: "Surprise me", RANDOM: "Random weights", TYPED: "One I type"}


def settings() -> tuple[Lesson, float]:
    """Draw the controls.

    Returns:
        What is learned and how; and the learning rate as a part of the largest, which the lesson does not know yet.
        Adam has no largest: there the part is 0, and the lesson has the rate.
    """
    hidden, number, text = _hidden()
    picture = one_of("The learner sees", INPUTS, key=f"{PREFIX}_picture", default="photo")
    centred = st.toggle(
        "Subtract its mean",
        True,
        key=f"{PREFIX}_centred",
        bind="query-params",
        help="Networks are given pictures with a mean near 0. Without it all weights are pulled at together.",
    )
    side = int(_slider("Side of the kernel that learns", SIDES, 5, "side"))
    optimizer = one_of("Optimizer", OPTIMIZERS, key=f"{PREFIX}_optimizer", default="gradient")
    share = rate = 0.0
    if optimizer == "adam":
        rate = _slider("Learning rate", ADAM_RATES, 0.05, "adam")
    else:
        say = "The limit, 2 / L, follows from the picture: see the numbers below the player."
        share = _slider("Learning rate, as a part of the limit", SHARES, 0.9, "share", say)
    with st.expander("Batch, steps, noise, start", expanded=has_room(), key=f"{PREFIX}_more"):
        say = "A crop holds 8 × 8 outputs, at a random place."
        names = {name: name for name in BATCHES}
        batch = one_of("A batch is", names, key=f"{PREFIX}_batch", default="The whole picture", say=say)
        steps = int(_slider("Steps", STEPS, 400, "steps"))
        say = "Standard deviation of what is added to each pixel that the hidden filter gave"
        noise = _slider("Noise on the target", NOISES, 0.0, "noise", say)
        start = one_of("Begin with", STARTS, key=f"{PREFIX}_start", default="zeros")
        say = "Of the start, the crops and the noise"
        seed = int(st.number_input("Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", help=say))
    lesson = Lesson(
        hidden=hidden,
        number=number,
        text=text,
        picture=picture,
        centred=bool(centred),
        side=side,
        noise=noise,
        optimizer=optimizer,
        rate=rate,
        steps=steps,
        crops=BATCHES[batch],
        start=start,
        seed=seed,
    )
    return lesson, share


def _hidden() -> tuple[str, int, str]:
    """Which filter is hidden, as `hidden_filters.hidden_filter` takes it: choice, number, text."""
    hidden = str(
        st.selectbox(
            "Hidden filter",
            [SURPRISE, *FILTERS, RANDOM, TYPED],
            format_func=lambda name: TITLES.get(name) or KERNELS[name].title,
            key=f"{PREFIX}_hidden",
            bind="query-params",
            on_change=forget_guess,
        )
    )
    number, text = 0, ""
    if hidden in {SURPRISE, RANDOM}:
        left, right = st.columns(2, vertical_alignment="bottom", gap="small")
        number = int(left.number_input("Number", 0, 9999, 0, key=NUMBER, bind="query-params", on_change=forget_guess))
        right.button("Another", key=f"{PREFIX}_another", icon=":material/casino:", on_click=_another, width="stretch")
    if hidden == TYPED:
        text = st.text_input(
            "Rows end with a semicolon, cells with a comma", "1,0,-1;2,0,-2;1,0,-1", key=TEXT, bind="query-params"
        )
        matrix_editor(target=TEXT, key=f"{PREFIX}_matrix", label="Hidden filter")
    return hidden, number, str(text)


def _slider(label: str, values: Sequence[float], usual: float, name: str, say: str | None = None) -> float:
    """One of a few numbers."""
    return float(st.select_slider(label, values, usual, key=f"{PREFIX}_{name}", bind="query-params", help=say))


def forget_guess() -> None:
    """Another filter is hidden: nothing has been guessed or shown, and the player is at its beginning."""
    st.session_state[GUESS] = None
    st.session_state[SHOWN] = False
    st.session_state[STEP] = 0


def _another() -> None:
    st.session_state[NUMBER] = (int(st.session_state.get(NUMBER, 0)) + 1) % 10_000
    forget_guess()
