"""Where pictures come from: a folder, zips, ready-made sets, the camera, a path on the server."""

import time
from pathlib import Path

import streamlit as st

from cnn_core.errors import InputError
from cnn_core.folders.adding import place_of_classes, placed
from cnn_core.folders.data_set import About, read_about, save_about
from cnn_core.folders.intake import allowed_folders, allowed_path
from cnn_core.folders.names import safe_part, shown
from cnn_core.folders.ready_made import CIFAR_DOWNLOAD_BYTES, cifar_copy, write_cifar, write_shapes
from pages.fine_tune_tabs.chosen import chosen_data, data_folder, data_title
from pages.fine_tune_tabs.taking_in import KEY, make, next_widget, settle, take_in, widget_key
from pages.ui.upload_disk import LARGEST_MEGABYTES, let_go
from pages.ui.workplace import data_store, owner

# Of one file in a folder: a photo, whatever it is.
FILE_MEGABYTES = 200


def draw_sources() -> None:
    """The choice of a source, and its controls."""
    # The link holds a source's title, so that a preset can set it before it was ever drawn.
    sources = {"A folder": _folder, "A zip": _zip, "Ready-made": _ready_made, "Camera": _camera}
    if allowed_folders():
        sources["On the server"] = _server
    source = st.segmented_control(
        "Where the pictures come from",
        list(sources),
        default="A folder",
        required=True,
        key=KEY,
        bind="query-params",
        label_visibility="collapsed",
    )
    sources[source]()


def _folder() -> None:
    more = _target("folder")
    files = st.file_uploader(
        "A folder with one folder for each class",
        accept_multiple_files="directory",
        key=widget_key("folder"),
        max_upload_size=FILE_MEGABYTES,
    )
    st.caption(
        "`cats/…` `dogs/…`, or `train/cats/…` beside `val/cats/…` and `test/cats/…`. JPEG, PNG, WebP, BMP, GIF, TIFF. "
        "Good for some hundred pictures: the browser sends each by itself, and leaves empty folders out. For more of "
        "them a zip is far faster."
    )
    if files:
        names = placed([file.name for file in files], place=place_of_classes(data_store().root(more)) if more else "")
        title = files[0].name.partition("/")[0]
        targets = dict(zip((file.file_id for file in files), names, strict=True))
        take_in(
            files,
            lambda data_id, file, content: data_store().add_file(data_id, targets[file.file_id], content),
            source="folder",
            title=title,
            more=more,
        )


def _zip() -> None:
    files = st.file_uploader(
        "Zips of such folders",
        type=["zip"],
        accept_multiple_files=True,
        key=widget_key("zip"),
        max_upload_size=LARGEST_MEGABYTES,
    )
    st.caption(
        f"Up to {LARGEST_MEGABYTES / 1000:g} GB each, some 7,000 photos; several become one data set. Nothing in them "
        "is trusted."
    )
    if files:
        take_in(
            files,
            lambda data_id, file, content: data_store().add_zip(data_id, content, name=shown(file.name)),
            source="zip",
            title=Path(files[0].name).stem,
        )


def _ready_made() -> None:
    shapes, cifar = st.columns(2, gap="medium")
    with shapes.container(border=True):
        st.markdown("**Shapes**, drawn here: circle, square, triangle, star, ring, cross. 96 × 96 pixels.")
        count = st.number_input("Pictures of each shape", 4, 500, 60, key=f"{KEY}_shapes", bind="query-params")
        if st.button("Draw them", icon=":material/draw:", key=f"{KEY}_draw", type="primary"):
            make("Shapes", lambda folder, progress: write_shapes(folder, per_class=count, progress=progress))
    with cifar.container(border=True):
        copy = cifar_copy()
        where = "a copy is on this server" if copy else f"a download of {CIFAR_DOWNLOAD_BYTES / 1e6:.0f} MB, once"
        st.markdown(f"**CIFAR-10**: ten classes of photos, 32 × 32 pixels; {where}.")
        count = st.number_input("Photos of each class", 10, 1_500, 100, key=f"{KEY}_cifar", bind="query-params")
        if st.button("Take them", icon=":material/download:", key=f"{KEY}_take", type="primary"):
            with st.spinner("Getting CIFAR-10 …"):
                make(
                    "CIFAR-10",
                    lambda folder, progress: write_cifar(folder, per_class=count, copy=copy, progress=progress),
                )


def _camera() -> None:
    # This session's photos go to one set anyway.
    own = st.session_state.get(f"{KEY}_camera_set")
    more = None if own is not None and own == chosen_data() else _target("camera")
    label = st.text_input(
        "What the next photos show", key=f"{KEY}_label", max_chars=60, placeholder="a class, such as: mug"
    )
    if not label.strip():
        st.info("Name a class, then take photos of it; then name the next one.", icon=":material/photo_camera:")
        return
    photo = st.camera_input(f"A photo of: {label}", key=widget_key("camera"), resolution="720p", width=480)
    if photo is None:
        return
    data_id = more or _camera_set()
    place = place_of_classes(data_store().root(data_id))
    name = f"{place}{safe_part(label.strip())}/{time.time_ns()}.jpg"
    data_store().add_file(data_id, name, photo)
    let_go(photo)
    next_widget("camera")
    settle(data_id)


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
    data_id = data_store().new(owner())
    try:
        if path.is_file():
            with st.spinner("Unpacking …"):
                data_store().add_zip(data_id, path, name=shown(path.name))
        save_about(data_folder(data_id), About(path.stem, "" if path.is_file() else str(path)))
    except InputError:
        data_store().remove(data_id)
        raise
    settle(data_id)


def _target(source: str) -> str | None:
    """The data set that more pictures go to, where that is wanted."""
    data_id = chosen_data()
    if data_id is None or read_about(data_folder(data_id)).root:
        return None
    wanted = st.toggle(f"Add to {shown(data_title(data_id))}, which is in use", key=f"{KEY}_more_{source}")
    return data_id if wanted else None


def _camera_set() -> str:
    """The set that this session's photos go to."""
    data_id = st.session_state.get(f"{KEY}_camera_set")
    if data_id is None or data_id not in data_store().owned(owner()):
        data_id = data_store().new(owner())
        save_about(data_folder(data_id), About("Camera"))
        st.session_state[f"{KEY}_camera_set"] = data_id
    return str(data_id)
