"""The way from a network's summary to its training from random weights."""

from typing import Any

import streamlit as st

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.network_reference import NetworkReference
from cnn_core.training.config import NETWORKS, OWN
from pages.from_scratch_tabs.settings import USUAL
from pages.from_scratch_tabs.words import NETWORK_TITLES


def train_link(reference: NetworkReference) -> None:
    """A link to From scratch with this network and its options chosen; nothing for one that does not classify."""
    name = OWN if reference.link else reference.architecture
    if name not in NETWORKS:
        return
    chosen = {"scratch_network": NETWORK_TITLES[name]}
    if reference.link:
        chosen["scratch_own"] = reference.link
    else:
        entry = ARCHITECTURES[name]
        if entry.smallest > min(USUAL.input_size):
            chosen["scratch_side"] = str(entry.smallest)
        usual = {option.name: option.default for option in entry.options}
        changed = {option: value for option, value in reference.options.items() if value != usual[option]}
        chosen |= {f"scratch_{name}_{option}": _in_link(value) for option, value in changed.items()}
    st.page_link(
        "from_scratch.py", label="Train it from scratch", icon=":material/local_fire_department:", query_params=chosen
    )


def _in_link(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
