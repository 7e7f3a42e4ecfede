"""How pictures become a data set: uploads copied with their progress, ready-made sets written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, read_about, save_about
from cnn_core.folders.intake import DataStore, Taken
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go, opened
from pages.ui.words import plain
from pages.ui.workplace import data_store, owner

_MOST_REFUSED = 8


@dataclass(frozen=True)
class Shelf:
    """Where a page keeps its data sets.

    Attributes:
        key: with which the keys of its widgets begin.
        told: session key of what was taken in: a sentence, some of what was refused, how many were.
        kind: as in `data_store`.
        choose: uses a data set from the next run of the page on.
        wanted: what a data set is, for the message where there was nothing in it.
    """

    key: str
    told: str
    kind: str
    choose: Callable[[str | None], None]
    wanted: str = "a folder with class folders of pictures"

    @property
    def store(self) -> DataStore:
        """Of its data sets."""
        return data_store(self.kind)


@dataclass
class Intake:
    """What is being taken in; it goes on where it was when a click interrupts the page.

    Attributes:
        data_id: where it goes.
        fresh: whether that is a new data set.
        done: ids of files that have been dealt with.
        refused: why some were not taken.
    """

    data_id: str
    fresh: bool
    done: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)


def take_in(
    shelf: Shelf,
    files: Sequence[Any],
    keep: Callable[[str, Any, Any], object],
    *,
    source: str,
    title: str,
    more: str | None = None,
) -> None:
    """Copy what was uploaded into a data set, with its progress, and use it."""
    intake = st.session_state.get(f"{shelf.key}_intake")
    if intake is None or intake.data_id not in shelf.store.owned(owner()):
        intake = Intake(more or shelf.store.new(owner()), fresh=more is None)
        st.session_state[f"{shelf.key}_intake"] = intake
        if intake.fresh:
            save_about(shelf.store.folder(intake.data_id), About(title))
    before = replace(shelf.store.taken(intake.data_id))
    bar = ProgressBar("Taking in")
    for number, file in enumerate(files, start=1):
        if file.file_id in intake.done:
            continue
        with opened(file) as content:
            if content is not None:
                try:
                    keep(intake.data_id, file, content)
                except InputError as error:
                    intake.refused.append(str(error))
        intake.done.add(file.file_id)
        let_go(file)
        bar.draw(number, len(files))
    del st.session_state[f"{shelf.key}_intake"]
    next_widget(shelf, source)
    taken_in(shelf, intake.data_id, before=before, fresh=intake.fresh, refused=intake.refused)


def taken_in(
    shelf: Shelf, data_id: str, *, before: Taken, fresh: bool, refused: Sequence[str], remark: str = ""
) -> None:
    """Use a data set that files have come into.

    Args:
        shelf: where it lies.
        data_id: the data set.
        before: what it held before them.
        fresh: whether it is a new one, which goes where nothing came.
        refused: why some were not taken.
        remark: a sentence to say before the others.

    Raises:
        InputError: nothing was taken in.
    """
    taken = shelf.store.taken(data_id)
    if fresh and not taken.files:
        shelf.store.remove(data_id)
        if refused:
            raise InputError(f"Nothing was taken in. {refused[0].rstrip('.')}", "Then upload again")
        if remark:
            raise InputError(remark.rstrip("."), "Choose the folder again")
        what = f"{taken.junk} files of the operating system" if taken.junk else "no files"
        raise InputError(f"There are {what} in it and no pictures", f"Choose {shelf.wanted}")
    count = taken.files - before.files
    said = [remark] if remark else []
    said.append(f"{count:,} file{'' if count == 1 else 's'} taken in, {(taken.bytes - before.bytes) / 1e6:,.1f} MB.")
    if taken.junk:
        said.append(f"{taken.junk:,} that operating systems leave behind were skipped.")
    if taken.copies:
        said.append(f"{taken.copies:,} were there already.")
    settle(shelf, data_id, said, refused)


def settle(shelf: Shelf, data_id: str, said: Sequence[str] = (), refused: Sequence[str] = ()) -> None:
    """Use a data set that is complete; what had to go for it is said, with what there is to say."""
    gone: list[str] = []
    shelf.store.make_room(
        owner(), keep=data_id, tell=lambda old: gone.append(plain(read_about(shelf.store.folder(old)).title))
    )
    if gone:
        were = "was" if len(gone) == 1 else "were"
        said = [*said, f"{shelf.store.max_sets} data sets are kept: {' and '.join(gone)} {were} removed."]
    st.session_state[shelf.told] = (" ".join(said), list(refused[:_MOST_REFUSED]), len(refused))
    shelf.choose(data_id)
    st.rerun()


def make(shelf: Shelf, title: str, write: Callable[[Path, Callable[[int, int], None]], object]) -> None:
    """Write a ready-made set, with its progress, and use it; a click elsewhere gives it up."""
    data_id = shelf.store.new(owner())
    finished = False
    try:
        write(shelf.store.root(data_id), ProgressBar("Writing").draw)
        save_about(shelf.store.folder(data_id), About(title))
        finished = True
    finally:
        if not finished:
            shelf.store.remove(data_id)
    settle(shelf, data_id)


def widget_key(shelf: Shelf, source: str) -> str:
    """The key of a source's widget, another one each time that it was emptied."""
    return f"{shelf.key}_{source}_{st.session_state.get(f'{shelf.key}_turn_{source}', 0)}"


def next_widget(shelf: Shelf, source: str) -> None:
    """An empty widget the next time: what was in it has been taken in."""
    st.session_state[f"{shelf.key}_turn_{source}"] = st.session_state.get(f"{shelf.key}_turn_{source}", 0) + 1
