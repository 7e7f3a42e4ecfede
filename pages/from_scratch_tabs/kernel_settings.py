"""The controls of Learn a kernel: the hidden filter, what the learner sees, how it goes down."""

from dataclasses import dataclass

import streamlit as st

from cnn_core.hidden_filters import FILTERS, INPUTS, RANDOM, SURPRISE, TYPED
from cnn_core.kernel_learning import LARGEST, OPTIMIZERS
from cnn_core.kernels import KERNELS
from pages.ui.lesson import has_room
from pages.ui.matrix import matrix_editor

PREFIX = "scratch_kernel"
TEXT, STEP, GUESS, SHOWN, NUMBER = (f"{PREFIX}_{name}" for name in ("text", "step", "guess", "shown", "number"))
SIDES = tuple(range(1, LARGEST + 1, 2))
# Parts of the largest rate that does not explode.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99, 1.01, 1.05, 1.2, 1.5, 2.0)
ADAM_RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
STEPS = (20, 50, 100, 200, 400, 1000, 2000, 4000)
BATCHES = {"The whole picture": 0, "1 crop": 1, "4 crops": 4}
NOISES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
STARTS = {"zeros": "Zeros", "random": "Random"}
TITLES = {SURPRISE: "Surprise me", RANDOM: "Random weights", TYPED: "One I type"}


@dataclass(frozen=True)
class Settings:
    """What the controls say; the rate is a part of the largest, or Adam's own."""

    hidden: str
    number: int
    text: str
    picture: str
    centred: bool
    side: int
    noise: float
    optimizer: str
    share: float
    adam_rate: float
    crops: int
    steps: int
    start: str
    seed: int


def settings() -> Settings:
    """Draw the controls."""
    hidden = st.selectbox(
        "Hidden filter",
        [SURPRISE, *FILTERS, RANDOM, TYPED],
        format_func=lambda name: TITLES.get(name) or KERNELS[name].title,
        key=f"{PREFIX}_hidden",
        bind="query-params",
        on_change=forget_guess,
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
    picture = st.segmented_control(
        "The learner sees",
        list(INPUTS),
        default="photo",
        required=True,
        format_func=INPUTS.__getitem__,
        key=f"{PREFIX}_picture",
        bind="query-params",
        wrap=True,
    )
    centred = st.toggle(
        "Subtract its mean",
        True,
        key=f"{PREFIX}_centred",
        bind="query-params",
        help="Networks are given pictures with a mean near 0. Without it all weights are pulled at together.",
    )
    side = st.select_slider("Side of the kernel that learns", SIDES, 5, key=f"{PREFIX}_side", bind="query-params")
    optimizer, share, adam_rate = _rate()
    with st.expander("Batch, steps, noise, start", expanded=has_room(), key=f"{PREFIX}_more"):
        crops, steps, noise, start, seed = _more()
    return Settings(
        str(hidden),
        number,
        str(text),
        str(picture),
        bool(centred),
        int(side),
        noise,
        optimizer,
        share,
        adam_rate,
        crops,
        steps,
        start,
        seed,
    )


def _more() -> tuple[int, int, float, str, int]:
    """Crops in a batch, steps, noise, start, seed."""
    batch = st.segmented_control(
        "A batch is",
        list(BATCHES),
        default="The whole picture",
        required=True,
        key=f"{PREFIX}_batch",
        bind="query-params",
        wrap=True,
        help="A crop holds 8 × 8 outputs, at a random place.",
    )
    steps = st.select_slider("Steps", STEPS, 400, key=f"{PREFIX}_steps", bind="query-params")
    noise = st.select_slider(
        "Noise on the target",
        NOISES,
        0.0,
        key=f"{PREFIX}_noise",
        bind="query-params",
        help="Standard deviation of what is added to each pixel that the hidden filter gave",
    )
    start = st.segmented_control(
        "Begin with",
        list(STARTS),
        default="zeros",
        required=True,
        format_func=STARTS.__getitem__,
        key=f"{PREFIX}_start",
        bind="query-params",
        wrap=True,
    )
    seed = st.number_input(
        "Seed", 0, 9999, 0, key=f"{PREFIX}_seed", bind="query-params", help="Of the start, the crops and the noise"
    )
    return BATCHES[str(batch)], int(steps), float(noise), str(start), int(seed)


def _rate() -> tuple[str, float, float]:
    """The optimizer, the part of the largest rate, and Adam's rate; what is not asked for is 0."""
    optimizer = st.segmented_control(
        "Optimizer",
        list(OPTIMIZERS),
        default="gradient",
        required=True,
        format_func=OPTIMIZERS.__getitem__,
        key=f"{PREFIX}_optimizer",
        bind="query-params",
        wrap=True,
    )
    if optimizer == "adam":
        rate = st.select_slider("Learning rate", ADAM_RATES, 0.05, key=f"{PREFIX}_adam", bind="query-params")
        return "adam", 0.0, float(rate)
    share = st.select_slider(
        "Learning rate, as a part of the limit",
        SHARES,
        0.9,
        key=f"{PREFIX}_share",
        bind="query-params",
        help="The limit, 2 / L, follows from the picture: see the numbers below the player.",
    )
    return str(optimizer), float(share), 0.0


def forget_guess() -> None:
    """Another filter is hidden: nothing has been guessed or shown, and the player is at its beginning."""
    st.session_state[GUESS] = None
    st.session_state[SHOWN] = False
    st.session_state[STEP] = 0


def _another() -> None:
    st.session_state[NUMBER] = (int(st.session_state.get(NUMBER, 0)) + 1) % 10_000
    forget_guess()
