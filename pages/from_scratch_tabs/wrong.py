"""Tab What is wrong here?: a training that is broken on purpose, its evidence, a guess, and what it was."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from cnn_core.runs.store import RunEntry
from cnn_core.training.mistakes import CASES, MISTAKES
from cnn_core.training.pair import leg_figures
from cnn_core.training.pair_config import LIMITS, MISTAKE_JOB, PairConfig, new_pair, pair_of
from cnn_core.training.snippets import run_code
from pages.from_scratch_tabs.pair_curves import draw_side
from pages.from_scratch_tabs.settings import KEPT
from pages.from_scratch_tabs.words import PAIR_PHASES
from pages.from_scratch_tabs.wrong_evidence import draw_answer, draw_evidence
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, draw_start, get_service_ready
from pages.ui.workplace import owner, run_store

KEY, RUN = "scratch_wrong", "scratch_wrong_run"
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "Nothing is learned": (
        "Held-out pictures stay near chance. Is it the network, what it learns from, or how it is asked?",
        {f"{KEY}_case": 3},
    ),
    "Splendid figures": ("High accuracy. What would you ask before you believe it?", {f"{KEY}_case": 5}),
    "The loss stands still": ("Compare it with ln K.", {f"{KEY}_case": 2}),
}
# The answers in another order than the cases.
ANSWERS = tuple(sorted(MISTAKES, key=lambda name: MISTAKES[name].title))


def draw() -> None:
    """The run that is open with its question; the cases; the list of one's own runs."""
    what_happens(
        "A training can be broken and still run to its end without an error. Watch one, look at the evidence, and say "
        "what is wrong; then see what it was, how it shows, and the same training mended. Chance is the measure: "
        "with K classes an even guess is right once in K times, and its loss is ln K.",
        r"\text{chance: accuracy} = \tfrac{1}{K}, \qquad L = -\log \tfrac{1}{K} = \ln K",
    )
    try_this(PRESETS, page=KEY)
    entry = draw_opened(RUN, MISTAKE_JOB, _draw_run)
    get_service_ready()
    with mendable(), st.container(border=True):
        _draw_new()
    draw_list(RUN, MISTAKE_JOB, title="Your cases", opened=entry)


def _draw_new() -> None:
    case = st.segmented_control(
        "Case", list(range(1, len(CASES) + 1)), default=1, required=True, key=f"{KEY}_case", **KEPT
    )
    st.caption(
        "Each case has one thing wrong with it. A link opens the case, not its answer. It is trained broken and then "
        "mended: half a minute to a minute on two free processor cores."
    )
    low, high = LIMITS["seed"]
    seed = st.number_input("Seed", low, high, 0, 1, key=f"{KEY}_seed", width=150, **KEPT)
    values = {"job": MISTAKE_JOB, "case": int(case), "seed": int(seed), "name": f"Case {case}, seed {int(seed)}"}
    make = partial(new_pair, run_store(), values, owner=owner())
    draw_start(RUN, "Train it", make, widget=f"{KEY}_start", icon=":material/troubleshoot:")
    same_in_code({"Headless": run_code(values)}, key=KEY)


def _draw_run(entry: RunEntry) -> None:
    pair = pair_of(config_of_run(entry))
    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PAIR_PHASES, lambda events: _draw_course(entry, pair, events)))


def _draw_course(entry: RunEntry, pair: PairConfig, events: list[dict[str, Any]]) -> None:
    # Asked here, and not outside: while the run goes on, an answer draws this part alone.
    guess = st.session_state.get(_said(entry.run_id))
    broken, mended = (leg_figures(entry.folder, side, pair.seed) for side in ("first", "second"))
    left, right = st.columns(2, gap="large")
    with left:
        draw_side(events, "first", title="As it was", key=RUN)
    with right:
        if guess is None:
            _draw_question(entry.run_id, broken)
        else:
            draw_side(events, "second", title="Mended", key=RUN)
    if guess is not None:
        draw_answer(pair, guess, broken, mended)
    if broken is not None:
        draw_evidence(pair, broken, mended if guess is not None else None, revealed=guess is not None)


def _draw_question(run_id: str, broken: Mapping[str, Any] | None) -> None:
    st.markdown("**What is wrong here?**")
    answer = st.radio(
        "What is wrong here?",
        ANSWERS,
        index=None,
        format_func=lambda name: MISTAKES[name].title,
        key=f"{KEY}_guess_{run_id}",
        label_visibility="collapsed",
    )
    st.button(
        "That is it",
        key=f"{KEY}_answer",
        type="primary",
        disabled=answer is None or broken is None,
        on_click=_answer,
        args=(run_id, answer),
    )
    if broken is None:
        st.caption("The evidence is collected when this training has ended. Guess from the curves meanwhile.")


def _answer(run_id: str, answer: str) -> None:
    """In a callback: the guess is kept for this visitor alone, and never in the link."""
    st.session_state[_said(run_id)] = answer


def _said(run_id: str) -> str:
    return f"{KEY}_said_{run_id}"
