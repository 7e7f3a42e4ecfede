"""The export of a run that waits or goes on, and how one is asked for."""

from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.exports.record import FOLDER
from cnn_core.runs import client
from cnn_core.runs.folder import RunStatus, read_status
from pages.ui.workplace import service_options

REFUSED = "fine_tune_export_refused"


def export_work(run: Path) -> RunStatus | None:
    """The export that waits or goes on."""
    try:
        status = read_status(run / FOLDER)
    except InputError:
        return None
    return status if status.live else None


def ask_for_export(run: Path, kinds: list[str]) -> None:
    """In a callback: what is refused is said where the formats are shown."""
    try:
        client.submit_side_work(run, "export", {"kinds": kinds}, service_options())
    except InputError as error:
        st.session_state[REFUSED] = str(error)
