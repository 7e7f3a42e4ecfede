"""The visitor's own photo: brought as a file or by camera, kept for their browser, found again by its key."""

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cnn_core.errors import InputError
from cnn_core.file_kinds import EXTENSIONS
from cnn_core.images import Photo, open_photo
from pages.ui.picture_names import clean_name, picture_key
from pages.ui.upload_store import this_browser, upload_store

MAX_UPLOAD_MEGABYTES = 40


def own_photo() -> tuple[str, Photo] | None:
    """The key and the photo, where an upload or a camera photo is chosen and is kept for this browser."""
    source = st.session_state.get("picture_source")
    if source not in {"upload", "camera"}:
        return None
    key = st.session_state.get(f"picture_own_{source}") or st.query_params.get("picture", "")
    photo = upload_store().get(this_browser(), key) if key else None
    return None if photo is None else (key, photo)


def draw_upload() -> None:
    """A field for a file."""
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


def draw_camera() -> None:
    """The camera, or, where there is a photo, a button that opens it again."""
    if own_photo() and not st.session_state.get("picture_camera_open"):
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


def draw_message() -> None:
    """What is wrong with the file that came last, or where the photo of a link is."""
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
    return source in {"upload", "camera"} and bool(asked) and own_photo() is None


def keep_in_link() -> None:
    """The link names the photo that is chosen, and none where a sample is."""
    own = own_photo()
    if own is not None:
        key, _ = own
        st.session_state[f"picture_own_{st.session_state['picture_source']}"] = key
        if st.query_params.get("picture") != key:
            st.query_params["picture"] = key
    elif st.session_state.get("picture_source") == "sample" and "picture" in st.query_params:
        del st.query_params["picture"]
