"""Detectors of KerasHub, Kaggle Models and TensorFlow Hub: downloaded when asked for, with size and licence before."""

import streamlit as st

from cnn_core.detection.hub import PRESETS
from cnn_core.detection.saved_model import KNOWN
from cnn_core.errors import InputError
from cnn_core.model_downloads import download_model, is_handle, present
from pages.ui.model_offer import model_offer
from pages.ui.words import plain

KEY = "detection_hub"
HANDLE = f"{KEY}_handle"
OTHER = "other"


def hub_model() -> str:
    """Draw the choice and, where it is not here yet, its download; gives a name for `load_detector`.

    The page ends here until the model is there.

    Raises:
        InputError: what was typed is no handle, or the download failed.
    """
    name = st.selectbox(
        "Model of a hub",
        [*PRESETS, *KNOWN, OTHER],
        format_func=_title,
        key=KEY,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    if name in PRESETS:
        preset = PRESETS[name]
        measured = "not stated" if preset.figure is None else f"{preset.figure}"
        about = f"COCO AP {measured}, {preset.megabytes:,} MB, {preset.licence}. Needs KerasHub: requirements-hub.txt."
        model_offer(about, key=KEY, present=preset.present, download=lambda bar: preset.download(progress=bar))
        return name
    handle = _handle() if name == OTHER else name
    about = KNOWN[handle][1] if handle in KNOWN else "A SavedModel of somebody else's: run apart from the server."
    model_offer(about, key=KEY, present=present(handle), download=lambda bar: download_model(handle, progress=bar))
    return handle


def models_here() -> list[str]:
    """Models of a hub that are on this machine: those that the choice lists, and the handle typed in this session."""
    typed = str(st.session_state.get(HANDLE) or "").strip()
    handles = [*KNOWN, *([typed] if is_handle(typed) and typed not in KNOWN else [])]
    return [*(name for name, preset in PRESETS.items() if preset.present), *filter(present, handles)]


def model_title(name: str) -> str:
    """What people call a model of a hub, without loading it."""
    return PRESETS[name].title if name in PRESETS else KNOWN.get(name, (name, ""))[0]


def _handle() -> str:
    """What is typed, where it is a handle."""
    handle = (
        st.text_input(
            "Handle of a SavedModel",
            key=HANDLE,
            placeholder=next(iter(KNOWN)),
            bind="query-params",
            persist_state="session",
            max_chars=400,
        )
        or ""
    ).strip()
    if not handle:
        st.info(
            "Type the handle of a detector on Kaggle Models, or its address on tfhub.dev.", icon=":material/download:"
        )
        st.stop()
    if not is_handle(handle):
        raise InputError(
            f"{plain(handle)} is no handle of a model", "Type owner/model/framework/variation/version of Kaggle Models"
        )
    return handle


def _title(name: str) -> str:
    if name == OTHER:
        return "Another handle"
    ap = PRESETS[name].figure if name in PRESETS else None
    return model_title(name) + (f", AP {ap}" if ap is not None else "")
