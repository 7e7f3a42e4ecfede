"""A detector from a file of the visitor's."""

from dataclasses import replace

import streamlit as st

from cnn_core.detection.detector import Detector
from cnn_core.detection.head_plan import HEADS
from cnn_core.detection.own_file import DEFAULT_SIDE, FileOptions, open_file
from cnn_core.detection.saved_model import open_saved_model
from cnn_core.letterbox import PLACEMENTS
from cnn_core.untrusted.picture_network import CHANNELS, PIXELS
from pages.ui import own_file
from pages.ui.own_file import OwnFile, brought_file, file_choice, name_lines, opened_once, side_choice

KEY = "detection_own"


def own_detector() -> Detector:
    """Draw upload and options, and give the detector; where there is no file yet the page ends here.

    Raises:
        InputError: the file cannot be used.
    """
    file = brought_file(KEY, wanted="that finds boxes")
    with st.expander("How it is read"):
        options = _options()
    return opened_once(KEY, file, options, lambda: _open(file, options))


def opened_file() -> tuple[OwnFile, FileOptions, Detector] | None:
    """The file that answers in this session, how it is read, and the detector; None where there is none."""
    return own_file.opened_file(KEY)


def _options() -> FileOptions:
    """What the file does not say of itself.

    Raises:
        InputError: class names that cannot be used.
    """
    head = file_choice(KEY, "Outputs", HEADS, "head")
    placement = file_choice(KEY, "Photo in the input", PLACEMENTS, "placement")
    channels = file_choice(KEY, "Channels", CHANNELS, "channels")
    pixels = file_choice(KEY, "Pixels", PIXELS, "pixels")
    size = side_choice(KEY, DEFAULT_SIDE)
    names = name_lines(KEY, "As in the file, or COCO's 80")
    return FileOptions(names, placement, channels, pixels, head, size)


def _open(file: OwnFile, options: FileOptions) -> Detector:
    if file.zipped:
        key = f"zip {file.digest} {options.names}"
        detector = open_saved_model(file.path, name=file.name, names=options.names, key=key)
    else:
        detector = open_file(file.data, name=file.name, options=options)
    # Two visitors' files may share a name: results are kept by what is in them.
    return replace(detector, name=f"{file.digest} {options}")
