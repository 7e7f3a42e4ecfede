"""One run, watched: phase, progress, pictures a second, time left, curves, notes; stop and resume."""

import shlex
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.runs import client
from cnn_core.runs.folder import RunStatus, read_events, read_progress, read_status
from cnn_core.runs.heartbeat import read_heartbeat
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.history import history_of, progress_share
from pages.fine_tune_tabs.curves import draw_curves
from pages.fine_tune_tabs.opened import is_own, open_run
from pages.fine_tune_tabs.words import PHASES, state_badge
from pages.ui.words import duration
from pages.ui.workplace import service_options

POLL_SECONDS = 0.5
_SAID = "fine_tune_refused"


def draw_live(entry: RunEntry) -> None:
    """Watch a run; the page around it is drawn again once, when the run begins or ends."""
    live = read_status(entry.folder).live
    # What is clicked in a fragment draws the fragment alone; the way to the result leads to another tab.
    watch = st.fragment(_watch, run_every=POLL_SECONDS) if live else _watch
    watch(entry, live)
    logs = entry.folder / "logs"
    if is_own(entry) and logs.is_dir():
        with st.expander("TensorBoard", icon=":material/monitoring:"):
            st.code(f"tensorboard --logdir {shlex.quote(str(logs))}", language="bash")
            st.caption("On the machine that this page comes from.")


def _watch(entry: RunEntry, was_live: bool) -> None:
    status = read_status(entry.folder)
    if status.live != was_live:
        st.rerun()
    _head(entry, status)
    history = history_of(read_events(entry.folder))
    draw_curves(history, key="fine_tune_curves")
    for note in history.notes:
        st.caption(f":material/info: {note}")


def _head(entry: RunEntry, status: RunStatus) -> None:
    run = entry.folder
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(state_badge(status.state), width="content")
        if is_own(entry):
            _buttons(run, status)
        if status.state == "done":
            st.button(
                "See the result",
                key="fine_tune_see",
                icon=":material/fact_check:",
                type="primary",
                on_click=open_run,
                args=(entry.run_id, "Result"),
            )
    if refused := st.session_state.pop(_SAID, None):
        st.error(refused, icon=":material/error:")
    if status.state == "queued":
        st.progress(0.0, text=_waiting(run))
    elif status.state == "running":
        progress = read_progress(run)
        st.progress(progress_share(progress), text=_progress_text(progress))
    elif status.state == "failed":
        st.error(status.reason or "It failed.", icon=":material/error:")
    elif status.state == "stopped":
        st.info(
            status.reason or "It was stopped. Resume it to go on behind its last whole epoch.",
            icon=":material/pause_circle:",
        )


def _buttons(run: Path, status: RunStatus) -> None:
    if status.live:
        st.button("Stop", key="fine_tune_stop", icon=":material/stop:", on_click=_ask, args=(client.stop, run))
    elif status.resumable:
        st.button(
            "Resume", key="fine_tune_resume", icon=":material/play_arrow:", on_click=_ask, args=(client.resume, run)
        )


def _ask(do: Any, run: Path) -> None:
    """In a callback: what is refused is said where the run is shown."""
    try:
        do(run, service_options())
    except InputError as error:
        st.session_state[_SAID] = str(error)


def _waiting(run: Path) -> str:
    place = client.place_in_queue(run)
    if place and place > 1:
        return f"Number {place} in the queue"
    beat = read_heartbeat(run.parent)
    if beat.alive and not beat.warm:
        return "Next in the queue: Keras is being loaded, once for all runs"
    return "Next in the queue"


def _progress_text(progress: dict[str, Any]) -> str:
    phase = str(progress.get("phase") or "")
    parts = [PHASES.get(phase, "Starting")]
    if progress.get("epochs"):
        parts.append(f"epoch {max(1, progress.get('epoch') or 1)} of {progress['epochs']}")
    if progress.get("images_per_second"):
        parts.append(f"{progress['images_per_second']:,.0f} pictures/s")
    if progress.get("seconds_left") is not None:
        parts.append(f"{duration(progress['seconds_left'])} left")
    return " · ".join(parts)
