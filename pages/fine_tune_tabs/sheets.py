"""A contact sheet of each class: what it holds, at a glance."""

from pathlib import Path

import streamlit as st

from cnn_core.drawing import encode
from cnn_core.folders.listing import Listing
from cnn_core.folders.sheets import contact_sheet
from pages.ui.words import plain

AT_ONCE = 12
COUNT, SIDE = 24, 96


def draw_sheets(listing: Listing) -> None:
    """Two sheets to a row, a dozen to a page."""
    labels = [label for label in listing.classes if listing.of(label=label)]
    pages = -(-len(labels) // AT_ONCE)
    first = 0
    if pages > 1:
        first = AT_ONCE * (int(st.number_input("Page of classes", 1, pages, 1, key="fine_tune_sheet", width=180)) - 1)
    shown = labels[first : first + AT_ONCE]
    for at in range(0, len(shown), 2):
        for column, label in zip(st.columns(2, gap="medium"), shown[at : at + 2], strict=False):
            files = tuple(item.file for item in listing.of(label=label))
            with column:
                count = "1 picture" if len(files) == 1 else f"{len(files):,} pictures"
                st.markdown(f"**{plain(label)}**, {count}" + (f", {COUNT} of them here" if len(files) > COUNT else ""))
                st.image(
                    _sheet(listing.root, label, files, listing),
                    alt=f"{min(COUNT, len(files))} pictures of the class {label}",
                    width="stretch",
                )


@st.cache_data(max_entries=64, show_spinner=False)
def _sheet(root: Path, label: str, files: tuple[str, ...], _listing: Listing) -> bytes:
    return encode(contact_sheet(_listing, label, count=COUNT, side=SIDE), lossless=False)
