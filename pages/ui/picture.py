"""The picture that all pages work on, and its chooser in the sidebar."""

import hashlib
import re
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnn_core.drawing import encode, enlarge, shrink
from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import Photo, open_photo, to_float
from cnn_core.samples import DEFAULT_SAMPLE, SAMPLES, SCENE, SCENES, sample, sample_scene
from cnn_core.scene_truth import truth_picture, truth_rows
from cnn_core.scenes import Scene
from pages.ui.tables import text_table
from pages.ui.upload_store import this_browser, upload_store

MAX_UPLOAD_MEGABYTES = 40

_SOURCES = {"sample": "Sample", "upload": "Upload", "camera": "Camera"}
# What a link to another page says of a sample; `picture` says it of one's own photo.
_LINKED = "photo"
_TALL, _WIDE, _THINNEST = 280, 560, 8


@dataclass(frozen=True, eq=False)
class Picture:
    """The picture to work on.

    Attributes:
        name: its title or file name, safe to put into Markdown.
        pixels: (H, W, 3) uint8, read-only, at most 1024 on the longer side.
        original_size: (width, height) in its file.
        key: a short hash of the pixels, usable as a cache key.
        notes: what was done to it on opening, one sentence each.
        scene: what is in it, where it is a procedural scene.
        seconds: how long it took to open its file; 0 where there was none.
    """

    name: str
    pixels: NDArray[np.uint8]
    original_size: tuple[int, int]
    key: str
    notes: tuple[str, ...] = ()
    scene: Scene | None = None
    seconds: float = 0.0

    @property
    def image(self) -> NDArray[np.float32]:
        """(H, W, 3) float32 in [0, 1]."""
        return to_float(self.pixels)


def shared_picture() -> Picture:
    """The picture chosen in the sidebar; the sample where the visitor has not brought one."""
    return _own_picture() or _sample_picture(_sample_name(), _scene_number())


def linked_picture() -> dict[str, str]:
    """What a link needs to say for a tab of its own to show this picture; in this tab the controls keep it anyway."""
    own = _own_picture()
    if own is not None:
        return {"picture": own.key}
    name = _sample_name()
    return {_LINKED: f"{name}:{_scene_number()}" if name == SCENE else name}


def picture_chooser() -> None:
    """Draw the chooser: source, sample or file or camera, and what is chosen now."""
    _take_linked()
    source = st.segmented_control(
        "Picture",
        list(_SOURCES),
        default=_first_source(),
        required=True,
        format_func=_SOURCES.__getitem__,
        key="picture_source",
        bind="query-params",
        wrap=False,
    )
    if source == "sample":
        st.session_state["picture_last_sample"] = st.selectbox(
            "Sample",
            list(SAMPLES),
            format_func=lambda name: SAMPLES[name].title,
            index=list(SAMPLES).index(DEFAULT_SAMPLE),
            key="picture_sample",
            bind="query-params",
            label_visibility="collapsed",
        )
        if _sample_name() == SCENE:
            st.session_state["picture_last_scene"] = st.number_input(
                "Number of the scene", 0, SCENES - 1, 0, key="picture_scene", bind="query-params"
            )
    elif source == "upload":
        _draw_upload()
    else:
        _draw_camera()
    _draw_message()
    _keep_in_link()
    _draw_picture(shared_picture())


def _take_linked() -> None:
    """A link in a new tab has named a sample: choose it, and give the address its usual form."""
    if _LINKED not in st.query_params:
        return
    name, _, number = st.query_params[_LINKED].partition(":")
    del st.query_params[_LINKED]
    if "picture_source" in st.session_state or name not in SAMPLES:
        return
    # Widgets that have not been drawn yet take their value from the state, and their part of the link from here.
    st.session_state["picture_sample"] = name
    st.query_params["picture_sample"] = SAMPLES[name].title
    if name == SCENE and number.isdecimal() and int(number) < SCENES:
        st.session_state["picture_scene"] = int(number)
        st.query_params["picture_scene"] = str(int(number))


def _first_source() -> str:
    """What is chosen when a session begins, the same for all of its runs.

    The picture's key is enough: when a page is switched to, the key that the server writes into the link may come
    behind what the browser has written there, and takes the source out.
    """
    if "picture_first_source" not in st.session_state:
        st.session_state["picture_first_source"] = "upload" if st.query_params.get("picture") else "sample"
    return str(st.session_state["picture_first_source"])


def _sample_name() -> str:
    name = st.session_state.get("picture_sample", st.session_state.get("picture_last_sample", DEFAULT_SAMPLE))
    return name if name in SAMPLES else DEFAULT_SAMPLE


def _scene_number() -> int:
    return int(st.session_state.get("picture_scene", st.session_state.get("picture_last_scene", 0)))


@lru_cache(maxsize=64)
def _sample_picture(name: str, number: int) -> Picture:
    scene = sample_scene(number) if name == SCENE else None
    pixels = scene.pixels if scene else sample(name)
    height, width = pixels.shape[:2]
    picture = Picture(SAMPLES[name].title, pixels, (width, height), picture_key(pixels), (f"{SAMPLES[name].credit}.",))
    return replace(picture, name=f"Scene {number}", scene=scene) if scene else picture


def _own_picture() -> Picture | None:
    source = st.session_state.get("picture_source")
    if source not in {"upload", "camera"}:
        return None
    key = st.session_state.get(f"picture_own_{source}") or st.query_params.get("picture", "")
    photo = upload_store().get(this_browser(), key) if key else None
    if photo is None:
        return None
    return Picture(photo.name, photo.pixels, photo.original_size, key, photo.notes, seconds=photo.seconds)


def _draw_upload() -> None:
    key = f"picture_upload_{st.session_state.setdefault('picture_uploads', 0)}"
    st.file_uploader(
        "Your photo",
        # HEIC is let in so that iPhone users read why it fails and what to do.
        type=[*EXTENSIONS, "heic", "heif"],
        key=key,
        max_upload_size=MAX_UPLOAD_MEGABYTES,
        on_change=_take_file,
        args=(key, "upload"),
        label_visibility="collapsed",
    )


def _draw_camera() -> None:
    if _own_picture() and not st.session_state.get("picture_camera_open"):
        st.button(
            "Take another photo",
            icon=":material/photo_camera:",
            key="picture_retake",
            on_click=st.session_state.__setitem__,
            args=("picture_camera_open", True),
            width="stretch",
        )
        return
    key = f"picture_camera_{st.session_state.setdefault('picture_uploads', 0)}"
    st.camera_input(
        "Your photo",
        key=key,
        resolution="720p",
        on_change=_take_file,
        args=(key, "camera"),
        label_visibility="collapsed",
    )


def _take_file(widget: str, source: str) -> None:
    """Decode a new file once, keep the small result, and let go of the file."""
    file = st.session_state.get(widget)
    # A run that was stopped half-way calls this again, for a file that has been let go of: no bytes are left in it.
    if file is None or not hasattr(file, "getvalue"):
        return
    st.session_state["picture_uploads"] += 1
    st.session_state.pop("picture_message", None)
    name = "Camera photo" if source == "camera" else clean_name(file.name)
    try:
        photo = open_photo(file.getvalue(), name=name)
    except InputError as error:
        st.session_state["picture_message"] = str(error)
        return
    finally:
        _forget_file(file.file_id)
    key = _keep(photo)
    st.session_state[f"picture_own_{source}"] = key
    st.session_state["picture_camera_open"] = False


def _keep(photo: Photo) -> str:
    photo.pixels.flags.writeable = False
    key = picture_key(photo.pixels)
    upload_store().put(this_browser(), key, photo)
    return key


def _forget_file(file_id: str) -> None:
    # Streamlit would hold up to 40 MB for each upload until the session ends; its chat input clears them the same way.
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=file_id)


def _draw_message() -> None:
    if message := st.session_state.get("picture_message"):
        st.error(message, icon=":material/broken_image:")
    elif _is_missing():
        st.info(
            "The photo in this link is kept only for the browser that brought it, and only for some hours. "
            "Here is a sample instead.",
            icon=":material/lock:",
        )


def _is_missing() -> bool:
    source = st.session_state.get("picture_source")
    asked = st.session_state.get(f"picture_own_{source}") or st.query_params.get("picture")
    return source in {"upload", "camera"} and bool(asked) and _own_picture() is None


def _keep_in_link() -> None:
    own = _own_picture()
    if own is not None:
        st.session_state[f"picture_own_{st.session_state['picture_source']}"] = own.key
        if st.query_params.get("picture") != own.key:
            st.query_params["picture"] = own.key
    elif st.session_state.get("picture_source") == "sample" and "picture" in st.query_params:
        del st.query_params["picture"]


def _draw_picture(picture: Picture) -> None:
    height, width = picture.pixels.shape[:2]
    # Given a width in pixels, st.image would encode the thumbnail again; so it keeps its own width, or fills the row.
    st.image(
        _thumbnail(picture.key, picture),
        alt=f"The picture in use: {picture.name}",
        width="content" if height > width else "stretch",
    )
    size = f"{width} × {height} pixels (width × height)"
    if picture.original_size != (width, height):
        size = "{} × {}, reduced to ".format(*picture.original_size) + size
    st.caption("  \n".join([f"**{picture.name}**", size, *picture.notes]))
    if picture.scene:
        with st.popover("Ground truth", icon=":material/fact_check:", width="stretch"):
            said = "The scene with its shapes tinted, boxed and named"
            st.image(_truth(picture.key, picture.scene), alt=said)
            text_table(truth_rows(picture.scene))


@st.cache_data(max_entries=64, show_spinner=False)
def _truth(key: str, _scene: Scene) -> bytes:
    return encode(truth_picture(_scene), lossless=False)


@st.cache_data(max_entries=128, show_spinner=False)
def _thumbnail(key: str, _picture: Picture) -> bytes:
    """A small copy as WebP, few pixels enlarged with their edges kept, a line drawn thick enough to be seen."""
    height, width = _picture.pixels.shape[:2]
    side = _TALL if height > width else _WIDE
    small = enlarge(shrink(_picture.pixels, side=side), side=side)
    thicker = [-(-_THINNEST // length) for length in small.shape[:2]]
    return encode(small.repeat(thicker[0], axis=0).repeat(thicker[1], axis=1), lossless=False)


def picture_key(pixels: NDArray[np.uint8]) -> str:
    """A short hash of a picture's pixels."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:16]


def clean_name(name: str) -> str:
    """A file name without its folder, without Markdown, and not longer than a line."""
    name = re.sub(r"[\[\]<>*`$\\|:~^#]|[^\x20-\U0010FFFF]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return name if len(name) <= 60 else f"{name[:40]}…{name[-16:]}"
