"""Pictures that are there more than once, side by side."""

from pathlib import Path

import streamlit as st

from cnn_core.folders.check_up import CheckUp
from cnn_core.folders.duplicates import Duplicates
from cnn_core.folders.listing import Listing
from cnn_core.folders.tiles import tile_sources
from pages.ui.class_folders import change_by_click
from pages.ui.words import plain

KEY = "fine_tune_duplicates"
AT_ONCE = 8
MOST_BESIDE = 6
WORDS = {"train": "to train on", "validation": "for validation", "test": "for the test"}


def draw(data_id: str, found: CheckUp) -> None:
    """Group after group; of each, one picture can be kept."""
    groups = found.duplicates
    pages = -(-len(groups) // AT_ONCE)
    first = 0
    if pages > 1:
        first = AT_ONCE * (int(st.number_input("Page of duplicates", 1, pages, 1, key=f"{KEY}_page", width=180)) - 1)
    for number, group in enumerate(groups[first : first + AT_ONCE], first):
        _draw_group(data_id, found.usable, group, number)


def _draw_group(data_id: str, listing: Listing, group: Duplicates, number: int) -> None:
    said = ["the same file" if group.exact else "look the same"]
    if group.mirrored:
        said.append("some mirrored")
    if group.across_parts:
        said.append("**in more than one part**")
    if group.labels_disagree:
        said.append("**in two classes**: keep the one whose class is right")
    with st.container(border=True):
        st.markdown(f"{len(group.files)} pictures, {', '.join(said)}")
        files = group.files[:MOST_BESIDE]
        sources = _sources(listing.root, files, listing)
        # Four at least, so that two pictures do not fill the page.
        columns = st.columns(max(4, len(files)), gap="small")
        for column, file, source, label, part in zip(columns, files, sources, group.labels, group.parts, strict=False):
            with column:
                st.image(source, width="stretch", alt=f"{file}, class {label}")
                st.caption(f"{plain(file)}: {plain(label)}, {WORDS[part]}")
                st.button(
                    "Keep this one only",
                    key=f"{KEY}_{number}_{file}",
                    on_click=_keep,
                    args=(data_id, file, group.files),
                )
        if len(group.files) > MOST_BESIDE:
            st.caption(f"… and {len(group.files) - MOST_BESIDE} more")


def _keep(data_id: str, file: str, files: tuple[str, ...]) -> None:
    change_by_click(data_id, lambda changes: changes.excluding(*(one for one in files if one != file)))


@st.cache_data(max_entries=64, show_spinner=False)
def _sources(root: Path, files: tuple[str, ...], _listing: Listing) -> tuple[str, ...]:
    return tile_sources(_listing, files, side=240)
