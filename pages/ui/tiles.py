"""Small labelled pictures of layer outputs, for views that show several at once."""

import numpy as np
import streamlit as st

from cnn_core.display import show_plainly
from cnn_core.drawing import encode, enlarge, shrink, signed_heat, to_uint8

SIDE = 560


def grey_tile(label: str, values: np.ndarray, *, alt: str) -> None:
    """Show (H, W, 1 or 3) values from 0 to 1, or a uint8 picture, under a label with their size."""
    tile(label, to_uint8(values), size=values.shape, alt=alt)


def signed_tile(label: str, values: np.ndarray, *, limit: float, alt: str) -> None:
    """Show (H, W, 1) signed values between -limit (blue) and +limit (vermilion)."""
    tile(label, signed_heat(values, limit=limit), size=values.shape, alt=alt)


def output_tile(label: str, values: np.ndarray, *, alt: str) -> None:
    """Show (H, W, 1) layer output on a scale of its own, which is stated below it."""
    shown = show_plainly(values)
    tile(label, shown.picture, size=values.shape, alt=alt)
    st.caption(f"{shown.low} to {shown.high}. {shown.note}")


def tile(label: str, picture: np.ndarray, *, size: tuple[int, ...], alt: str) -> None:
    """Show a (H, W, 3) uint8 picture; few pixels are enlarged without blur."""
    st.markdown(f"**{label}** · {size[0]} × {size[1]}")
    st.image(encode(enlarge(shrink(picture, side=SIDE), side=SIDE)), width="stretch", alt=alt)
