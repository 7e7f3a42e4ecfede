"""A network from a file of the visitor's: kept for this session, opened once for the same options."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.untrusted.picture_network import MOST_SIDE, SUFFIXES
from pages.ui.picture_names import clean_name
from pages.ui.upload_disk import let_go, opened
from pages.ui.words import plain

MEGABYTES = 150
AUTO = "auto"

Network = TypeVar("Network")


@dataclass(frozen=True, eq=False)
class OwnFile:
    """The file that was brought, in a folder that goes with the session."""

    name: str
    folder: tempfile.TemporaryDirectory
    digest: str
    size: int

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.folder.name) / "file"

    @property
    def data(self) -> bytes:
        """What is in it."""
        return self.path.read_bytes()

    @property
    def zipped(self) -> bool:
        """Whether it is a zip, with a SavedModel in it."""
        return self.name.lower().endswith(".zip")


def brought_file(key: str, *, wanted: str, zips: bool = True) -> OwnFile:
    """Draw the upload and give its file; where there is none yet the page ends here.

    Args:
        key: what the widgets' keys and the session's begin with.
        wanted: what kind of network it is to be, e.g. "that finds boxes".
        zips: whether a SavedModel in a zip will do.
    """
    _intake(key, zips)
    file: OwnFile | None = st.session_state.get(f"{key}_file")
    if file is None:
        kinds = ".keras, .onnx, .tflite, or a zip with a SavedModel" if zips else ".keras, .onnx or .tflite"
        st.info(
            f"Bring a network {wanted}: {kinds}. It stays in this session.",
            icon=":material/upload:",
        )
        st.stop()
    st.caption(f":material/draft: {plain(file.name)}, {_size(file.size)}")
    return file


def opened_once(key: str, file: OwnFile, options: Any, open_it: Callable[[], Network]) -> Network:
    """The network; what was refused stays refused until file or options change.

    Args:
        key: what the session's keys begin with.
        file: that was brought.
        options: how it is read.
        open_it: opens it.

    Raises:
        InputError: the file cannot be used.
    """
    asked = (file.digest, options)
    kept = st.session_state.get(f"{key}_opened")
    if kept is None or kept[0] != asked:
        with st.spinner("Opening the network in a process of its own …"):
            try:
                kept = (asked, open_it())
            except InputError as error:
                kept = (asked, error)
        st.session_state[f"{key}_opened"] = kept
    if isinstance(kept[1], InputError):
        raise kept[1]
    return kept[1]


def opened_file(key: str) -> tuple[OwnFile, Any, Any] | None:
    """The file that answers in this session, how it is read, and the network; None where there is none.

    Args:
        key: what the session's keys begin with.
    """
    file: OwnFile | None = st.session_state.get(f"{key}_file")
    kept = st.session_state.get(f"{key}_opened")
    if file is None or kept is None or kept[0][0] != file.digest or isinstance(kept[1], InputError):
        return None
    return file, kept[0][1], kept[1]


def file_choice(key: str, label: str, titles: Mapping[str, str], name: str) -> str:
    """Draw one option of how a file is read, "auto" first."""
    return st.selectbox(
        label,
        [AUTO, *titles],
        format_func=lambda option: "Usual for its kind" if option == AUTO else titles[option],
        key=f"{key}_{name}",
        bind="query-params",
        persist_state="session",
    )


def side_choice(key: str, default: int) -> tuple[int, int]:
    """Draw the input's size, for files that leave it open."""
    side = st.number_input(
        "Input size, if left open",
        32,
        MOST_SIDE,
        default,
        32,
        key=f"{key}_side",
        bind="query-params",
        persist_state="session",
    )
    return int(side), int(side)


def name_lines(key: str, placeholder: str) -> tuple[str, ...]:
    """Draw the class names, one a line."""
    text = st.text_area(
        "Class names, one a line",
        key=f"{key}_names",
        placeholder=placeholder,
        bind="query-params",
        persist_state="session",
        max_chars=4000,
    )
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _intake(key: str, zips: bool) -> None:
    turn = st.session_state.setdefault(f"{key}_turn", 0)
    brought = st.file_uploader(
        "Your network",
        type=[*(suffix.removeprefix(".") for suffix in SUFFIXES), *(["zip"] if zips else [])],
        key=f"{key}_upload_{turn}",
        max_upload_size=MEGABYTES,
        label_visibility="collapsed",
    )
    if brought is None:
        return
    with opened(brought) as content:
        # A run that was stopped half-way meets the file again after it has been let go of.
        if content is None:
            return
        st.session_state[f"{key}_file"] = _kept(clean_name(brought.name), content)
    let_go(brought)
    st.session_state[f"{key}_turn"] = turn + 1
    st.rerun()


def _kept(name: str, content: BinaryIO) -> OwnFile:
    """Copy the file into a folder of its own."""
    folder = tempfile.TemporaryDirectory(prefix="cnn-playground-")
    digest, size = hashlib.sha256(), 0
    with (Path(folder.name) / "file").open("wb") as file:
        while piece := content.read(1 << 20):
            digest.update(piece)
            size += file.write(piece)
    return OwnFile(name, folder, digest.hexdigest(), size)


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
