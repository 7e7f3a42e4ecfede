"""Tab Runs: the run that is open, watched live, and the list of all of one's runs."""

from dataclasses import replace

import streamlit as st

from cnn_core.backbones import BACKBONES
from cnn_core.errors import InputError
from cnn_core.runs import client
from cnn_core.runs.folder import read_events, read_status
from cnn_core.runs.store import RunEntry
from cnn_core.transfer.history import history_of, standing
from cnn_core.transfer.new_run import data_of
from pages.fine_tune_tabs.ahead import TRAINING
from pages.fine_tune_tabs.code import RUN_SNIPPETS
from pages.fine_tune_tabs.curves import compare_curves
from pages.fine_tune_tabs.live import draw_live
from pages.fine_tune_tabs.opened import (
    VIEW,
    close_run,
    code_folder,
    config_of_run,
    is_own,
    names_of,
    open_run,
    opened_run,
)
from pages.ui.lesson import same_in_code, what_happens
from pages.ui.mendable import mendable
from pages.ui.words import ago, duration, percent, plain, state_badge
from pages.ui.workplace import owner, run_store

_FEW = 12
MOST_COMPARED = 6
_REFUSED = "fine_tune_list_refused"
_OPENED = "fine_tune_list_opened"
_LIST_SECONDS = 2


def draw() -> None:
    """The open run, then the list."""
    entry = None
    st.session_state.pop(_OPENED, None)
    with mendable():
        entry = opened_run()
        if entry is not None:
            _open(entry)
    entries = tuple(entry for entry in run_store().list(owner()) if config_of_run(entry.folder).get("job") == TRAINING)
    st.subheader("All runs" if run_store().classroom else "Your runs", anchor=False)
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/error:")
    if not entries:
        st.info(
            "No run yet. Choose pictures in the tab Data, then press Train in the tab Train.", icon=":material/add:"
        )
    else:
        _list(entries)
        _compare(entries)
    what_happens(
        "A run is a folder that a process of its own writes into. This page only watches it: leave, reload, come back, "
        "open the link elsewhere, and the run goes on. A run that was stopped or killed goes on after its last whole "
        "epoch, with the pictures in the same order.",
        r"\text{order}_e = \text{permutation}(\text{seed}, \text{epoch } e)",
    )
    if shown := entry or next(iter(entries), None):
        snippets = {title: code.format(run=code_folder(shown)) for title, code in RUN_SNIPPETS.items()}
        same_in_code(snippets, key="fine_tune_runs", file="run")


def _open(entry: RunEntry) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"#### {plain(entry.name)}", width="stretch")
            _share(entry)
            if is_own(entry):
                _change(entry)
            st.button("Close", key="fine_tune_close", icon=":material/close:", type="tertiary", on_click=close_run)
        st.caption(_about(entry))
        draw_live(entry)


def _about(entry: RunEntry) -> str:
    config = config_of_run(entry.folder)
    backbone = BACKBONES.get(str(config.get("backbone")))
    data = plain(str(data_of(config).get("name") or "pictures"))
    size = config.get("input_size") or ["?", "?"]
    parts = [data, backbone.title if backbone else "?", f"{size[0]} × {size[1]}", ago(entry.created)]  # type: ignore[index]
    if not is_own(entry):
        parts.append("somebody else's run")
    return " · ".join(parts)


def _share(entry: RunEntry) -> None:
    with st.popover("Share", icon=":material/link:"):
        base = (st.context.url or "").split("?")[0]
        view = "Result" if entry.status.state == "done" else "Runs"
        st.code(f"{base}?run={entry.run_id}&{VIEW}={view}", language=None, wrap_lines=True)
        st.caption("Whoever has this link sees the run, its result and its pictures. Nobody can guess it.")


def _change(entry: RunEntry) -> None:
    with st.popover("Rename or delete", icon=":material/edit:"):
        st.text_input(
            "Name",
            entry.name,
            max_chars=200,
            key=f"fine_tune_rename_{entry.run_id}",
            on_change=_rename,
            args=(entry.run_id,),
        )
        st.button(
            "Delete this run",
            key="fine_tune_delete_run",
            icon=":material/delete:",
            disabled=entry.busy,
            on_click=_delete,
            args=(entry.run_id,),
            help="Stop it first." if entry.busy else "With its network and all that belongs to it. The pictures stay.",
        )


def _rename(run_id: str) -> None:
    try:
        run_store().rename(run_id, st.session_state[f"fine_tune_rename_{run_id}"], owner=owner())
    except InputError as error:
        st.session_state[_REFUSED] = str(error)


def _delete(run_id: str) -> None:
    try:
        run_store().delete(run_id, owner=owner())
    except InputError as error:
        st.session_state[_REFUSED] = str(error)
    else:
        close_run()


def _list(entries: tuple[RunEntry, ...]) -> None:
    shown = entries
    if len(entries) > _FEW and not st.toggle(f"All {len(entries)}", key="fine_tune_all", bind="query-params"):
        shown = entries[:_FEW]
    names = names_of(entries)
    live = any(entry.status.live for entry in shown)
    # The run that is open is watched beside it: the list must not say otherwise for long.
    rows = st.fragment(_rows, run_every=_LIST_SECONDS) if live else _rows
    rows([replace(entry, name=names[entry.run_id]) for entry in shown])


def _rows(entries: list[RunEntry]) -> None:
    """A row for each run, as it is now; the page is drawn again where one was opened, or ended."""
    if st.session_state.pop(_OPENED, False):
        st.rerun()
    for before in entries:
        entry = _as_it_is(before)
        if entry.status.live != before.status.live:
            st.rerun()
        config = config_of_run(entry.folder)
        backbone = BACKBONES.get(str(config.get("backbone")))
        now = standing(entry.folder)
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"fine_tune_row_{entry.run_id}"
        ):
            st.button(
                plain(entry.name),
                key=f"fine_tune_open_{entry.run_id}",
                icon=":material/folder_open:",
                type="tertiary",
                on_click=_open_from_list,
                args=(entry.run_id,),
            )
            place = client.place_in_queue(entry.folder)
            waits = f" number {place}" if place else ""
            facts = [
                plain(str(data_of(config).get("name") or "pictures"), 30),
                backbone.title if backbone else "?",
                f"{now.measure} **{percent(now.accuracy)}**",
                duration(now.seconds),
                ago(entry.created),
            ]
            st.markdown(f"{state_badge(entry.status.state)}{waits} " + " · ".join(facts), width="content")


def _open_from_list(run_id: str) -> None:
    """In a callback: what is clicked in a fragment draws the fragment alone, and the open run is outside."""
    open_run(run_id)
    st.session_state[_OPENED] = True


def _as_it_is(entry: RunEntry) -> RunEntry:
    try:
        return replace(entry, status=read_status(entry.folder))
    except InputError:
        # Deleted in another window.
        return entry


def _compare(entries: tuple[RunEntry, ...]) -> None:
    histories = {entry.run_id: history_of(read_events(entry.folder)) for entry in entries}
    trained = [entry for entry in entries if len(histories[entry.run_id])]
    if len(trained) < 2:
        return
    all_names = names_of(entries)
    names = {entry.run_id: all_names[entry.run_id] for entry in trained}
    chosen = st.multiselect(
        f"Compare curves of up to {MOST_COMPARED}",
        list(names),
        format_func=names.__getitem__,
        max_selections=MOST_COMPARED,
        key="fine_tune_compared",
    )
    if chosen:
        compare_curves({names[run_id]: histories[run_id] for run_id in chosen}, key="fine_tune_compare")
