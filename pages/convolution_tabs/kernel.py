"""The kernel: chosen by name, or typed, edited and drawn by the visitor; shared by the convolution page's tabs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.grids import format_grid, parse_grid
from cnn_core.kernel_analysis import normalised, random_kernel
from cnn_core.kernels import KERNELS, LARGEST
from pages.ui.lesson import has_room
from pages.ui.matrix import matrix_editor

EDITABLE = 11
DEFAULT_KERNEL = "sobel_x"
OWN, OWN_TITLE = "own", "Own weights"
# Option: (label, smallest, largest, start, step).
OPTIONS: dict[str, tuple[str, float, float, float, float]] = {
    "size": ("Size", 1, LARGEST, 9, 1),
    "sigma": ("Sigma σ (pixels)", 0.3, 8.0, 2.0, 0.1),
    "theta": ("Direction θ (degrees)", 0, 175, 0, 5),
    "wavelength": ("Wavelength λ (pixels)", 2.0, 20.0, 6.0, 0.5),
}
NAME = "convolution_kernel"
WEIGHTS = "convolution_weights"
# The last text that could be read: it stays in use while a cell is being mended.
READABLE = "convolution_readable"
# Title: (icon, what is done to the kernel, what it is good for).
EDITS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray], str]] = {
    "Normalise": ("balance", normalised, "Divide by the sum; an edge kernel by half the sum of its magnitudes"),
    "Transpose": ("swap_horiz", np.transpose, "Rows become columns"),
    "Flip": ("flip", lambda kernel: kernel[::-1, ::-1], "Both ways: a rotation by 180°, as in a true convolution"),
}


@dataclass(frozen=True)
class Chosen:
    """The kernel in use: (k_h, k_w) float32, and what it is called."""

    weights: np.ndarray
    title: str


def kernel_preset(name: str, **options: float) -> dict[str, Any]:
    """Session values that choose a named kernel with its options."""
    kernel = _build(name, {**_starts(name), **options})
    values = {f"convolution_{option}": value for option, value in options.items()}
    return {NAME: name, WEIGHTS: format_grid(kernel), **values}


def weights_preset(text: str) -> dict[str, Any]:
    """Session values that choose the weights in `text`: under the name of a kernel where they are one's."""
    for name, kernel in KERNELS.items():
        if not kernel.options and format_grid(kernel.build()) == text:
            return {NAME: name, WEIGHTS: text}
    return {NAME: OWN, WEIGHTS: text}


def kernel_controls(*, cells: bool = True) -> Chosen:
    """Draw the kernel's controls, with its editable cells unless the view has its own.

    What cannot be read as a kernel is said beside it, and the last readable one stays in use.
    """
    _notice_edits()
    name = st.selectbox(
        "Kernel",
        [*KERNELS, OWN],
        index=list(KERNELS).index(DEFAULT_KERNEL),
        format_func=lambda key: OWN_TITLE if key == OWN else KERNELS[key].title,
        key=NAME,
        bind="query-params",
        on_change=_rebuild,
    )
    base = DEFAULT_KERNEL if name == OWN else name
    options = {option: _option_slider(option) for option in (() if name == OWN else KERNELS[name].options)}
    named = format_grid(_build(base, {**_starts(base), **options}))
    about = st.empty()
    # The cells need their text before the text field below is drawn.
    place = st.expander("Weights", expanded=has_room(), key="convolution_weights_part") if cells else st.container()
    with place:
        grid = st.container()
        text = _edits(named)
        with grid:
            if cells:
                matrix_editor(target=WEIGHTS, key="convolution_matrix", label="Kernel", colours="signed")
            weights = _readable(text, named)
    own = name == OWN or text != named
    about.caption("Typed or edited by you." if own else f"{KERNELS[name].sentence} *{KERNELS[name].source}.*")
    return Chosen(weights, OWN_TITLE if own else KERNELS[name].title)


def _readable(text: str, named: str) -> np.ndarray:
    try:
        kernel = parse_grid(text, name="kernel", max_side=LARGEST)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        st.caption("The last kernel that could be read stays in use.")
        return parse_grid(st.session_state.get(READABLE, named), name="kernel", max_side=LARGEST)
    st.session_state[READABLE] = text
    return kernel


def _notice_edits() -> None:
    """Weights that are no longer those of the named kernel are the visitor's own."""
    name, text = st.session_state.get(NAME), st.session_state.get(WEIGHTS)
    if text and name in KERNELS and text != format_grid(_build(name, _current(name))):
        st.session_state[NAME] = OWN


def _edits(named: str) -> str:
    """The kernel as text, and what can be done to it at a stroke."""
    with st.popover("Edit the weights", icon=":material/edit:", width="stretch"):
        text = st.text_area(
            "Rows end with a semicolon or a new line, cells with a comma or a tab; 1/9 is fine",
            value=named,
            key=WEIGHTS,
            bind="query-params",
            height=110,
        )
        with st.container(horizontal=True, gap="xsmall"):
            for title, (icon, edit, what) in EDITS.items():
                st.button(
                    title,
                    on_click=_edit,
                    args=(edit,),
                    key=f"convolution_edit_{title.lower()}",
                    help=what,
                    icon=f":material/{icon}:",
                )
        columns = st.columns(2, vertical_alignment="bottom")
        columns[0].number_input("New grid, side", 1, EDITABLE, 3, key="convolution_grid_side", bind="query-params")
        columns[1].button(
            "Random", on_click=_randomise, key="convolution_random", icon=":material/casino:", width="stretch"
        )
    return text


def _option_slider(option: str) -> float:
    label, low, high, start, step = OPTIONS[option]
    return st.slider(
        label,
        low,
        high,
        start,
        step,
        key=f"convolution_{option}",
        bind="query-params",
        on_change=_rebuild,
        format="%d" if isinstance(step, int) else "%.1f",
    )


def _starts(name: str) -> dict[str, float]:
    return {option: OPTIONS[option][3] for option in KERNELS[name].options}


def _current(name: str) -> dict[str, float]:
    return {option: st.session_state.get(f"convolution_{option}", start) for option, start in _starts(name).items()}


def _build(name: str, options: Mapping[str, float]) -> np.ndarray:
    return KERNELS[name].build(**options)


def _rebuild() -> None:
    """The named kernel or one of its options changed: the weights follow."""
    name = st.session_state[NAME]
    if name != OWN:
        st.session_state[WEIGHTS] = format_grid(_build(name, _current(name)))


def _edit(edit: Callable[[np.ndarray], np.ndarray]) -> None:
    try:
        kernel = parse_grid(st.session_state[WEIGHTS], name="kernel", max_side=LARGEST)
    except InputError:
        # The message stands beside the field already; there is nothing to edit before it is mended.
        return
    st.session_state[WEIGHTS] = format_grid(edit(kernel))


def _randomise() -> None:
    seed = st.session_state.get("convolution_seed", 0) + 1
    st.session_state["convolution_seed"] = seed
    st.session_state[WEIGHTS] = format_grid(random_kernel(size=st.session_state["convolution_grid_side"], seed=seed))
