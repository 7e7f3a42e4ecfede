"""Segmenters of KerasHub: downloaded when asked for, with size and licence before."""

import streamlit as st

from cnn_core.segmentation.hub import PRESETS
from pages.ui.model_offer import model_offer

KEY = "segmentation_hub"


def hub_model() -> str:
    """Draw the choice and, where it is not here yet, its download; gives a name for `load_segmenter`.

    The page ends here until the model is there.

    Raises:
        InputError: the download failed.
    """
    name = st.selectbox(
        "Model of a hub",
        list(PRESETS),
        format_func=lambda name: f"{PRESETS[name].title}, mean IoU {PRESETS[name].figure}",
        key=KEY,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    preset = PRESETS[name]
    about = (
        f"Mean IoU {preset.figure}, {preset.megabytes:,} MB, {preset.licence}. Needs KerasHub: requirements-hub.txt."
    )
    model_offer(about, key=KEY, present=preset.present, download=lambda bar: preset.download(progress=bar))
    return name


def models_here() -> list[str]:
    """Presets that are on this machine."""
    return [name for name, preset in PRESETS.items() if preset.present]
