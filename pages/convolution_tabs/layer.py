"""The layer's settings, shared by the convolution page's tabs: stride, padding, dilation, kind of convolution."""

from typing import Any

import streamlit as st

from cnn_core.channels import CHOICES
from cnn_core.nonlinearities import NONLINEARITIES
from pages.ui.lesson import has_room

# Neutral settings, for presets that teach something else.
PLAIN = {
    "convolution_stride": 1,
    "convolution_dilation": 1,
    "convolution_padding": "same",
    "convolution_flip": False,
    "convolution_activation": "none",
    "convolution_input": "grey",
}
PADDING_TITLES = {
    "valid": "Valid: none",
    "same": "Same: zeros around",
    "full": "Full: every overlap",
    "reflect": "Reflect: mirrored",
}


def layer_controls(*, flippable: bool = True, whole: bool = False) -> dict[str, Any]:
    """Draw the settings; gives the keyword options of `convolve`.

    Args:
        flippable: whether the layer has a true convolution to offer.
        whole: also draw the input channels and the activation, which the keys `convolution_input` and
            `convolution_activation` then hold.
    """
    with st.expander("Layer", expanded=has_room(), key="convolution_layer_part"):
        if whole:
            st.selectbox(
                "Input channels", CHOICES, format_func=str.capitalize, key="convolution_input", bind="query-params"
            )
        left, right = st.columns(2)
        # No smallest value: what is too small gets the core's message, which says what to change.
        stride = left.number_input("Stride", None, 64, 1, key="convolution_stride", bind="query-params")
        dilation = right.number_input("Dilation", None, 64, 1, key="convolution_dilation", bind="query-params")
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
        flip = flippable and st.toggle(
            "True convolution",
            key="convolution_flip",
            bind="query-params",
            help="Deep learning slides the kernel as it is (cross-correlation). A convolution in the mathematical "
            "sense, as `scipy.signal.convolve2d` computes it, rotates the kernel by 180° first.",
        )
        if whole:
            st.selectbox(
                "Activation after it",
                list(NONLINEARITIES),
                format_func=lambda name: NONLINEARITIES[name].title,
                key="convolution_activation",
                bind="query-params",
            )
    return {"stride": stride, "padding": padding, "dilation": dilation, "flip": flip}
