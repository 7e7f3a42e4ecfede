"""A network of the visitor's own, of one list of classes, to be looked at: upload and how the file is read."""

from dataclasses import replace

import streamlit as st

from cnn_core.classifiers.looked_at import LookedAt
from cnn_core.classifiers.own_file import DEFAULT_SIDE, OUTPUTS, OwnOptions, open_own
from cnn_core.classifiers.preparing import ORDERS, PIXELS, PLACEMENTS
from pages.ui.own_file import OwnFile, brought_file, file_choice, name_lines, opened_once, side_choice

OWN_TITLE = "Your own file"


def own_network(key: str) -> LookedAt:
    """Draw upload and options, and give the network; where there is no file yet the page ends here.

    Args:
        key: what the keys of the widgets begin with.

    Raises:
        InputError: the file cannot be used.
    """
    file = brought_file(key, wanted="that classifies photos", zips=False)
    with st.expander("How it is read"):
        options = OwnOptions(
            placement=file_choice(key, "Photo in the input", PLACEMENTS, "placement"),
            pixels=file_choice(key, "Pixels", PIXELS, "pixels"),
            order=file_choice(key, "Channels", ORDERS, "order"),
            outputs=file_choice(key, "Its outputs are", OUTPUTS, "outputs"),
            size=side_choice(key, DEFAULT_SIDE),
            names=name_lines(key, "As in the file, ImageNet's where there are 1,000, or numbers"),
        )
    return opened_once(key, file, options, lambda: _open(file, options))


def _open(file: OwnFile, options: OwnOptions) -> LookedAt:
    network = open_own(file.data, name=file.name, options=options)
    # Two visitors' files may share a name: what is kept is kept by what is in them.
    return replace(network, key=f"own {file.digest} {options}")
