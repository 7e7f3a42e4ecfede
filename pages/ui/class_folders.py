"""The data set in use: in the link as `?data=`, but only for the browser that brought it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.changes import Changes, read_changes
from cnn_core.folders.data_set import (
    change_data_set,
    keep_listing,
    list_data_set,
    listing_that_opens,
    read_about,
    save_about,
)
from cnn_core.folders.listing import Listing
from pages.ui.data_in_use import DataInUse
from pages.ui.mendable import mendable

DATA = DataInUse("data", "data", "fine_tune_data")


def keep_in_link() -> None:
    """Write the data set into the link again, which another page has emptied, and tell where it is not there."""
    DATA.keep_in_link()
    if DATA.get() is None and (st.query_params.get(DATA.link) or st.session_state.get(DATA.key)):
        st.info(
            "The pictures in this link are kept only for the browser that brought them, and only for some days.",
            icon=":material/lock:",
        )


def chosen_listing() -> Listing | None:
    """The data set in use with its changes made, without files that cannot be opened; None where there is none.

    Raises:
        InputError: there is none that could be trained on: no pictures, none in class folders, and so on.
    """
    data_id = DATA.get()
    return None if data_id is None else usable_listing(data_id)


def usable_listing(data_id: str) -> Listing:
    """A data set of this browser with its changes made, without files that cannot be opened.

    Raises:
        InputError: as `chosen_listing`.
    """
    listing = listing_of(data_id)
    facts = DATA.store.folder(data_id) / "facts.npz"
    return _that_opens(facts, (listing.items, listing.classes, listing.root), listing)


def listing_of(data_id: str, *, changed: bool = True) -> Listing:
    """A data set of this browser, as its folders say or with the changes made.

    Raises:
        InputError: as `chosen_listing`.
    """
    folder = DATA.checked_folder(data_id)
    about = read_about(folder)
    changes = read_changes(folder / "changes.json") if changed else Changes()
    taken = DATA.store.taken(data_id)
    look = st.session_state.get(f"{DATA.key}_look", 0)
    return _listing(folder, about, _key(changes), (taken.files, taken.bytes, look), changes)


def look_again() -> None:
    """List the pictures anew: those on the server may have changed."""
    st.session_state[f"{DATA.key}_look"] = st.session_state.get(f"{DATA.key}_look", 0) + 1


def kept_listing() -> Path:
    """A file with the list of the data set in use, for the configuration of a run: later changes leave it alone.

    Raises:
        InputError: no data set is chosen; as `chosen_listing`.
    """
    data_id, listing = DATA.get(), chosen_listing()
    if data_id is None or listing is None:
        raise InputError("There are no pictures yet", "Choose some in the tab Data")
    return keep_listing(DATA.store.folder(data_id), listing)


def data_of(listing_path: str | Path) -> str | None:
    """The id of the data set that a run's list belongs to, where it is this browser's and still there."""
    path = Path(listing_path)
    return next((data_id for data_id in DATA.own() if data_id in path.parts), None)


def changes_of(data_id: str) -> Changes:
    """What was changed about a data set."""
    return read_changes(DATA.store.folder(data_id) / "changes.json")


def change(data_id: str, how: Callable[[Changes], Changes]) -> None:
    """Change a data set of this browser, as in `change(data_id, lambda changes: changes.excluding("cat/1.jpg"))`.

    Raises:
        InputError: it is not this browser's, or gone; the disk is full.
    """
    if data_id not in DATA.own():
        raise InputError("These pictures belong to somebody else", "Bring pictures of your own in the tab Data")
    change_data_set(DATA.store.folder(data_id), how)


def change_by_click(data_id: str, how: Callable[[Changes], Changes]) -> None:
    """The same as a button's callback: what cannot be done is said on the page."""
    with mendable():
        change(data_id, how)


def split_anew(data_id: str, *, validation: float, seed: int) -> None:
    """Keep another part of the pictures for validation.

    Raises:
        InputError: the part is out of range; the disk is full.
    """
    folder = DATA.store.folder(data_id)
    save_about(folder, replace(read_about(folder), validation=validation, seed=seed))


def _key(changes: Changes) -> tuple[object, ...]:
    return (changes.excluded, frozenset(changes.relabelled.items()), changes.without)


@st.cache_resource(max_entries=32, show_spinner="Looking at each picture …")
def _that_opens(facts: Path, key: object, _listing: Listing) -> Listing:
    """What the check-up has found out about each file is read again, and not found out again."""
    return listing_that_opens(_listing, cache=facts)


@st.cache_resource(max_entries=32, show_spinner="Listing the pictures …")
def _listing(folder: Path, about: object, key: object, content: object, _changes: Changes) -> Listing:
    """Nothing is listed again while neither the files nor the changes change."""
    return list_data_set(folder, changes=_changes)
