"""Where pictures come from: a folder, zips, ready-made sets, the camera, a path on the server."""

import time
from functools import partial

import streamlit as st

from cnn_core.folders.adding import place_of_classes, placed
from cnn_core.folders.data_set import About, read_about, save_about
from cnn_core.folders.names import safe_part, shown
from cnn_core.folders.ready_made import CIFAR_DOWNLOAD_BYTES, cifar_copy, write_cifar, write_shapes
from pages.fine_tune_tabs.taking_in import KEY, SHELF, make, next_widget, settle, widget_key
from pages.ui import data_sources
from pages.ui.class_folders import DATA
from pages.ui.data_sources import folder_source, zip_source
from pages.ui.upload_disk import LARGEST_MEGABYTES, let_go
from pages.ui.workplace import owner

_FOLDER = (
    "`cats/…` `dogs/…`, or `train/cats/…` beside `val/cats/…` and `test/cats/…`. JPEG, PNG, WebP, BMP, GIF, TIFF. "
    "Some thousand pictures are no trouble; a browser leaves empty folders out."
)
_ZIP = (
    f"Up to {LARGEST_MEGABYTES / 1000:g} GB each, some 7,000 photos; several become one data set. Nothing in them is "
    "trusted."
)


def draw_sources() -> None:
    """The choice of a source, and its controls."""
    data_sources.draw_sources(
        SHELF,
        {"A folder": _folder, "A zip": partial(zip_source, SHELF, _ZIP), "Ready-made": _ready_made, "Camera": _camera},
    )


def _folder() -> None:
    more = _target("folder")
    folder_source(
        SHELF,
        "A folder with one folder for each class",
        _FOLDER,
        more=more,
        place=lambda names: placed(names, place=place_of_classes(DATA.store.root(more)) if more else ""),
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
    more = None if own is not None and own == DATA.get() else _target("camera")
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
    place = place_of_classes(DATA.store.root(data_id))
    name = f"{place}{safe_part(label.strip())}/{time.time_ns()}.jpg"
    DATA.store.add_file(data_id, name, photo)
    let_go(photo)
    next_widget("camera")
    settle(data_id)


def _target(source: str) -> str | None:
    """The data set that more pictures go to, where that is wanted."""
    data_id = DATA.get()
    if data_id is None or read_about(DATA.store.folder(data_id)).root:
        return None
    wanted = st.toggle(f"Add to {shown(DATA.title(data_id))}, which is in use", key=f"{KEY}_more_{source}")
    return data_id if wanted else None


def _camera_set() -> str:
    """The set that this session's photos go to."""
    data_id = st.session_state.get(f"{KEY}_camera_set")
    if data_id is None or data_id not in DATA.store.owned(owner()):
        data_id = DATA.store.new(owner())
        save_about(DATA.store.folder(data_id), About("Camera"))
        st.session_state[f"{KEY}_camera_set"] = data_id
    return str(data_id)
