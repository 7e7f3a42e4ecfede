"""The chooser of the picture that all pages work on."""

import streamlit as st

from cnn_core.samples import DEFAULT_SAMPLE, SAMPLES, SCENE, SCENES
from pages.ui.own_photo import draw_camera, draw_message, draw_upload, keep_in_link
from pages.ui.picture import LINKED, sample_name

_SOURCES = {"sample": "Sample", "upload": "Upload", "camera": "Camera"}


def picture_chooser() -> None:
    """Draw the chooser: source, and sample or file or camera."""
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
        if sample_name() == SCENE:
            st.session_state["picture_last_scene"] = st.number_input(
                "Number of the scene", 0, SCENES - 1, 0, key="picture_scene", bind="query-params"
            )
    elif source == "upload":
        draw_upload()
    else:
        draw_camera()
    draw_message()
    keep_in_link()


def _take_linked() -> None:
    """A link in a new tab has named a sample: choose it, and give the address its usual form."""
    if LINKED not in st.query_params:
        return
    name, _, number = st.query_params[LINKED].partition(":")
    del st.query_params[LINKED]
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
