"""What is computed of a network once and kept for every visitor: summary, code, text. No weights are allocated."""

import json

import streamlit as st

from cnn_core.network_reference import NetworkReference
from cnn_core.summary import Summary

WAIT = "Reading the network; the first one waits until Keras has been loaded …"


def summary_of(reference: NetworkReference, *, batch_size: int = 1, dtype: str = "float32") -> Summary:
    """The network's summary."""
    return _summary(identity(reference), reference, batch_size, dtype)


def code_of(reference: NetworkReference) -> str:
    """The network as complete Keras code."""
    return _code(identity(reference), reference)


def text_of(reference: NetworkReference) -> str:
    """What `keras.Model.summary()` prints."""
    return _text(identity(reference), reference)


def identity(reference: NetworkReference) -> str:
    """A text that is the same for the same network."""
    return json.dumps(reference.as_json(), sort_keys=True)


@st.cache_data(max_entries=256, show_spinner=WAIT)
def _summary(identity: str, _reference: NetworkReference, batch_size: int, dtype: str) -> Summary:
    from cnn_core.summary import summarize

    return summarize(_reference.build, batch_size=batch_size, dtype=dtype)


@st.cache_data(max_entries=128, show_spinner=False)
def _code(identity: str, _reference: NetworkReference) -> str:
    from cnn_core.keras_code import keras_code_of

    return keras_code_of(_reference.build)


@st.cache_data(max_entries=128, show_spinner=False)
def _text(identity: str, _reference: NetworkReference) -> str:
    from cnn_core.summary_export import keras_summary_text

    return keras_summary_text(_reference.build)
