"""The run that is open: `?run=` in the link names it, whoever made it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.errors import InputError
from cnn_core.folders.listing import Listing, load_listing
from cnn_core.runs.folder import read_status
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.new_run import data_of
from pages.ui.link import set_controls
from pages.ui.workplace import owner, run_store

VIEW = "fine_tune_view"
_KEPT = "fine_tune_run"


def opened_run() -> RunEntry | None:
    """The run in the link; without one in it, the run that was open last in this session.

    Raises:
        InputError: the link names a run that does not exist.
    """
    run_id = st.query_params.get("run") or st.session_state.get(_KEPT)
    if not run_id:
        return None
    try:
        entry = run_store().find(run_id)
    except InputError:
        st.session_state.pop(_KEPT, None)
        # A run that was deleted is gone from the link too; one that somebody passed on is said to be gone.
        if "run" not in st.query_params:
            return None
        raise
    keep_open(run_id)
    return entry


def keep_open(run_id: str) -> None:
    """Put the run into the session and the link."""
    st.session_state[_KEPT] = run_id
    if st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def open_run(run_id: str, view: str = "Runs") -> None:
    """In a callback: open this run in a tab."""
    keep_open(run_id)
    set_controls({VIEW: view})


def close_run() -> None:
    """In a callback: no run is open."""
    st.session_state.pop(_KEPT, None)
    if "run" in st.query_params:
        del st.query_params["run"]


def names_of(entries: Sequence[RunEntry]) -> dict[str, str]:
    """The runs' names by id; with a number behind it, the oldest first, where several have the same one."""
    names = {}
    for entry in entries:
        same = sorted((other for other in entries if other.name == entry.name), key=lambda other: other.created)
        names[entry.run_id] = entry.name if len(same) == 1 else f"{entry.name} ({1 + same.index(entry)})"
    return names


def code_folder(entry: RunEntry) -> str:
    """The run's folder in a snippet; where it lies on the server concerns only who made it."""
    return str(entry.folder) if is_own(entry) else "RUN_FOLDER"


def is_own(entry: RunEntry) -> bool:
    """Whether this browser made the run, and may stop, rename or delete it."""
    return entry.owner == owner()


def config_of_run(run: Path) -> dict[str, object]:
    """What its config.json says; empty where it cannot be read."""
    found = read_json(run / "config.json")
    return found if isinstance(found, dict) else {}


def listing_of(run: Path) -> Listing:
    """The pictures that it was trained on.

    Raises:
        InputError: the list is gone.
    """
    return load_listing(Path(str(data_of(config_of_run(run)).get("listing", run / "listing.json"))))


def finished_run() -> RunEntry | None:
    """The open run, if it is done; else what to do is said here."""
    entry = opened_run()
    if entry is None:
        st.info("Open a run in the tab Runs, or train one in the tab Train.", icon=":material/folder_open:")
        return None
    status = read_status(entry.folder)
    if status.state != "done":
        words = {"queued": "waits for its turn", "running": "is still being trained"}.get(status.state, status.state)
        st.info(f"This run {words}. Its result comes here when it is done.", icon=":material/hourglass_top:")
        st.button(
            "Watch it", key="fine_tune_watch", icon=":material/show_chart:", on_click=open_run, args=(entry.run_id,)
        )
        return None
    return entry
