"""A page with the components and nothing else; `?case=<JSON>` says which one. The browser tests start it."""

import json

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.grids import parse_grid
from pages.ui.matrix import matrix_editor
from pages.ui.stepper import stepper

st.set_page_config(layout="wide")
case = json.loads(st.query_params.get("case", "{}"))
component = case.pop("component", "stepper")
grid_text = case.pop("grid", "1,2,3;4,5,6;7,8,9")
kernel_text = case.pop("kernel", "1,0;0,-1")
st.session_state.setdefault("grid", grid_text)
st.session_state.setdefault("kernel", kernel_text)
channels = case.pop("channels", 1)
if channels == 1 and case.pop("editable", True):
    case |= {"input_target": "grid"} | ({} if "size" in case else {"kernel_target": "kernel"})


def stacked(grid: np.ndarray) -> np.ndarray:
    """The grid itself, or, for several channels, the grid times 1, -2, 3 ..."""
    if channels == 1:
        return grid
    return np.stack([grid * (c + 1) * (-1) ** c for c in range(channels)], axis=2)


try:
    grid = parse_grid(st.session_state["grid"], name="grid", max_side=32)
    kernel = parse_grid(st.session_state["kernel"], name="kernel", max_side=11)
    if component == "matrix":
        matrix_editor(target="kernel", key="matrix", label="Kernel", colours=case.get("colours", "signed"))
    elif "size" in case:
        stepper(stacked(grid), key="stepper", **case)
    else:
        stepper(stacked(grid), kernel=stacked(kernel), key="stepper", **case)
except InputError as error:
    if component == "matrix":
        matrix_editor(target="kernel", key="matrix", label="Kernel", colours=case.get("colours", "signed"))
    st.error(str(error))
st.text_input("Grid", key="grid")
st.text_input("Kernel", key="kernel")
