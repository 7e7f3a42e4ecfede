"""Where pictures with boxes come from: a folder, zips, scenes drawn here, a path on the server."""

from functools import partial
from pathlib import Path

import streamlit as st

from cnn_core.detection.boxed_listing import PARTS, BoxedListing
from cnn_core.detection.ready_made import write_boxed_scenes
from cnn_core.errors import InputError
from cnn_core.folders.data_set import About, save_about
from cnn_core.folders.intake import allowed_folders, allowed_path
from cnn_core.folders.names import shown
from pages.detection_tabs.boxed_data import KIND, choose_data, chosen_data, chosen_listing, data_title, own_data
from pages.ui.mendable import mendable
from pages.ui.tables import text_table
from pages.ui.taking_in import Shelf, make, next_widget, settle, take_in, widget_key
from pages.ui.upload_disk import LARGEST_MEGABYTES
from pages.ui.words import plain
from pages.ui.workplace import data_store, owner

KEY = "detection_source"
TOLD = "detection_source_told"
SHELF = Shelf(KEY, TOLD, KIND, choose_data, wanted="a folder of pictures with annotation files")
SCENES = 400
_FILE_MEGABYTES = 200
_MOST_SAID = 12
_LAYOUTS = (
    "Pascal VOC (`Annotations/*.xml`), COCO (`annotations/*.json`) or YOLO (`labels/*.txt` with `classes.txt` or "
    "`data.yaml`), with the pictures beside them or in folders such as `train` and `val`."
)


def draw_data() -> BoxedListing | None:
    """The choice of pictures and what is in them; None where there are none yet."""
    data_id = chosen_data()
    if data_id is None:
        with st.container(border=True), mendable():
            _draw_sources()
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        own = list(reversed(own_data()))
        key = f"detection_set_{data_id}"
        st.selectbox(
            "Pictures with boxes",
            own,
            index=own.index(data_id),
            format_func=lambda one: data_title(one) if one in own else one,
            key=key,
            on_change=lambda: choose_data(st.session_state[key]),
            width=320,
        )
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown(f"Delete {plain(data_title(data_id))} from this server? Runs that it trained stay.")
            st.button("Delete it", key="detection_delete_data", type="primary", on_click=_delete, args=(data_id,))
    with st.expander("Other pictures", icon=":material/add_photo_alternate:"), mendable():
        _draw_sources()
    _draw_told()
    with mendable():
        _, listing = chosen_listing()
        _draw_counts(listing)
        return listing
    return None


def _draw_sources() -> None:
    sources = {"A folder": _folder, "A zip": _zip, "Drawn here": _scenes}
    if allowed_folders():
        sources["On the server"] = _server
    source = st.segmented_control(
        "Where the pictures come from",
        list(sources),
        default="A folder",
        required=True,
        key=KEY,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    sources[source]()


def _folder() -> None:
    files = st.file_uploader(
        "A folder of pictures with annotations",
        accept_multiple_files="directory",
        key=widget_key(SHELF, "folder"),
        max_upload_size=_FILE_MEGABYTES,
    )
    st.caption(f"{_LAYOUTS} A zip is faster.")
    if files:
        take_in(
            SHELF,
            files,
            lambda data_id, file, content: data_store(KIND).add_file(data_id, file.name, content),
            source="folder",
            title=files[0].name.partition("/")[0],
        )


def _zip() -> None:
    files = st.file_uploader(
        "Zips of such folders",
        type=["zip"],
        accept_multiple_files=True,
        key=widget_key(SHELF, "zip"),
        max_upload_size=LARGEST_MEGABYTES,
    )
    st.caption(f"{_LAYOUTS} Nothing in it is trusted.")
    if files:
        take_in(
            SHELF,
            files,
            lambda data_id, file, content: data_store(KIND).add_zip(data_id, content, name=shown(file.name)),
            source="zip",
            title=Path(files[0].name).stem,
        )


def _scenes() -> None:
    st.markdown(
        "**Scenes**, drawn here: circle, square, triangle, star, ring and cross, one to six in a picture of 192 × 192 "
        "pixels, with exact boxes."
    )
    count = st.number_input(
        "Pictures", 10, 5_000, SCENES, 10, key=f"{KEY}_scenes", bind="query-params", persist_state="session", width=200
    )
    if st.button("Draw them", icon=":material/draw:", key=f"{KEY}_draw", type="primary"):
        make(SHELF, "Scenes", partial(_write_scenes, int(count)))


def _write_scenes(count: int, folder: Path, progress: object) -> None:
    write_boxed_scenes(folder, count=count, progress=progress)  # type: ignore[arg-type]


def _server() -> None:
    with st.form(f"{KEY}_form", border=False):
        text = st.text_input(
            "A folder or zip on the server", key=f"{KEY}_path", placeholder=str(next(iter(allowed_folders()), ""))
        )
        sent = st.form_submit_button("Use it", icon=":material/folder_open:")
    st.caption("The operator allowed: " + ", ".join(f"`{folder}`" for folder in allowed_folders()))
    if not sent or not text.strip():
        return
    path = allowed_path(text, allowed_folders())
    data_id = data_store(KIND).new(owner())
    try:
        if path.is_file():
            with st.spinner("Unpacking …"):
                data_store(KIND).add_zip(data_id, path, name=shown(path.name))
        save_about(data_store(KIND).folder(data_id), About(path.stem, "" if path.is_file() else str(path)))
    except InputError:
        data_store(KIND).remove(data_id)
        raise
    next_widget(SHELF, "server")
    settle(SHELF, data_id)


def _delete(data_id: str) -> None:
    if data_id in own_data():
        data_store(KIND).remove(data_id)
    choose_data(None)


def _draw_told() -> None:
    said, refused, count = st.session_state.get(TOLD, ("", [], 0))
    if said:
        st.caption(f":material/check: {said}")
    if refused:
        more = f"\n- … and {count - len(refused):,} more" if count > len(refused) else ""
        lines = "\n".join(f"- {plain(text, 300)}" for text in refused)
        st.warning(f"{count:,} were not taken:\n{lines}{more}", icon=":material/block:")


def _draw_counts(listing: BoxedListing) -> None:
    pictures = {part: len(listing.of({part})) for part in PARTS}
    words = dict(zip(PARTS, ("to train on", "to validate", "to test"), strict=True))
    told = [f"{count:,} {words[part]}" for part, count in pictures.items() if count]
    st.markdown(f"**{len(listing.items):,} pictures**: {', '.join(told)}. **{len(listing.names)} classes.**")
    with st.expander("Boxes by class", icon=":material/table_rows:"):
        text_table(
            [
                {"Class": plain(name), "Training": row["train"], "Validation": row["validation"], "Test": row["test"]}
                for name, row in listing.counts().items()
            ]
        )
    if listing.problems:
        with st.expander(f"{len(listing.problems):,} remarks about the files", icon=":material/warning:"):
            for problem in listing.problems[:_MOST_SAID]:
                st.markdown(f"- {plain(problem, 300)}")
            if len(listing.problems) > _MOST_SAID:
                st.markdown(f"- … and {len(listing.problems) - _MOST_SAID:,} more")
