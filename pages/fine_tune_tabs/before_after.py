"""Before and after: this run beside another one, on the pictures that both were measured with."""

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.results.before_after import BeforeAfter, compare_runs
from cnn_core.results.predictions import FILE, Predictions, read_predictions
from cnn_core.results.predictions import chosen as chosen_rows
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.new_run import data_of
from pages.fine_tune_tabs.ahead import TRAINING
from pages.fine_tune_tabs.cell import listing_or_none
from pages.fine_tune_tabs.opened import config_of_run, names_of
from pages.fine_tune_tabs.photos import draw_photo
from pages.ui.words import ago, percent, plain
from pages.ui.workplace import owner, run_store

_SHOWN = 8
_NONE = "no other run"


def draw_before_after(entry: RunEntry, after: Predictions) -> None:
    """Choose the run before; the one that this run follows is chosen at first."""
    runs = [other for other in run_store().list(owner()) if config_of_run(other.folder).get("job") == TRAINING]
    others = {other.run_id: other for other in runs if other.run_id != entry.run_id}
    others = {run_id: other for run_id, other in others.items() if (other.folder / FILE).exists()}
    if not others:
        return
    follows = data_of(config_of_run(entry.folder)).get("follows")
    options = [_NONE, *others]
    names = names_of(runs)
    chosen = st.selectbox(
        "Compare with",
        options,
        index=options.index(follows) if follows in options else 0,
        format_func=lambda key: key if key == _NONE else f"{names[key]}, {ago(others[key].created)}",
        key=f"fine_tune_before_{entry.run_id}",
        persist_state="session",
    )
    if chosen == _NONE:
        return
    try:
        before = read_predictions(others[chosen].folder)
    except InputError as error:
        st.caption(plain(str(error), 300))
        return
    parts = set(after.parts)
    rows = [part in parts for part in before.parts]
    _show(entry, compare_runs(chosen_rows(before, rows), after))


def _verdict(found: BeforeAfter) -> str:
    if not found.fixed and not found.broken:
        return "they were right and wrong about the same ones."
    rare = found.p_value < 0.05
    words = "a difference this large is rare by chance" if rare else "chance alone often makes such a difference"
    return f"{words} (McNemar, p = {found.p_value:.2g})."


def _relabelled(found: BeforeAfter) -> str:
    """Why the accuracy before may be another one than on that run's own page."""
    if not found.relabelled:
        return ""
    have = "has" if len(found.relabelled) == 1 else "have"
    return f" Both by today's labels: {_pictures(len(found.relabelled))} {have} another class than in the run before."


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _show(entry: RunEntry, found: BeforeAfter) -> None:
    if found.before is None or found.after is None:
        st.info(
            "The two runs were measured on different pictures: there is nothing to compare.", icon=":material/info:"
        )
        return
    change = 100 * (found.after.value - found.before.value)
    with st.container(horizontal=True, gap="large"):
        st.metric("Before", percent(found.before.value), width="content")
        st.metric(
            "After",
            percent(found.after.value),
            f"{change:+.1f} points",
            delta_color="normal" if change else "off",
            delta_arrow="auto" if change else "off",
            width="content",
        )
        st.metric("Put right", f"{len(found.fixed):,}", width="content")
        st.metric("Broken", f"{len(found.broken):,}", width="content")
    st.caption(f"On {_pictures(found.shared)} that both were measured with: {_verdict(found)}{_relabelled(found)}")
    listing = listing_or_none(entry)
    for title, files in (("Put right", found.fixed), ("Broken", found.broken)):
        if files:
            with st.expander(f"{title}: {len(files)}"):
                for first in range(0, min(len(files), _SHOWN), 4):
                    for column, file in zip(st.columns(4), files[first : first + 4], strict=False):
                        with column:
                            draw_photo(listing, file, alt=f"{title}: {file}")
                            st.caption(plain(file, 40))
