"""From a mistake back to the data: give a picture another class or leave it out, then train again."""

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.changes import Changes
from cnn_core.folders.data_set import difference
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.new_run import data_of
from pages.fine_tune_tabs.opened import config_of_run, is_own
from pages.fine_tune_tabs.opened import listing_of as listing_of_run
from pages.fine_tune_tabs.train import train_again
from pages.ui.class_folders import DATA, change, changes_of, listing_of, usable_listing
from pages.ui.class_folders import data_of as data_id_of

_REFUSED = "fine_tune_change_refused"
_LEFT_OUT = "left out"


def own_data_id(entry: RunEntry) -> str | None:
    """The data set that the run was trained on, where this browser may change it."""
    if not is_own(entry):
        return None
    return data_id_of(str(data_of(config_of_run(entry.folder)).get("listing", "")))


def draw_correction(data_id: str | None, file: str, label: str, classes: tuple[str, ...], *, key: str) -> None:
    """What this picture really is: its class, another one, or left out."""
    if data_id is None:
        return
    changes = changes_of(data_id)
    options = [*classes, _LEFT_OUT]
    now = _LEFT_OUT if file in changes.excluded else changes.relabelled.get(file, label)
    widget = f"{key}_{file}"
    st.session_state[widget] = now if now in options else label
    st.selectbox(
        "Its true class",
        options,
        key=widget,
        help="Is the label wrong? Choose what the picture really shows, or leave it out; then train again.",
        on_change=_change,
        args=(data_id, file, widget),
    )


def _change(data_id: str, file: str, widget: str) -> None:
    really = st.session_state[widget]
    items = listing_of(data_id, changed=False).items
    # What the folders say already is no change.
    folders_say = next((item.label for item in items if item.file == file), "")

    def how(changes: Changes) -> Changes:
        if really == _LEFT_OUT:
            return changes.excluding(file)
        kept = changes.restoring(file)
        return kept if really == folders_say else kept.relabelling(file, really)

    try:
        change(data_id, how)
    except InputError as error:
        st.session_state[_REFUSED] = str(error)


def draw_train_again(entry: RunEntry) -> None:
    """How many pictures were changed, and the way back to the tab Train with this run's settings."""
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/error:")
    data_id = own_data_id(entry)
    if data_id is None:
        return
    said = _since(entry, data_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Train again from here",
            key="fine_tune_again",
            icon=":material/replay:",
            on_click=_again,
            args=(entry, data_id),
            help="With this run's settings and the pictures as they are now; the new run is compared with this one.",
        )
        st.caption(f"Pictures changed since this run: {said}." if said else "No picture was changed since this run.")


def _since(entry: RunEntry, data_id: str) -> str:
    """What is different from the pictures that the run was trained on; "" where nothing is, or none can tell."""
    try:
        found = difference(listing_of_run(entry.folder), usable_listing(data_id))
    except InputError:
        return ""
    parts = ((found.relabelled, "in another class"), (found.gone, "left out"), (found.added, "more in use"))
    return ", ".join(f"{count:,} {words}" for count, words in parts if count)


def _again(entry: RunEntry, data_id: str) -> None:
    DATA.choose(data_id)
    train_again(config_of_run(entry.folder), entry.run_id)
