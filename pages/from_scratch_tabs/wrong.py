"""Tab What is wrong here?: a training that is broken on purpose, its evidence, a guess, and what it was."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnn_core.runs.store import RunEntry
from cnn_core.training.evidence import FIGURES
from cnn_core.training.mistakes import CASES, MISTAKES
from cnn_core.training.pair import leg_figures
from cnn_core.training.pair_config import LIMITS, MISTAKE_JOB, PairConfig, new_pair, pair_of
from cnn_core.training.snippets import run_code
from pages.from_scratch_tabs.experiments import KEPT, PHASES
from pages.from_scratch_tabs.pair_curves import draw_side
from pages.ui.lesson import same_in_code, try_this, what_happens
from pages.ui.mendable import mendable
from pages.ui.run_live import Watched, draw_live
from pages.ui.runs_here import config_of_run, draw_head, draw_list, draw_opened, get_service_ready, start_run
from pages.ui.tables import text_table
from pages.ui.words import percent
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
    st.caption("Each case has one thing wrong with it. A link opens the case, not its answer.")
    low, high = LIMITS["seed"]
    seed = st.number_input("Seed", low, high, 0, 1, key=f"{KEY}_seed", width=150, **KEPT)
    values = {"job": MISTAKE_JOB, "case": int(case), "seed": int(seed), "name": f"Case {case}, seed {int(seed)}"}
    st.button(
        "Train it",
        key=f"{KEY}_start",
        type="primary",
        icon=":material/troubleshoot:",
        width="stretch",
        on_click=_start,
        args=(values,),
    )
    same_in_code({"Headless": run_code(values)}, key=KEY)


def _start(values: dict[str, Any]) -> None:
    """In a callback: a new run is put at the end of the queue and opened."""
    start_run(RUN, lambda: new_pair(run_store(), values, owner=owner()))


def _draw_run(entry: RunEntry) -> None:
    pair = pair_of(config_of_run(entry))
    with st.container(border=True):
        draw_head(entry, RUN)
        draw_live(entry, Watched(RUN, PHASES, lambda events: _draw_course(entry, pair, events)))


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
        _draw_answer(pair, guess, broken, mended)
    if broken is not None:
        _draw_evidence(pair, broken, mended if guess is not None else None, revealed=guess is not None)


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


def _draw_answer(
    pair: PairConfig, guess: str, broken: Mapping[str, Any] | None, mended: Mapping[str, Any] | None
) -> None:
    mistake = MISTAKES[pair.mistake]
    if guess == pair.mistake:
        st.success(
            f"**Right: {mistake.title[0].lower()}{mistake.title[1:]}.** {mistake.changes}", icon=":material/check:"
        )
    else:
        st.warning(
            f"**Not that one. {mistake.title}.** {mistake.changes}",
            icon=":material/close:",
        )
    figure = f"**{FIGURES[mistake.figure].title}: {_written(mistake.figure, broken)}**"
    beside = f", and mended {_written(mistake.figure, mended)}" if mended else ""
    st.markdown(f"**What gives it away.** {mistake.gives_away} {figure}{beside}.")
    st.markdown(f"**How to mend it.** {mistake.remedy}")
    st.code(mistake.code, language="python", wrap_lines=True)
    if mistake.seen:
        st.caption(f":material/science: Measured before: {mistake.seen}")


def _draw_evidence(
    pair: PairConfig, broken: Mapping[str, Any], mended: Mapping[str, Any] | None, *, revealed: bool
) -> None:
    st.markdown("**The evidence**")
    rows = []
    for name, figure in FIGURES.items():
        if name not in broken:
            continue
        marked = "**" if revealed and name == MISTAKES[pair.mistake].figure else ""
        row = {"": f"{marked}{figure.title}{marked}", "as it was": f"{marked}{_written(name, broken)}{marked}"}
        if revealed:
            row["mended"] = _written(name, mended) if mended else "…"
        rows.append(row)
    if revealed:
        really = {"as it was": percent(broken["really"]), "mended": percent(mended["really"]) if mended else "…"}
        rows.append({"": "Accuracy on sound test pictures, prepared as they should be"} | really)
    text_table(rows)


def _written(name: str, found: Mapping[str, Any] | None) -> str:
    """A figure as text; a dash where it is not known."""
    if found is None:
        return "–"
    value, kind = found.get(name), FIGURES[name].kind
    if value is None:
        return "–"
    if name == "most_said":
        return f"{percent(value)}, {found['most_said_class']}"
    return {"share": percent, "number": lambda number: f"{number:.3g}", "count": lambda number: f"{number:,}"}[kind](
        value
    )


def _said(run_id: str) -> str:
    return f"{KEY}_said_{run_id}"
