"""One run, watched: phase, progress, pictures a second, time left, curves, notes; stop and resume."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.runs import client
from cnn_core.runs.folder import RunStatus, read_events, read_progress, read_status
from cnn_core.runs.heartbeat import read_heartbeat
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.history import progress_share
from pages.ui.words import duration, plain, rate, state_badge
from pages.ui.workplace import owner, service_options

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Watched:
    """How a page shows a run that goes on.

    Attributes:
        page: with which the keys of its widgets begin.
        phases: what the run's phases are called.
        draw: what is below the progress, from the run's events.
        see: in a callback, opens the result of the run with this id; None where it is shown here.
        after: what a stopped run goes on after.
    """

    page: str
    phases: Mapping[str, str]
    draw: Callable[[list[dict[str, Any]]], None]
    see: Callable[[str], None] | None = None
    after: str = "its last whole epoch"


def draw_live(entry: RunEntry, watched: Watched) -> None:
    """Watch a run; the page around it is drawn again once, when the run begins or ends."""
    live = read_status(entry.folder).live
    # What is clicked in a fragment draws the fragment alone; the way to the result leads to another tab.
    watch = st.fragment(_watch, run_every=POLL_SECONDS) if live else _watch
    watch(entry, live, watched)
    logs = entry.folder / "logs"
    if entry.owner == owner() and logs.is_dir():
        with st.expander("TensorBoard", icon=":material/monitoring:"):
            st.code(f"tensorboard --logdir {shlex.quote(str(logs))}", language="bash")
            st.caption("On the machine that this page comes from.")


def _watch(entry: RunEntry, was_live: bool, watched: Watched) -> None:
    status = read_status(entry.folder)
    if status.live != was_live:
        st.rerun()
    _head(entry, status, watched)
    events = read_events(entry.folder)
    watched.draw(events)
    for event in events:
        if event.get("kind") == "note":
            st.caption(f":material/info: {plain(str(event.get('text', '')), 500)}")


def _head(entry: RunEntry, status: RunStatus, watched: Watched) -> None:
    run = entry.folder
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(state_badge(status.state), width="content")
        if entry.owner == owner():
            _buttons(run, status, watched.page)
        if status.state == "done" and watched.see is not None:
            st.button(
                "See the result",
                key=f"{watched.page}_see",
                icon=":material/fact_check:",
                type="primary",
                on_click=watched.see,
                args=(entry.run_id,),
            )
    if refused := st.session_state.pop(_said(watched.page), None):
        st.error(refused, icon=":material/error:")
    if status.state == "queued":
        st.progress(0.0, text=_waiting(run))
    elif status.state == "running":
        progress = read_progress(run)
        st.progress(progress_share(progress), text=_progress_text(progress, watched.phases))
    elif status.state == "failed":
        st.error(status.reason or "It failed.", icon=":material/error:")
    elif status.state == "stopped":
        st.info(
            status.reason or f"It was stopped. Resume it to go on after {watched.after}.",
            icon=":material/pause_circle:",
        )


def _said(page: str) -> str:
    return f"{page}_refused"


def _buttons(run: Path, status: RunStatus, page: str) -> None:
    if status.live:
        st.button("Stop", key=f"{page}_stop", icon=":material/stop:", on_click=_ask, args=(client.stop, run, page))
    elif status.resumable:
        st.button(
            "Resume", key=f"{page}_resume", icon=":material/play_arrow:", on_click=_ask, args=(client.resume, run, page)
        )


def _ask(do: Any, run: Path, page: str) -> None:
    """In a callback: what is refused is said where the run is shown."""
    try:
        do(run, service_options())
    except InputError as error:
        st.session_state[_said(page)] = str(error)


def _waiting(run: Path) -> str:
    place = client.place_in_queue(run)
    if place and place > 1:
        return f"Number {place} in the queue"
    beat = read_heartbeat(run.parent)
    if beat.alive and not beat.warm:
        return "Next in the queue: Keras is being loaded, once for all runs"
    return "Next in the queue"


def _progress_text(progress: dict[str, Any], phases: Mapping[str, str]) -> str:
    phase = str(progress.get("phase") or "")
    parts = [phases.get(phase, "Starting")]
    if progress.get("epochs"):
        parts.append(f"epoch {max(1, progress.get('epoch') or 1)} of {progress['epochs']}")
    if progress.get("images_per_second"):
        parts.append(rate(float(progress["images_per_second"])))
    if progress.get("seconds_left") is not None:
        parts.append(f"{duration(progress['seconds_left'])} left")
    return " · ".join(parts)
