"""Tab Your file: an uploaded `.keras` file, read in a child process and shown like every other network."""

import hashlib

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.summary_export import to_text
from cnn_core.untrusted.model import KerasFile, load_in_child, read_keras_file
from pages.architectures_tabs.summary_view import show_summary
from pages.ui.lesson import what_happens

LARGEST_MEGABYTES = 200
KEY = "architectures_file"


def draw() -> None:
    """Upload, messages, summary."""
    what_happens(
        "A model file can hold code, so it is not trusted: its configuration is read first, without its weights, in a "
        "process of its own with little memory and time. Lambda layers and classes that are not Keras' own are "
        "refused.",
        r"\text{file} \;\to\; \text{config.json} \;\to\; \text{layers and counts} \;\to\; \text{weights, on request}",
    )
    file = st.file_uploader("Your .keras file", type=["keras"], key=f"{KEY}_upload", max_upload_size=LARGEST_MEGABYTES)
    if file is None:
        st.info(
            'Save one with `model.save("my_model.keras")`. It is read here and then forgotten.',
            icon=":material/upload:",
        )
        return
    data = file.getvalue()
    read = _read(data, file.name)
    st.success(
        f"**{file.name}**: {len(read.summary.rows)} layers, read from its configuration alone.", icon=":material/check:"
    )
    show_summary(
        read.summary,
        key=KEY,
        code=lambda: read.code or f"# {read.why_no_code}",
        text=lambda: to_text(read.summary),
        text_title="The summary as text",
    )
    if st.button("Load its weights too, and predict once", key=f"{KEY}_weights", icon=":material/memory:"):
        with st.spinner("Loading the weights in a process of its own …"):
            loaded = load_in_child(data, name=file.name)
        finite = "all of them finite" if loaded.finite else "**some of them NaN or infinite**"
        st.success(f"{loaded.parameters:,} numbers loaded, {finite}.", icon=":material/check:")


def _read(data: bytes, name: str) -> KerasFile:
    """Read a file once in a session; what was refused stays refused."""
    digest = hashlib.sha256(data).hexdigest()
    kept = st.session_state.get(f"{KEY}_read")
    if kept is None or kept[0] != digest:
        with st.spinner("Reading the configuration in a process of its own, which takes as long as loading Keras …"):
            try:
                kept = (digest, read_keras_file(data, name=name))
            except InputError as error:
                kept = (digest, error)
        st.session_state[f"{KEY}_read"] = kept
    if isinstance(kept[1], InputError):
        raise kept[1]
    return kept[1]
