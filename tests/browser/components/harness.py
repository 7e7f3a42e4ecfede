"""The components and nothing else: `mount` of `cells.py` writes into the text field which ones are to be shown.

What is asked for has a number, which all keys begin with: each test meets components that nobody has touched, though
Streamlit itself is loaded once. A stepper or matrix alone can be edited through the text fields below it, as on the
app's pages.
"""

import json
import time
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.errors import InputError
from cnn_core.grids import parse_channels, parse_grid
from cnn_core.samples import DEFAULT_SAMPLE, sample
from pages.ui.crop import crop_picker
from pages.ui.matrix import matrix_editor
from pages.ui.network_graph import network_graph
from pages.ui.stepper import stepper
from tests.network_fixtures import NETWORKS


def stacked(grid: np.ndarray, channels: int) -> np.ndarray:
    """The grid itself, or, for several channels, the grid times 1, -2, 3 ..."""
    if channels == 1:
        return grid
    return np.stack([grid * (c + 1) * (-1) ** c for c in range(channels)], axis=2)


def draw_stepper(options: dict[str, Any], key: str, *, editable: bool) -> None:
    """Draw one stepper; the text fields' state holds its grid and kernel."""
    channels = options.pop("channels", 1)
    grid_text = st.session_state[f"{key}_grid"]
    grid = parse_channels(grid_text, name="grid", max_side=32)
    if "|" not in grid_text:
        grid = stacked(grid[:, :, 0], channels)
    channels = 1 if grid.ndim == 2 else grid.shape[2]
    options.pop("grid")
    kernel_text = options.pop("kernel", None)
    if kernel_text is not None:
        kernel = parse_grid(st.session_state[f"{key}_kernel"], name="kernel", max_side=11)
        options["kernel"] = stacked(kernel, channels)
    if editable and (channels == 1 or "|" in grid_text) and not options.get("local_edits"):
        options["input_target"] = f"{key}_grid"
        options["kernel_target"] = None if kernel_text is None or channels > 1 else f"{key}_kernel"
    stepper(grid, key=key, **options)


def draw_matrix(key: str) -> None:
    """Draw one matrix editor, and what is wrong with its text."""
    matrix_editor(target=f"{key}_kernel", key=key, label="Kernel")
    parse_grid(st.session_state[f"{key}_kernel"], name="kernel", max_side=11)


def draw_crop(key: str, side: int) -> None:
    """Draw a crop picker, the two fields that it fills, and what Python knows."""
    picture = sample(DEFAULT_SAMPLE)
    height, width = picture.shape[:2]
    top, left = f"{key}_top", f"{key}_left"
    st.number_input("Top", 0, height - side, 100, key=top, bind="query-params")
    st.number_input("Left", 0, width - side, 120, key=left, bind="query-params")
    crop_picker(np.asarray(picture), rows=side, columns=side, key=key, row_target=top, column_target=left)
    st.text(f"Python: {st.session_state[top]}, {st.session_state[left]}")


def draw_graph(key: str, network: str) -> None:
    """Draw the layer graph of a network of `network_fixtures`, and which layer Python takes for selected."""
    layer = f"{key}_layer"
    st.session_state.setdefault(layer, None)
    st.text(f"selected: {st.session_state[layer]}")
    network_graph(NETWORKS[network](), key=key, selected=st.session_state[layer], target=layer, title=network)


st.set_page_config(layout="wide")
nothing = json.dumps({"number": 0, "cases": []})
asked = json.loads(st.text_input("Cases", nothing, key="asked", label_visibility="collapsed"))
cases = asked["cases"]
time.sleep(sum(case.pop("slow", 0) for case in cases))
for place, case in enumerate(cases):
    key = f"case{asked['number']}_{place}"
    kind = case.pop("component", "stepper")
    st.session_state.setdefault(f"{key}_grid", case.get("grid", "0"))
    st.session_state.setdefault(f"{key}_kernel", case.get("kernel") or "")
    try:
        with st.container(width=case.pop("width", "stretch"), key=f"frame{place}"):
            match kind:
                case "stepper":
                    draw_stepper(case, key, editable=len(cases) == 1)
                case "matrix":
                    draw_matrix(key)
                case "crop":
                    draw_crop(key, **case)
                case "graph":
                    draw_graph(key, **case)
    except InputError as error:
        st.error(str(error))
    if len(cases) == 1 and kind in ("stepper", "matrix"):
        st.text_input("Grid", key=f"{key}_grid")
        st.text_input("Kernel", key=f"{key}_kernel")
