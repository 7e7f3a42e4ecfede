"""Work in a child process: measuring latency, and writing a `.keras` file. Pages only look at the run's folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core import latency
from cnn_core.errors import InputError
from cnn_core.network_reference import NetworkReference
from pages.architectures_tabs.cached import identity

POLL_SECONDS = 0.7
MOST_KEPT = 512


@st.cache_resource(show_spinner=False)
def _measured() -> dict[str, latency.Latency]:
    """Measurements of this server, for everybody: the machine is the same."""
    return {}


def latency_text(reference: NetworkReference) -> str:
    """The measured median, or that there is none yet."""
    found = _measured().get(identity(reference))
    return f"{found.median_ms:.1f} ms" if found else "not measured"


def measure_controls(references: Mapping[str, NetworkReference], *, key: str) -> None:
    """A button that measures these networks one after the other in the background, and its progress."""
    missing = [name for name, reference in references.items() if identity(reference) not in _measured()]
    queue = st.session_state.setdefault(f"{key}_queue", [])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Measure latency on this machine",
            icon=":material/timer:",
            key=f"{key}_measure",
            disabled=bool(queue) or not missing,
            on_click=_begin,
            args=(key, missing),
        )
        if queue:
            st.button("Stop", icon=":material/stop:", key=f"{key}_stop", on_click=_stop, args=(key,))
    if failed := st.session_state.get(f"{key}_failed"):
        st.error(failed, icon=":material/error:")
    if queue:
        st.fragment(_advance, run_every=POLL_SECONDS)(references, key)
    known = [found for reference in references.values() if (found := _measured().get(identity(reference)))]
    if known:
        st.caption(
            f"Median of {known[0].runs} runs of one picture on {known[0].device}; {known[0].method}; "
            f"{known[0].software}."
        )


def _advance(references: Mapping[str, NetworkReference], key: str) -> None:
    """Look at the run; when it has ended, start the next in the queue."""
    queue: list[str] = st.session_state[f"{key}_queue"]
    if not queue or queue[0] not in references:
        queue.clear()
        st.rerun()
    reference = references[queue[0]]
    try:
        folder = st.session_state.get(f"{key}_run")
        if folder is None:
            folder = st.session_state[f"{key}_run"] = latency.start(reference)
        now = latency.status(folder)
    except InputError as error:
        queue.clear()
        st.session_state.pop(f"{key}_run", None)
        st.session_state[f"{key}_failed"] = str(error)
        st.rerun()
    if now.live:
        share = now.done / now.of if now.of else 0.0
        st.progress(share, text=f"{reference.title}: {now.state} … {now.seconds:.0f} s; {len(queue) - 1} more to come")
        return
    st.session_state.pop(f"{key}_run", None)
    queue.pop(0)
    if now.latency is not None:
        if len(_measured()) >= MOST_KEPT:
            _measured().clear()
        _measured()[identity(reference)] = now.latency
    elif now.message:
        queue.clear()
        st.session_state[f"{key}_failed"] = now.message
    st.rerun()


def _begin(key: str, names: list[str]) -> None:
    st.session_state.pop(f"{key}_failed", None)
    st.session_state[f"{key}_queue"].extend(names)


def _stop(key: str) -> None:
    st.session_state[f"{key}_queue"].clear()
    folder = st.session_state.pop(f"{key}_run", None)
    if folder is not None:
        latency.stop(folder)


def file_controls(reference: NetworkReference, *, key: str) -> None:
    """Prepare and download the network with initialised weights as a `.keras` file."""
    state = st.session_state.get(f"{key}_file")
    if state is not None and state[0] != identity(reference):
        state = None
    if state is None:
        st.button(
            "Prepare the .keras file (initialised weights)",
            icon=":material/inventory_2:",
            key=f"{key}_prepare",
            on_click=_prepare,
            args=(key, reference),
        )
        if refused := st.session_state.pop(f"{key}_refused", None):
            st.error(refused, icon=":material/error:")
        return
    _, folder = state
    now = latency.status(folder)
    if now.live:
        st.fragment(_watch, run_every=POLL_SECONDS)(folder)
    elif now.file is not None:
        st.download_button(
            "Download the .keras file",
            now.file.read_bytes,
            file_name=f"{reference.architecture or 'network'}.keras",
            mime="application/octet-stream",
            key=f"{key}_keras",
            on_click="ignore",
            icon=":material/download:",
        )
    else:
        st.error(now.message or "The file was not written.", icon=":material/error:")


def _prepare(key: str, reference: NetworkReference) -> None:
    try:
        st.session_state[f"{key}_file"] = (identity(reference), latency.start_saving(reference))
    except InputError as error:
        st.session_state[f"{key}_refused"] = str(error)


def _watch(folder: Path) -> Any:
    now = latency.status(folder)
    if not now.live:
        st.rerun()
    st.caption(f":material/hourglass_top: {now.state} … {now.seconds:.0f} s")
