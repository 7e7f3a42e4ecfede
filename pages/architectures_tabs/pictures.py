"""The four pictures of a network: graph, blocks in perspective, where the cost is, and what layers see."""

import re
from typing import Any, Literal

import streamlit as st

from cnn_core.drawing import png
from cnn_core.field_picture import SeenField, draw_fields, fields_by_depth, middle_field
from cnn_core.network_pictures.bars import bars_svg
from cnn_core.network_pictures.perspective import perspective_svg
from cnn_core.summary import Summary
from pages.ui.network_graph import network_graph
from pages.ui.picture import shared_picture
from pages.ui.pictures import draw as draw_picture
from pages.ui.pictures import shown

PICTURES = ("Graph", "Blocks", "Where the cost is", "Receptive field")
WIDEST = 1150
CHOSEN_COLOUR = "#D55E00"


def network_pictures(summary: Summary, *, key: str, selected: str) -> None:
    """One of the four pictures, with the chosen layer marked."""
    which = st.segmented_control(
        "Picture", PICTURES, default=PICTURES[0], required=True, key=f"{key}_picture", bind="query-params"
    )
    dark = st.context.theme.type == "dark"
    if which == "Graph":
        network_graph(summary.rows, key=f"{key}_graph", selected=selected, target=f"{key}_layer", title=summary.name)
    elif which == "Blocks":
        _svg(
            perspective_svg(summary, selected=selected, dark=dark),
            f"{summary.name}_blocks",
            "Its blocks in perspective",
        )
    elif which == "Where the cost is":
        of: Literal["parameters", "macs"] = st.segmented_control(
            "Of",
            ("parameters", "macs"),
            default="parameters",
            required=True,
            key=f"{key}_cost",
            bind="query-params",
            format_func={"parameters": "Parameters", "macs": "Multiply-adds"}.__getitem__,
        )
        _svg(bars_svg(summary, of=of, selected=selected, dark=dark), f"{summary.name}_{of}", f"Its {of} by layer")
    else:
        _fields(summary, key, selected)


def _svg(source: str, name: str, alt: str) -> None:
    # The widest figures are small where they fit: enlarged they scroll sideways (the style is in `pages/main.py`).
    drawn = re.search(r'width="(\d+)', source)
    wide = drawn is not None and int(drawn[1]) > WIDEST
    large = wide and st.toggle("Large, scrolling sideways", key="architectures_large", bind="query-params")
    with st.container(key=f"wide_{name}" if large else f"fits_{name}"):
        st.image(source, width="stretch", alt=alt)
    st.download_button(
        "Download this picture (SVG)",
        source,
        file_name=f"{name}.svg",
        mime="image/svg+xml",
        key=f"architectures_svg_{name}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def _fields(summary: Summary, key: str, selected: str) -> None:
    picture = shared_picture()
    height, width = (side or 224 for side in summary.input_shape[:2])
    grey = summary.input_shape[-1] == 1
    row = next(row for row in summary.rows if row.name == selected)
    chosen = SeenField(selected, middle_field(row, summary.input_shape), CHOSEN_COLOUR)
    by_depth = fields_by_depth(summary)
    deep, one = st.columns(2)
    with deep:
        _field_picture("Growing with depth", picture.pixels, by_depth, (height, width), key=f"{key}_fields", grey=grey)
        st.markdown(
            " · ".join(f"<span style='color:{f.colour}'>■</span> {f.name} {_size(f, height, width)}" for f in by_depth),
            unsafe_allow_html=True,
        )
    with one:
        _field_picture(
            f"What {selected} sees", picture.pixels, [chosen], (height, width), key=f"{key}_field", grey=grey
        )
        st.caption(
            "It sees the whole input."
            if row.field_size is None
            else f"The field of its middle cell, {_size(chosen, height, width)}; what lies outside is padding."
        )


def _field_picture(
    title: str, pixels: Any, fields: list[SeenField], size: tuple[int, int], *, key: str, grey: bool
) -> None:
    drawn = draw_fields(pixels, fields, height=size[0], width=size[1], grey=grey)
    draw_picture(
        shown(title, drawn, alt=f"{title}: boxes on the picture", caption=f"{size[0]} × {size[1]}", exact=True), key=key
    )
    st.download_button(
        "Download (PNG)",
        lambda: png(drawn),
        file_name=f"{key}.png",
        mime="image/png",
        key=f"{key}_png",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def _size(field: SeenField, height: int, width: int) -> str:
    left, top, right, bottom = field.box
    larger = " (larger than the picture)" if bottom - top > height and right - left > width else ""
    return f"{bottom - top:.0f} × {right - left:.0f}{larger}"
