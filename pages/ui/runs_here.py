"""The runs of a page: which one is open, what is done with it, and the list of one's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.runs import client
from cnn_core.runs.store import RunEntry
from pages.ui.mendable import mendable
from pages.ui.words import ago, plain, state_badge
from pages.ui.workplace import owner, run_store, service_options

_FEW = 8


def own_runs(*jobs: str) -> tuple[RunEntry, ...]:
    """This browser's runs of some jobs, the newest first; everybody's in a classroom."""
    return tuple(entry for entry in run_store().list(owner()) if config_of_run(entry).get("job") in jobs)


def config_of_run(entry: RunEntry) -> dict[str, Any]:
    """What its config.json says; empty where it cannot be read."""
    found = read_json(entry.folder / "config.json")
    return found if isinstance(found, dict) else {}


def opened_run(key: str, job: str) -> RunEntry | None:
    """The run of a job that is open: named in the link as `?<key>=`, whoever made it.

    Raises:
        InputError: the link names a run that does not exist.
    """
    run_id = st.query_params.get(key) or st.session_state.get(_kept(key))
    if not run_id:
        return None
    try:
        entry = run_store().find(str(run_id))
    except InputError:
        close_run(key)
        raise
    if config_of_run(entry).get("job") != job:
        close_run(key)
        return None
    open_run(key, entry.run_id)
    return entry


def draw_opened(key: str, job: str, draw: Callable[[RunEntry], None]) -> RunEntry | None:
    """Draw the run of a job that is open; gives it, or None where there is none."""
    entry = None
    with mendable():
        entry = opened_run(key, job)
        if entry is not None:
            draw(entry)
    return entry


def get_service_ready() -> None:
    """Keras is loaded once for all runs, in a process of its own: by the time of the click it is there."""
    client.ensure_service(run_store().folder, service_options())


def draw_start(
    key: str,
    label: str,
    make: Callable[[], Path],
    *,
    widget: str,
    icon: str = ":material/model_training:",
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """The button that puts a new run at the end of the queue and opens it.

    Args:
        key: of the page's runs.
        label: on the button.
        make: makes the run's folder; what it refuses is said above the list.
        widget: the button's own key.
        icon: beside the label.
        width: all there is, or no more than the label needs.
    """
    st.button(label, key=widget, type="primary", icon=icon, width=width, on_click=_start, args=(key, make))


def _start(key: str, make: Callable[[], Path]) -> None:
    """In a callback: the new run is submitted and opened."""
    try:
        run = make()
        client.submit(run, service_options())
    except InputError as error:
        refuse(key, error)
        return
    open_run(key, run.name)


def open_run(key: str, run_id: str) -> None:
    """Open a run, also as a callback."""
    st.session_state[_kept(key)] = run_id
    if st.query_params.get(key) != run_id:
        st.query_params[key] = run_id


def close_run(key: str) -> None:
    """No run is open, also as a callback."""
    st.session_state.pop(_kept(key), None)
    st.query_params.pop(key, None)


def draw_head(entry: RunEntry, key: str) -> None:
    """The name of the run that is open, and what is done with it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {plain(entry.name)}", width="stretch")
        if entry.owner == owner():
            with st.popover("Delete", icon=":material/delete:", disabled=entry.busy):
                st.markdown("Delete this run, with its network and its figures? Pictures that you brought stay.")
                st.button("Delete it", key=f"{key}_delete", type="primary", on_click=_delete, args=(key, entry.run_id))
        st.button(
            "Close", key=f"{key}_close", icon=":material/close:", type="tertiary", on_click=close_run, args=(key,)
        )


def draw_list(key: str, job: str, *, title: str, opened: RunEntry | None) -> None:
    """One's own runs of a job, each with a button that opens it."""
    entries = [entry for entry in own_runs(job) if opened is None or entry.run_id != opened.run_id]
    if refused := st.session_state.pop(_refused(key), None):
        st.error(plain(refused, 500), icon=":material/error:")
    if not entries:
        return
    st.markdown(f"**{title}**")
    if len(entries) > _FEW and not st.toggle(f"All {len(entries)}", key=f"{key}_all", bind="query-params"):
        entries = entries[:_FEW]
    for entry in entries:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                plain(entry.name),
                key=f"{key}_open_{entry.run_id}",
                icon=":material/folder_open:",
                type="tertiary",
                on_click=open_run,
                args=(key, entry.run_id),
            )
            place = client.place_in_queue(entry.folder)
            waits = f" number {place}" if place else ""
            st.markdown(f"{state_badge(entry.status.state)}{waits} · {ago(entry.created)}", width="content")


def refuse(key: str, error: InputError) -> None:
    """In a callback: what is refused is said above the list."""
    st.session_state[_refused(key)] = str(error)


def _delete(key: str, run_id: str) -> None:
    try:
        run_store().delete(run_id, owner=owner())
    except InputError as error:
        refuse(key, error)
    else:
        close_run(key)


def _kept(key: str) -> str:
    return f"{key}_opened"


def _refused(key: str) -> str:
    return f"{key}_list_refused"
