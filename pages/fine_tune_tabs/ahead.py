"""Work ahead of a training, in the run service: features of many pictures, and the sweep of the learning-rate finder.

Each is a run of another job, which the list of runs leaves out; it is deleted as soon as its outcome was taken.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.runs import client
from cnn_core.runs.folder import read_progress, read_status
from cnn_core.transfer.history import progress_share
from cnn_core.transfer.new_run import new_training
from pages.fine_tune_tabs.words import PHASES
from pages.ui.class_folders import kept_listing
from pages.ui.words import plain
from pages.ui.workplace import owner, run_store, service_options

POLL_SECONDS = 0.5
TRAINING = "transfer"


def draw_work(job: str, label: str, config: dict[str, Any], *, icon: str, take: Callable[[Path], None]) -> None:
    """A button that starts the work, then its progress.

    Args:
        job: one of `cnn_core.runs.jobs.JOBS`.
        label: of the button.
        config: of the training that this is ahead of.
        icon: of the button.
        take: called once with the folder of the work that is done; the page is drawn again after it.
    """
    run_id = st.session_state.get(_key(job))
    if run_id is None:
        st.button(label, key=f"fine_tune_start_{job}", icon=icon, on_click=_start, args=(job, config))
        if refused := st.session_state.pop(f"{_key(job)}_refused", None):
            st.error(plain(refused, 500), icon=":material/error:")
        return
    st.fragment(_watch, run_every=POLL_SECONDS)(job, run_id, take)


def _key(job: str) -> str:
    return f"fine_tune_ahead_{job}"


def _start(job: str, config: dict[str, Any]) -> None:
    try:
        run = new_training(run_store(), {**config, "job": job}, kept_listing(), owner=owner())
        client.submit(run, service_options())
    except InputError as error:
        st.session_state[f"{_key(job)}_refused"] = str(error)
        return
    st.session_state[_key(job)] = run.name


def _watch(job: str, run_id: str, take: Callable[[Path], None]) -> None:
    run = run_store().folder / run_id
    try:
        status = read_status(run)
    except InputError:
        _forget(job, run_id)
        st.rerun()
    if status.live:
        progress = read_progress(run) if status.state == "running" else {}
        words = PHASES.get(str(progress.get("phase")), "Starting") if progress else "Waiting for its turn"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(progress_share(progress), text=words)
            st.button("Stop", key=f"fine_tune_stop_{job}", icon=":material/stop:", on_click=_stop, args=(job, run_id))
        return
    if status.state == "done":
        take(run)
    elif status.state == "failed":
        st.session_state[f"{_key(job)}_refused"] = status.reason
    _forget(job, run_id)
    st.rerun()


def _stop(job: str, run_id: str) -> None:
    with suppress(InputError):
        client.stop(run_store().folder / run_id, service_options())


def _forget(job: str, run_id: str) -> None:
    st.session_state.pop(_key(job), None)
    # It may be gone already, or its process on its way out: then the bounds of the store see to it.
    with suppress(InputError):
        run_store().delete(run_id, owner=owner())
