"""Controls and words that several tabs of the pooling page use."""

import streamlit as st

from cnn_core.drawing import png
from cnn_core.geometry import output_size, padding_amounts
from cnn_core.pooling import MODES
from cnn_core.pooling_snippets import PICTURE_FILE, Window
from pages.ui.crop import clamped, crop_picker
from pages.ui.picture import Picture

TITLES = {"max": "Max", "average": "Average", "min": "Min", "l2": "L2"}
CHANNELS = {"red": 0, "green": 1, "blue": 2}


def mode_control(prefix: str) -> str:
    """One of the four pooling modes."""
    return st.segmented_control(
        "Mode",
        MODES,
        default="max",
        required=True,
        format_func=TITLES.__getitem__,
        key=f"{prefix}_mode",
        bind="query-params",
    )


def window_controls(prefix: str, *, largest: int, size: int = 2) -> Window:
    """Size, stride (empty: as the size) and padding of the window, in a row."""
    # No smallest value: what is too small gets the core's message, which says what to change.
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        chosen = st.number_input(
            "Window size", None, largest, size, key=f"{prefix}_size", bind="query-params", width=150
        )
        stride = st.number_input(
            "Stride",
            None,
            largest,
            None,
            key=f"{prefix}_stride",
            bind="query-params",
            placeholder="as the size",
            help="Pixels from one window to the next. Empty: as the size, so that windows tile the picture.",
            width=170,
        )
        padding = st.segmented_control(
            "Padding",
            ("valid", "same"),
            default="valid",
            required=True,
            format_func={"valid": "Valid: none", "same": "Same: left out"}.__getitem__,
            key=f"{prefix}_padding",
            bind="query-params",
            help="Valid: only windows that lie inside. Same: the output has ceil(input / stride) cells; cells outside "
            "the picture take no part.",
        )
    return Window(int(chosen), None if stride is None else int(stride), padding)


def channel_control(prefix: str) -> str:
    """One colour channel: numbers, and winners, belong to one channel each."""
    return st.segmented_control(
        "Channel",
        list(CHANNELS),
        default="green",
        required=True,
        format_func=str.capitalize,
        key=f"{prefix}_channel",
        bind="query-params",
    )


def crop_numbers(prefix: str, picture: Picture, *, sides: tuple[int, int], side: int) -> tuple[int, int, int]:
    """Number fields for a square of the picture: (top row, left column, side)."""
    height, width = picture.pixels.shape[:2]
    most = min(sides[1], height, width)
    with st.container(horizontal=True, gap="small"):
        chosen = _number("Pixels a side", f"{prefix}_side", (min(sides[0], most), most), min(side, most))
        row = _number("Top row", f"{prefix}_row", (0, height - chosen), (height - chosen) // 2)
        column = _number("Left column", f"{prefix}_column", (0, width - chosen), (width - chosen) // 2)
    return row, column, chosen


def crop_rectangle(prefix: str, picture: Picture, side: int) -> None:
    """The picture with the square to drag; draw it after `crop_numbers`."""
    crop_picker(
        picture.pixels,
        rows=side,
        columns=side,
        key=f"{prefix}_crop",
        row_target=f"{prefix}_row",
        column_target=f"{prefix}_column",
        picture_key=picture.key,
    )


def _number(label: str, key: str, limits: tuple[int, int], otherwise: int) -> int:
    least, most = limits
    kept = st.session_state.get(key)
    if kept is not None and not least <= kept <= most:
        # Another picture or another side leaves less room; a value beyond it would be an exception.
        st.session_state[key] = max(clamped(kept, most), least)
    return st.number_input(label, least, most, otherwise, key=key, bind="query-params", width=130)


def size_formula(shape: tuple[int, ...], window: Window) -> str:
    """The output size of a pooling layer with the numbers filled in, as LaTeX."""
    rows, columns = output_size(shape[:2], window.size, stride=window.step, padding=window.padding)
    lines = []
    for name, cells, outputs in (("H", shape[0], rows), ("W", shape[1], columns)):
        if window.padding == "valid":
            symbols = rf"\left\lfloor \tfrac{{{name} - k}}{{s}} \right\rfloor + 1"
            numbers = rf"\left\lfloor \tfrac{{{cells} - {window.size}}}{{{window.step}}} \right\rfloor + 1"
        else:
            symbols = rf"\left\lceil \tfrac{{{name}}}{{s}} \right\rceil"
            numbers = rf"\left\lceil \tfrac{{{cells}}}{{{window.step}}} \right\rceil"
        lines.append(rf"{name}_\text{{out}} &= {symbols} \\ &= {numbers} = \mathbf{{{outputs}}}")
    return r"\begin{aligned}" + r" \\[4pt] ".join(lines) + r"\end{aligned}"


def padding_words(shape: tuple[int, ...], window: Window) -> str:
    """How many padding cells a layer adds on each side, in a sentence; nothing for none."""
    if window.padding == "valid":
        return ""
    (top, bottom), (left, right) = (
        padding_amounts(cells, window.size, stride=window.step, padding="same") for cells in shape[:2]
    )
    return f"Padding: {top} rows above, {bottom} below, {left} columns left, {right} right. They take no part."


def picture_download(picture: Picture, *, key: str) -> None:
    """Offer the file that the snippets start from."""
    st.download_button(
        f"Download {PICTURE_FILE}, which the code reads",
        lambda: png(picture.pixels),
        file_name=PICTURE_FILE,
        mime="image/png",
        key=key,
        on_click="ignore",
        icon=":material/image:",
    )
