"""What a broken training shows, and, once it has been guessed, what was wrong and how it is mended."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cnn_core.training.evidence import FIGURES
from cnn_core.training.mistakes import MISTAKES
from cnn_core.training.pair_config import PairConfig
from pages.ui.tables import text_table
from pages.ui.words import percent

Figures = Mapping[str, Any]
_FORMS: dict[str, Callable[[Any], str]] = {
    "share": percent,
    "number": lambda number: f"{number:.3g}",
    "count": lambda number: f"{number:,}",
}


def draw_answer(pair: PairConfig, guess: str, broken: Figures | None, mended: Figures | None) -> None:
    """What was wrong, what gives it away, how to mend it.

    Args:
        pair: the case.
        guess: what the visitor has said: a name of `MISTAKES`.
        broken: figures of the broken training, once it has ended.
        mended: of the mended one.
    """
    mistake = MISTAKES[pair.mistake]
    if guess == pair.mistake:
        st.success(
            f"**Right: {mistake.title[0].lower()}{mistake.title[1:]}.** {mistake.changes}", icon=":material/check:"
        )
    else:
        st.warning(f"**Not that one. {mistake.title}.** {mistake.changes}", icon=":material/close:")
    figure = f"**{FIGURES[mistake.figure].title}: {_written(mistake.figure, broken)}**"
    beside = f", and mended {_written(mistake.figure, mended)}" if mended else ""
    st.markdown(f"**What gives it away.** {mistake.gives_away} {figure}{beside}.")
    st.markdown(f"**How to mend it.** {mistake.remedy}")
    st.code(mistake.code, language="python", wrap_lines=True)
    if mistake.seen:
        st.caption(f":material/science: Measured before: {mistake.seen}")


def draw_evidence(pair: PairConfig, broken: Figures, mended: Figures | None, *, revealed: bool) -> None:
    """The same figures of every case, so that the list does not tell; marked once the case is revealed.

    Args:
        pair: the case.
        broken: figures of the broken training.
        mended: of the mended one, once they may be seen.
        revealed: whether what was wrong may be seen.
    """
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


def _written(name: str, found: Figures | None) -> str:
    """A figure as text; a dash where it is not known."""
    value = None if found is None else found.get(name)
    if found is None or value is None:
        return "–"
    if name == "most_said":
        return f"{percent(value)}, {found['most_said_class']}"
    return _FORMS[FIGURES[name].kind](value)
