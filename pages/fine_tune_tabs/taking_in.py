"""How pictures become a data set: uploads copied with their progress, ready-made sets written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, save_about
from pages.fine_tune_tabs.chosen import choose_data, data_folder
from pages.ui.progress import ProgressBar
from pages.ui.upload_disk import let_go, opened
from pages.ui.workplace import data_store, owner

KEY = "fine_tune_source"
TOLD = "fine_tune_told"
_MOST_REFUSED = 8


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
    files: Sequence[Any], keep: Callable[[str, Any, Any], object], *, source: str, title: str, more: str | None = None
) -> None:
    """Copy what was uploaded into a data set, with its progress, and use it."""
    intake = st.session_state.get(f"{KEY}_intake")
    if intake is None or intake.data_id not in data_store().owned(owner()):
        intake = Intake(more or data_store().new(owner()), fresh=more is None)
        st.session_state[f"{KEY}_intake"] = intake
        if intake.fresh:
            save_about(data_folder(intake.data_id), About(title))
    before = replace(data_store().taken(intake.data_id))
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
    del st.session_state[f"{KEY}_intake"]
    taken = data_store().taken(intake.data_id)
    next_widget(source)
    if intake.fresh and not taken.files:
        data_store().remove(intake.data_id)
        if intake.refused:
            raise InputError(f"Nothing was taken in. {intake.refused[0].rstrip('.')}", "Then upload again")
        what = f"{taken.junk} files of the operating system" if taken.junk else "no files"
        raise InputError(f"There are {what} in it and no pictures", "Choose a folder with class folders of pictures")
    said = [f"{taken.files - before.files:,} files taken in, {(taken.bytes - before.bytes) / 1e6:,.1f} MB."]
    if taken.junk:
        said.append(f"{taken.junk:,} that operating systems leave behind were skipped.")
    if taken.copies:
        said.append(f"{taken.copies:,} were there already.")
    st.session_state[TOLD] = (" ".join(said), intake.refused[:_MOST_REFUSED], len(intake.refused))
    choose_data(intake.data_id)
    st.rerun()


def make(title: str, write: Callable[[Path, Callable[[int, int], None]], object]) -> None:
    """Write a ready-made set, with its progress, and use it; a click elsewhere gives it up."""
    data_id = data_store().new(owner())
    finished = False
    try:
        write(data_store().root(data_id), ProgressBar("Writing").draw)
        save_about(data_folder(data_id), About(title))
        finished = True
    finally:
        if not finished:
            data_store().remove(data_id)
    choose_data(data_id)
    st.rerun()


def widget_key(source: str) -> str:
    """The key of a source's widget, another one each time that it was emptied."""
    return f"{KEY}_{source}_{st.session_state.get(f'{KEY}_turn_{source}', 0)}"


def next_widget(source: str) -> None:
    """An empty widget the next time: what was in it has been taken in."""
    st.session_state[f"{KEY}_turn_{source}"] = st.session_state.get(f"{KEY}_turn_{source}", 0) + 1
