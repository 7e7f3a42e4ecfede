"""The parts of a choice of pictures that pages share: a folder, zips, a path on the server, one of one's own sets."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import allowed_folders, allowed_path
from cnn_core.folders.names import shown
from pages.ui.data_in_use import DataInUse
from pages.ui.folder_landing import Place
from pages.ui.folder_upload import folder_upload
from pages.ui.taking_in import Shelf, next_widget, settle, take_in, widget_key
from pages.ui.upload_disk import LARGEST_MEGABYTES
from pages.ui.words import counted, plain
from pages.ui.workplace import owner

_MOST_SAID = 12


def draw_sources(shelf: Shelf, sources: Mapping[str, Callable[[], None]]) -> None:
    """The choice of a source and its controls; the link holds its title, so that a preset can set it beforehand.

    Args:
        shelf: where what comes goes.
        sources: title and what draws it; a path on the server joins them where the operator allows some.
    """
    every = {**sources, **({"On the server": lambda: server_source(shelf)} if allowed_folders() else {})}
    source = st.segmented_control(
        "Where the pictures come from",
        list(every),
        default=next(iter(every)),
        required=True,
        key=shelf.key,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    every[source]()


def folder_source(
    shelf: Shelf,
    label: str,
    caption: str,
    *,
    more: str | None = None,
    place: Place = list,
) -> None:
    """Upload a folder.

    Args:
        shelf: where it goes.
        label: of the widget.
        caption: which layouts are understood.
        more: the data set that it is added to; None makes a new one.
        place: the names under which the files are kept.
    """
    folder_upload(shelf, label, more=more, place=place)
    st.caption(caption)


def zip_source(shelf: Shelf, caption: str) -> None:
    """Upload zips of such folders, which become one data set."""
    files = st.file_uploader(
        "Zips of such folders",
        type=["zip"],
        accept_multiple_files=True,
        key=widget_key(shelf, "zip"),
        max_upload_size=LARGEST_MEGABYTES,
    )
    st.caption(caption)
    if files:
        take_in(
            shelf,
            files,
            lambda data_id, file, content: shelf.store.add_zip(data_id, content, name=shown(file.name)),
            source="zip",
            title=Path(files[0].name).stem,
        )


def server_source(shelf: Shelf) -> None:
    """A folder or zip that lies on the server, below a folder that the operator allows."""
    with st.form(f"{shelf.key}_form", border=False):
        text = st.text_input(
            "A folder or zip on the server", key=f"{shelf.key}_path", placeholder=str(next(iter(allowed_folders()), ""))
        )
        sent = st.form_submit_button("Use it", icon=":material/folder_open:")
    st.caption("The operator allowed: " + ", ".join(f"`{folder}`" for folder in allowed_folders()))
    if not sent or not text.strip():
        return
    path = allowed_path(text, allowed_folders())
    data_id = shelf.store.new(owner())
    try:
        if path.is_file():
            with st.spinner("Unpacking …"):
                shelf.store.add_zip(data_id, path, name=shown(path.name))
        save_about(shelf.store.folder(data_id), About(path.stem, "" if path.is_file() else str(path)))
    except InputError:
        shelf.store.remove(data_id)
        raise
    next_widget(shelf, "server")
    settle(shelf, data_id)


def draw_own_sets(data: DataInUse, data_id: str, *, label: str, key: str) -> None:
    """Which of this browser's data sets is in use, and a button that deletes it.

    Args:
        data: of the page.
        data_id: the one in use.
        label: of the choice.
        key: with which the keys of the widgets begin.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        own = list(reversed(data.own()))
        chosen = f"{key}_set_{data_id}"
        st.selectbox(
            label,
            own,
            index=own.index(data_id),
            format_func=lambda one: data.title(one) if one in own else one,
            key=chosen,
            on_change=lambda: data.choose(st.session_state[chosen]),
            width=320,
        )
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"Delete {plain(data.title(data_id))} from this server? Runs that it trained stay.")
            st.button("Delete it", key=f"{key}_delete_data", type="primary", on_click=data.delete, args=(data_id,))


def draw_told(shelf: Shelf) -> None:
    """What was taken in, and what was refused: until something else is."""
    said, refused, count = st.session_state.get(shelf.told, ("", [], 0))
    if said:
        st.caption(f":material/check: {said}")
    if refused:
        more = f"\n- … and {count - len(refused):,} more" if count > len(refused) else ""
        lines = "\n".join(f"- {plain(text, 300)}" for text in refused)
        st.warning(f"{count:,} were not taken:\n{lines}{more}", icon=":material/block:")


def parts_in_words(counts: Mapping[str, int]) -> str:
    """How many pictures each part has.

    Example:
        >>> parts_in_words({"train": 8, "validation": 2, "test": 0})
        '8 to train on, 2 to validate'
    """
    words = {"train": "to train on", "validation": "to validate", "test": "to test"}
    return ", ".join(f"{count:,} {words[part]}" for part, count in counts.items() if count)


def draw_remarks(problems: Collection[str]) -> None:
    """What is wrong with the files, the first of many."""
    if not problems:
        return
    with st.expander(f"{counted(len(problems), 'remark', 'remarks')} about the files", icon=":material/warning:"):
        for problem in list(problems)[:_MOST_SAID]:
            st.markdown(f"- {plain(problem, 300)}")
        if len(problems) > _MOST_SAID:
            st.markdown(f"- … and {len(problems) - _MOST_SAID:,} more")
