"""Segmenters that were trained here, by the names that the tabs call them: `run:` and the run's id."""

from dataclasses import replace

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.runs.store import RunEntry
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.trained import trained_segmenter
from pages.ui.runs_here import own_runs
from pages.ui.words import plain
from pages.ui.workplace import run_store

TRAINING = "segmentation"
PREFIX = "run:"
_MOST_TOLD = 1_000


def trained_names(linked: str = "") -> list[str]:
    """Names of this browser's finished trainings, the newest first, and of the one in a link that was passed on."""
    names = [PREFIX + entry.run_id for entry in own_runs(TRAINING) if entry.status.state == "done"]
    return names if not is_trained(linked) or linked in names or not _entry(linked) else [*names, linked]


def is_trained(name: str) -> bool:
    """Whether a segmenter's name is that of a run."""
    return name.startswith(PREFIX)


def trained_title(name: str) -> str:
    """What people call the run."""
    entry = _entry(name)
    return f"{entry.name} (trained here)" if entry else "A run that is gone"


def run_segmenter(name: str) -> Segmenter:
    """The segmenter that a run has made.

    Raises:
        InputError: the run is gone or has no segmenter yet.
    """
    entry = run_store().find(name.removeprefix(PREFIX))
    return _segmenter(entry.run_id, entry)


def _entry(name: str) -> RunEntry | None:
    try:
        return run_store().find(name.removeprefix(PREFIX))
    except InputError:
        return None


@st.cache_resource(max_entries=8, show_spinner="Loading the segmenter …")
def _segmenter(run_id: str, _entry: RunEntry) -> Segmenter:
    segmenter = trained_segmenter(_entry.folder, title=f"{_entry.name} (trained here)")
    # The class names in it come from somebody's files.
    return replace(segmenter, about=plain(segmenter.about, _MOST_TOLD))
