"""A page with the components and nothing else; `?cases=<JSON list>` says which. The browser tests start it.

One case alone is editable through the text fields below it, as on the app's pages.
"""

import json
import time
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.grids import parse_channels, parse_grid
from pages.ui.matrix import matrix_editor
from pages.ui.stepper import stepper


def stacked(grid: np.ndarray, channels: int) -> np.ndarray:
    """The grid itself, or, for several channels, the grid times 1, -2, 3 ..."""
    if channels == 1:
        return grid
    return np.stack([grid * (c + 1) * (-1) ** c for c in range(channels)], axis=2)


def mount(case: dict[str, Any], number: int, *, editable: bool) -> None:
    """Draw one stepper; the grid and kernel of the first one come from the text fields."""
    options = dict(case)
    channels = options.pop("channels", 1)
    grid_text = st.session_state[f"grid{number}"]
    grid = parse_channels(grid_text, name="grid", max_side=32)
    if "|" not in grid_text:
        grid = stacked(grid[:, :, 0], channels)
    channels = 1 if grid.ndim == 2 else grid.shape[2]
    options.pop("grid")
    kernel_text = options.pop("kernel", None)
    if kernel_text is not None:
        kernel = parse_grid(st.session_state[f"kernel{number}"], name="kernel", max_side=11)
        options["kernel"] = stacked(kernel, channels)
    if editable and (channels == 1 or "|" in grid_text) and not options.get("local_edits"):
        options["input_target"] = f"grid{number}"
        options["kernel_target"] = None if kernel_text is None or channels > 1 else f"kernel{number}"
    with st.container(width=options.pop("width", "stretch"), key=f"frame{number}"):
        stepper(grid, key=f"stepper{number}", **options)


st.set_page_config(layout="wide")
cases = json.loads(st.query_params.get("cases", "[]"))
time.sleep(sum(case.pop("slow", 0) for case in cases))
for number, case in enumerate(cases):
    st.session_state.setdefault(f"grid{number}", case.get("grid", "0"))
    st.session_state.setdefault(f"kernel{number}", case.get("kernel") or "")
    if case.get("component") == "matrix":
        with st.container(width=case.get("width", "stretch"), key=f"frame{number}"):
            matrix_editor(
                target=f"kernel{number}", key=f"matrix{number}", label="Kernel", colours=case.get("colours", "signed")
            )
        try:
            parse_grid(st.session_state[f"kernel{number}"], name="kernel", max_side=11)
        except InputError as error:
            st.error(str(error))
        continue
    try:
        mount(case, number, editable=len(cases) == 1)
    except InputError as error:
        st.error(str(error))
if len(cases) == 1:
    st.text_input("Grid", key="grid0")
    st.text_input("Kernel", key="kernel0")
