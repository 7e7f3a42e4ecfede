"""A segmenter from a file of the visitor's."""

from dataclasses import replace

import streamlit as st

from cnn_core.letterbox import PLACEMENTS
from cnn_core.pixel_classes import ADE20K, CITYSCAPES
from cnn_core.segmentation.map_outputs import VALUES
from cnn_core.segmentation.own_file import DEFAULT_SIDE, FileOptions, open_file
from cnn_core.segmentation.saved_model import open_saved_model
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.untrusted.picture_network import CHANNELS, PIXELS
from cnn_core.voc_names import VOC
from pages.ui import own_file
from pages.ui.own_file import OwnFile, brought_file, file_choice, name_lines, opened_once, side_choice

KEY = "segmentation_own"
TYPED = "typed"
SETS = {TYPED: "Typed below", "voc": "Pascal VOC's 21", "cityscapes": "Cityscapes' 19", "ade20k": "ADE20K's 150"}
_NAMES = {"voc": VOC, "cityscapes": CITYSCAPES, "ade20k": ADE20K}


def own_segmenter() -> Segmenter:
    """Draw upload and options, and give the segmenter; where there is no file yet the page ends here.

    Raises:
        InputError: the file cannot be used.
    """
    file = brought_file(KEY, wanted="whose output is a map of classes")
    with st.expander("How it is read"):
        options = _options()
    return opened_once(KEY, file, options, lambda: _open(file, options))


def opened_file() -> tuple[OwnFile, FileOptions, Segmenter] | None:
    """The file that answers in this session, how it is read, and the segmenter; None where there is none."""
    return own_file.opened_file(KEY)


def _options() -> FileOptions:
    """What the file does not say of itself.

    Raises:
        InputError: class names that cannot be used.
    """
    values = file_choice(KEY, "The map's numbers", VALUES, "values")
    pixels = file_choice(KEY, "Pixels", PIXELS, "pixels")
    channels = file_choice(KEY, "Channels", CHANNELS, "channels")
    placement = file_choice(KEY, "Photo in the input", PLACEMENTS, "placement")
    size = side_choice(KEY, DEFAULT_SIDE)
    chosen = st.selectbox(
        "Class names",
        list(SETS),
        format_func=SETS.__getitem__,
        key=f"{KEY}_set",
        bind="query-params",
        persist_state="session",
    )
    names = name_lines(KEY, "As in the file, or numbers") if chosen == TYPED else _NAMES[chosen]
    return FileOptions(names, placement, channels, pixels, values, size)


def _open(file: OwnFile, options: FileOptions) -> Segmenter:
    if file.zipped:
        segmenter = open_saved_model(file.path, name=file.name, options=options, key=f"zip {file.digest}")
    else:
        segmenter = open_file(file.data, name=file.name, options=options)
    # Two visitors' files may share a name: results are kept by what is in them.
    return replace(segmenter, name=f"{file.digest} {options}")
