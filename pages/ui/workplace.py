"""Where visitors' data sets and runs lie on this server, and whose they are.

One folder holds all: `data/` (class folders of pictures), `boxes/` (pictures with boxes), `masks/` (photos
with masks) and `runs/`. The operator names it in the environment variable CNN_PLAYGROUND_HOME.
"""

import hashlib
import os
from pathlib import Path

import streamlit as st

from cnn_core.child_process import read_json
from cnn_core.folders.intake import DataStore
from cnn_core.runs.client import ServiceOptions
from cnn_core.runs.store import RunStore
from cnn_core.transfer.new_run import data_of
from pages.ui.upload_store import this_browser

VARIABLE = "CNN_PLAYGROUND_HOME"


def home() -> Path:
    """The folder of all that is kept on this server."""
    return Path(os.environ.get(VARIABLE) or Path.home() / ".cnn_playground").absolute()


def run_store() -> RunStore:
    """The runs of this server."""
    return RunStore(home() / "runs")


def data_store(kind: str = "data") -> DataStore:
    """The data sets of this server: one object for all sessions, for it counts what comes in.

    Args:
        kind: "data" for class folders of pictures, "boxes" for pictures with boxes, "masks" for photos with masks.
    """
    return _data_store(home(), kind)


def owner() -> str:
    """Whose data sets and runs the browser that asks may change: a hash, so that no folder holds its cookie."""
    return hashlib.sha256(this_browser().encode()).hexdigest()


def service_options() -> ServiceOptions:
    """How the process that works the runs off is started."""
    return ServiceOptions(preload=os.environ.get("CNN_PLAYGROUND_WARM_UP") != "0")


@st.cache_resource(max_entries=4, show_spinner=False)
def _data_store(folder: Path, kind: str) -> DataStore:
    return DataStore(folder / kind, in_use=lambda: needed_data(folder, kind))


def needed_data(folder: Path, kind: str = "data") -> frozenset[str]:
    """Ids of the data sets that runs have still to read: those that wait, go on, or can be resumed.

    Args:
        folder: as `home`.
        kind: as in `data_store`.
    """
    found = set()
    data = folder / kind
    for entry in RunStore(folder / "runs", classroom=True).list(""):
        wanted = entry.status.live or entry.status.resumable
        config = read_json(entry.folder / "config.json") if wanted else None
        listing = data_of(config).get("listing") if isinstance(config, dict) else None
        if isinstance(listing, str) and Path(listing).is_relative_to(data):
            found.add(Path(listing).relative_to(data).parts[0])
    return frozenset(found)
