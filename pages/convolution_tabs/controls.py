"""The kernel and the layer's settings: the controls that the convolution page's tabs share."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.grids import format_grid, parse_grid
from cnn_core.kernel_analysis import normalised, random_kernel
from cnn_core.kernels import KERNELS, LARGEST
from pages.ui.matrix import matrix_editor

EDITABLE = 11
DEFAULT_KERNEL = "sobel_x"
# Option: (label, smallest, largest, start, step).
OPTIONS: dict[str, tuple[str, float, float, float, float]] = {
    "size": ("Size", 1, LARGEST, 9, 1),
    "sigma": ("Sigma σ (pixels)", 0.3, 8.0, 2.0, 0.1),
    "theta": ("Direction θ (degrees)", 0, 175, 0, 5),
    "wavelength": ("Wavelength λ (pixels)", 2.0, 20.0, 6.0, 0.5),
}
PADDING_TITLES = {
    "valid": "Valid: none",
    "same": "Same: zeros around",
    "full": "Full: every overlap",
    "reflect": "Reflect: mirrored",
}
WEIGHTS = "convolution_weights"
# Title: (icon, what is done to the kernel, what it is good for).
EDITS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray], str]] = {
    "Normalise": ("balance", normalised, "Divide by the sum; an edge kernel by half the sum of its magnitudes"),
    "Transpose": ("swap_horiz", np.transpose, "Rows become columns"),
    "Flip": ("flip", lambda kernel: kernel[::-1, ::-1], "Both ways: a rotation by 180°, as in a true convolution"),
}


def kernel_preset(name: str, **options: float) -> dict[str, Any]:
    """Session values that choose a named kernel with its options."""
    kernel = _build(name, {**_starts(name), **options})
    values = {f"convolution_{option}": value for option, value in options.items()}
    return {"convolution_kernel": name, WEIGHTS: format_grid(kernel), **values}


def weights_preset(text: str) -> dict[str, Any]:
    """Session values that put a typed grid in the kernel's place."""
    return {WEIGHTS: text}


def kernel_controls(*, cells: bool = True) -> np.ndarray:
    """Draw the kernel's controls, with its editable cells unless the view has its own; gives (k_h, k_w) float32.

    Raises:
        InputError: what was typed is not a kernel.
    """
    name = st.selectbox(
        "Kernel",
        list(KERNELS),
        index=list(KERNELS).index(DEFAULT_KERNEL),
        format_func=lambda key: KERNELS[key].title,
        key="convolution_kernel",
        bind="query-params",
        on_change=_rebuild,
    )
    chosen = KERNELS[name]
    options = {option: _option_slider(option) for option in chosen.options}
    named = format_grid(_build(name, options))
    text = st.session_state.get(WEIGHTS) or named
    edited = text != named
    st.caption(f"Edited by hand, starting from {chosen.title}." if edited else f"{chosen.sentence} *{chosen.source}.*")
    if cells:
        with st.expander("Weights", expanded=roomy(), key="convolution_weights_part"):
            # The grid needs its text before the text field below is drawn.
            grid = st.container()
            text = _edits(named)
    else:
        grid, text = st.container(), _edits(named)
    with grid:
        kernel = parse_grid(text, name="kernel", max_side=LARGEST)
        if cells:
            matrix_editor(target=WEIGHTS, key="convolution_matrix", label="Kernel", colours="signed")
    return kernel


def roomy() -> bool:
    """Whether there is room to open every control at once: not on a phone, where the picture would scroll away."""
    return "Mobi" not in (st.context.headers.get("User-Agent") or "")


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


def layer_controls() -> dict[str, Any]:
    """Draw stride, padding, dilation and the kind of convolution; gives keyword options of `convolve`."""
    with st.expander("Layer", expanded=roomy(), key="convolution_layer_part"):
        left, right = st.columns(2)
        stride = left.number_input("Stride", 1, 16, 1, key="convolution_stride", bind="query-params")
        dilation = right.number_input("Dilation", 1, 16, 1, key="convolution_dilation", bind="query-params")
        padding = st.selectbox(
            "Padding",
            list(PADDING_TITLES),
            index=list(PADDING_TITLES).index("same"),
            format_func=PADDING_TITLES.__getitem__,
            key="convolution_padding",
            bind="query-params",
            help="Same pads with zeros so that stride 1 keeps the size; Full so that every position that touches the "
            "picture counts; Reflect as Same, with the picture mirrored at its edge.",
        )
        flip = st.toggle(
            "True convolution",
            key="convolution_flip",
            bind="query-params",
            help="Deep learning slides the kernel as it is (cross-correlation). A convolution in the mathematical "
            "sense, as `scipy.signal.convolve2d` computes it, rotates the kernel by 180° first.",
        )
    return {"stride": int(stride), "padding": padding, "dilation": int(dilation), "flip": flip}


def _option_slider(option: str) -> float:
    label, low, high, start, step = OPTIONS[option]
    whole = isinstance(step, int)
    return st.slider(
        label,
        low,
        high,
        start,
        step,
        key=f"convolution_{option}",
        bind="query-params",
        on_change=_rebuild,
        format="%d" if whole else "%.1f",
    )


def _starts(name: str) -> dict[str, float]:
    return {option: OPTIONS[option][3] for option in KERNELS[name].options}


def _build(name: str, options: Mapping[str, float]) -> np.ndarray:
    return KERNELS[name].build(**options)


def _rebuild() -> None:
    """The named kernel or one of its options changed: the weights follow."""
    name = st.session_state["convolution_kernel"]
    options = {o: st.session_state.get(f"convolution_{o}", start) for o, start in _starts(name).items()}
    st.session_state[WEIGHTS] = format_grid(_build(name, options))


def _edit(edit: Any) -> None:
    text = st.session_state[WEIGHTS]
    st.session_state[WEIGHTS] = format_grid(edit(parse_grid(text, name="kernel", max_side=LARGEST)))


def _randomise() -> None:
    seed = st.session_state.get("convolution_seed", 0) + 1
    st.session_state["convolution_seed"] = seed
    st.session_state[WEIGHTS] = format_grid(random_kernel(size=st.session_state["convolution_grid_side"], seed=seed))
