"""The settings of a network of the catalog, as widgets."""

from typing import Any

import streamlit as st

from cnn_core.architectures.catalog import ARCHITECTURES, Option
from cnn_core.network_reference import NetworkReference, from_catalog


def settings_controls(name: str) -> NetworkReference:
    """Draw input size, channels, classes and the network's own options; gives the network they mean."""
    entry = ARCHITECTURES[name]
    height, width, channels = entry.input_shape
    sides = st.columns(2)
    rows = int(_number(sides[0], "Input rows", name, "rows", height))
    columns = int(_number(sides[1], "Input columns", name, "columns", width))
    more = st.columns(2)
    depth = int(_number(more[0], "Channels", name, "channels", channels))
    classes = entry.num_classes
    if entry.task != "block":
        classes = int(_number(more[1], "Classes", name, "classes", classes))
    options = {option.name: _option(name, option) for option in entry.options}
    return from_catalog(name, input_shape=(rows, columns, depth), num_classes=classes, **options)


def _number(place: Any, label: str, network: str, name: str, start: int) -> float:
    # No bounds: what a network cannot take gets the core's message, which says what it can.
    return place.number_input(label, value=start, step=1, key=f"architectures_{network}_{name}", bind="query-params")


def _option(network: str, option: Option) -> Any:
    key = f"architectures_{network}_{option.name}"
    if option.values is not None:
        return st.selectbox(
            option.title, option.values, index=option.values.index(option.default), key=key, bind="query-params"
        )
    if isinstance(option.default, bool):
        return st.toggle(option.title, option.default, key=key, bind="query-params")
    whole = isinstance(option.default, int)
    cast = int if whole else float
    return st.number_input(
        option.title,
        cast(option.minimum or 0),
        cast(option.maximum or 1),
        option.default,
        step=1 if whole else 0.05,
        key=key,
        bind="query-params",
    )
