"""A detector from a file of the visitor's: kept for this session, opened once for the same options."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import streamlit as st

from cnn_core.detection.detector import Detector
from cnn_core.detection.head_plan import HEADS
from cnn_core.detection.own_file import DEFAULT_SIDE, PLACEMENTS, FileOptions, open_file
from cnn_core.detection.saved_model import open_saved_model
from cnn_core.errors import InputError
from cnn_core.untrusted.picture_network import CHANNELS, MOST_SIDE, PIXELS, SUFFIXES
from pages.ui.picture import clean_name
from pages.ui.upload_disk import let_go, opened
from pages.ui.words import plain

MEGABYTES = 150
KEY = "detection_own"
FILE, OPENED = f"{KEY}_file", f"{KEY}_opened"
AUTO = "auto"


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


def own_detector() -> Detector:
    """Draw upload and options, and give the detector; where there is no file yet the page ends here.

    Raises:
        InputError: the file cannot be used.
    """
    _intake()
    file: OwnFile | None = st.session_state.get(FILE)
    if file is None:
        st.info(
            "Bring a network that finds boxes: .keras, .onnx, .tflite, or a zip with a SavedModel. It stays in this "
            "session.",
            icon=":material/upload:",
        )
        st.stop()
    st.caption(f":material/draft: {plain(file.name)}, {file.size / 1e6:,.1f} MB")
    with st.expander("How it is read"):
        options = _options()
    return _opened(file, options)


def opened_file() -> tuple[OwnFile, FileOptions, Detector] | None:
    """The file that answers in this session, how it is read, and the detector; None where there is none."""
    file: OwnFile | None = st.session_state.get(FILE)
    kept = st.session_state.get(OPENED)
    if file is None or kept is None or kept[0][0] != file.digest or isinstance(kept[1], InputError):
        return None
    return file, kept[0][1], kept[1]


def _intake() -> None:
    turn = st.session_state.setdefault(f"{KEY}_turn", 0)
    brought = st.file_uploader(
        "Your network",
        type=[*(suffix.removeprefix(".") for suffix in SUFFIXES), "zip"],
        key=f"{KEY}_upload_{turn}",
        max_upload_size=MEGABYTES,
        label_visibility="collapsed",
    )
    if brought is None:
        return
    with opened(brought) as content:
        # A run that was stopped half-way meets the file again after it has been let go of.
        if content is None:
            return
        st.session_state[FILE] = _kept(clean_name(brought.name), content)
    let_go(brought)
    st.session_state[f"{KEY}_turn"] = turn + 1
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


def _options() -> FileOptions:
    """What the file does not say of itself.

    Raises:
        InputError: class names that cannot be used.
    """
    head = _choice("Outputs", HEADS, "head")
    placement = _choice("Photo in the input", PLACEMENTS, "placement")
    channels = _choice("Channels", CHANNELS, "channels")
    pixels = _choice("Pixels", PIXELS, "pixels")
    side = st.number_input(
        "Input size, if left open",
        32,
        MOST_SIDE,
        DEFAULT_SIDE,
        32,
        key=f"{KEY}_side",
        bind="query-params",
        persist_state="session",
    )
    text = st.text_area(
        "Class names, one a line",
        key=f"{KEY}_names",
        placeholder="As in the file, or COCO's 80",
        bind="query-params",
        persist_state="session",
        max_chars=4000,
    )
    names = tuple(line.strip() for line in (text or "").splitlines() if line.strip())
    return FileOptions(names, placement, channels, pixels, head, (int(side), int(side)))


def _choice(label: str, titles: Mapping[str, str], name: str) -> str:
    return st.selectbox(
        label,
        [AUTO, *titles],
        format_func=lambda option: "Usual for its kind" if option == AUTO else titles[option],
        key=f"{KEY}_{name}",
        bind="query-params",
        persist_state="session",
    )


def _opened(file: OwnFile, options: FileOptions) -> Detector:
    """The detector; what was refused stays refused until file or options change."""
    key = (file.digest, options)
    kept = st.session_state.get(OPENED)
    if kept is None or kept[0] != key:
        with st.spinner("Opening the network in a process of its own …"):
            try:
                # Two visitors' files may share a name: results are kept by what is in them.
                kept = (key, replace(_open(file, options), name=f"{file.digest} {options}"))
            except InputError as error:
                kept = (key, error)
        st.session_state[OPENED] = kept
    if isinstance(kept[1], InputError):
        raise kept[1]
    return kept[1]


def _open(file: OwnFile, options: FileOptions) -> Detector:
    if file.name.lower().endswith(".zip"):
        key = f"zip {file.digest} {options.names}"
        return open_saved_model(file.path, name=file.name, names=options.names, key=key)
    return open_file(file.data, name=file.name, options=options)
