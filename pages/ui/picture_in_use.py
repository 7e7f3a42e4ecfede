"""The picture in use as the sidebar shows it: small, with its name and size, and with the truth of a scene."""

import streamlit as st

from cnn_core.drawing import encode, enlarge, shrink
from cnn_core.scene_truth import truth_picture, truth_rows
from cnn_core.scenes import Scene
from pages.ui.picture import Picture
from pages.ui.tables import text_table

_TALL, _WIDE, _THINNEST = 280, 560, 8


def draw_picture_in_use(picture: Picture) -> None:
    """Thumbnail and caption; behind a button what is in a scene."""
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
