"""Detectors that were trained here, by the names that the tabs call them: `run:` and the run's id."""

from dataclasses import replace

import streamlit as st

from cnn_core.detection.detector import Detector
from cnn_core.detection.trained import trained_detector
from cnn_core.errors import InputError
from cnn_core.runs.store import RunEntry
from pages.ui.runs_here import own_runs
from pages.ui.words import plain
from pages.ui.workplace import run_store

TRAINING, EVALUATION = "detection", "detection_evaluation"
PREFIX = "run:"
_MOST_TOLD = 1_000


def trained_names(linked: str = "") -> list[str]:
    """Names of this browser's finished trainings, the newest first, and of the one in a link that was passed on."""
    names = [PREFIX + entry.run_id for entry in own_runs(TRAINING) if entry.status.state == "done"]
    return names if not is_trained(linked) or linked in names or not _entry(linked) else [*names, linked]


def is_trained(name: str) -> bool:
    """Whether a detector's name is that of a run."""
    return name.startswith(PREFIX)


def trained_title(name: str) -> str:
    """What people call the run."""
    entry = _entry(name)
    return f"{entry.name} (trained here)" if entry else "A run that is gone"


def run_detector(name: str) -> Detector:
    """The detector that a run has made.

    Raises:
        InputError: the run is gone or has no detector yet.
    """
    entry = run_store().find(name.removeprefix(PREFIX))
    return _detector(entry.run_id, entry)


def _entry(name: str) -> RunEntry | None:
    try:
        return run_store().find(name.removeprefix(PREFIX))
    except InputError:
        return None


@st.cache_resource(max_entries=8, show_spinner="Loading the detector …")
def _detector(run_id: str, _entry: RunEntry) -> Detector:
    detector = trained_detector(_entry.folder, title=f"{_entry.name} (trained here)")
    # The class names in it come from somebody's files.
    return replace(detector, about=plain(detector.about, _MOST_TOLD))
