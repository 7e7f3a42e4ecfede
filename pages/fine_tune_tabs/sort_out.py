"""Leave pictures out, give them another class, or take that back: by a click on each."""

from pathlib import Path

import streamlit as st

from cnn_core.folders.changes import Changes
from cnn_core.folders.check_up import CheckUp
from cnn_core.folders.data_set import relabelling_all
from cnn_core.folders.listing import Listing
from cnn_core.folders.tiles import tile_sources
from pages.ui.class_folders import change_by_click, changes_of, listing_of
from pages.ui.tiles import Tile, forget_choice, tile_picker

KEY = "fine_tune_sort"
AT_ONCE = 48
SIDE = 160
SHOW = {
    "all": "All",
    "changed": "Changed by you",
    "copies": "There more than once",
    "small": "Far too small",
    "broken": "Cannot be opened",
}


@st.fragment
def draw(data_id: str, found: CheckUp) -> None:
    """Which pictures, the pictures, and what to do with those that are chosen."""
    changes = changes_of(data_id)
    everything = listing_of(data_id, changed=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label = st.selectbox("Class", ["Every class", *everything.classes], key=f"{KEY}_class", width=240)
        show = st.selectbox("Show", list(SHOW), format_func=SHOW.__getitem__, key=f"{KEY}_show", width=220)
        wanted = _files(show, found, changes)
        files = [
            item.file
            for item in everything.items
            if (wanted is None or item.file in wanted)
            and label in {"Every class", item.label, changes.relabelled.get(item.file, item.label)}
        ]
        pages = max(1, -(-len(files) // AT_ONCE))
        page = min(int(st.number_input("Page", 1, pages, key=f"{KEY}_page_{pages}", width=130)), pages)
        st.caption(f"of {pages:,}; {len(files):,} pictures", width="content")
    some = files[(page - 1) * AT_ONCE : page * AT_ONCE]
    if not some:
        st.info("There are none of these.", icon=":material/image_search:")
        return
    place = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    labels = {item.file: item.label for item in everything.items}
    sources = _sources(everything.root, tuple(some), everything)
    tiles = [_tile(file, labels[file], source, changes, found) for file, source in zip(some, sources, strict=True)]
    chosen = tile_picker(tiles, key=KEY, label="Pictures to choose among")
    with place:
        _draw_actions(data_id, chosen, everything.classes)


def _draw_actions(data_id: str, chosen: list[str], classes: tuple[str, ...]) -> None:
    none = not chosen
    st.button(
        "Leave out",
        icon=":material/hide_image:",
        key=f"{KEY}_out",
        disabled=none,
        on_click=_apply,
        args=(data_id, "out", chosen, ""),
    )
    target = st.selectbox("Another class", classes, key=f"{KEY}_target", label_visibility="collapsed", width=200)
    st.button(
        "Give them this class",
        icon=":material/label:",
        key=f"{KEY}_label",
        disabled=none,
        on_click=_apply,
        args=(data_id, "label", chosen, target),
    )
    st.button(
        "As they were",
        icon=":material/undo:",
        key=f"{KEY}_restore",
        disabled=none,
        on_click=_apply,
        args=(data_id, "restore", chosen, ""),
    )
    st.caption(f"{len(chosen):,} chosen" if chosen else "Click pictures to choose them; Shift takes all between.")
    if st.session_state.pop(f"{KEY}_done", False):
        # The counts above the fragment follow.
        st.rerun()


def _apply(data_id: str, what: str, files: list[str], label: str) -> None:
    if what == "out":
        change_by_click(data_id, lambda changes: changes.excluding(*files))
    elif what == "label":
        change_by_click(data_id, relabelling_all(files, label))
    else:
        change_by_click(data_id, lambda changes: changes.restoring(*files))
    forget_choice(KEY)
    st.session_state[f"{KEY}_done"] = True


def _files(show: str, found: CheckUp, changes: Changes) -> set[str] | None:
    """The files of a kind; None for all."""
    if show == "changed":
        return {*changes.excluded, *changes.relabelled}
    if show == "copies":
        return {file for group in found.duplicates for file in group.files}
    if show == "small":
        return {one.file for one in found.too_small}
    if show == "broken":
        return {one.file for one in found.unreadable}
    return None


def _tile(file: str, label: str, source: str, changes: Changes, found: CheckUp) -> Tile:
    out = file in changes.excluded
    now = changes.relabelled.get(file)
    mark = "left out" if out else f"{label} → {now}" if now and now != label else ""
    return Tile(file, source, caption=f"{label} · {file.rpartition('/')[2]}", mark=mark, out=out)


@st.cache_data(max_entries=48, show_spinner=False)
def _sources(root: Path, files: tuple[str, ...], _listing: Listing) -> tuple[str, ...]:
    return tile_sources(_listing, files, side=SIDE)
