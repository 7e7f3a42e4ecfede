"""What is computed of a network once and kept for every visitor: summary, code, text. No weights are allocated."""

import json

import streamlit as st

from cnn_core.network_reference import NetworkReference
from cnn_core.summary import Summary

WAIT = "Reading the network; the first one waits until Keras has been loaded …"


def summary_of(reference: NetworkReference, *, batch_size: int = 1, dtype: str = "float32") -> Summary:
    """The network's summary."""
    if (batch_size, dtype) == (1, "float32"):
        return _summary_and_code(identity(reference), reference)[0]
    return _summary(identity(reference), reference, batch_size, dtype)


def code_of(reference: NetworkReference) -> str:
    """The network as complete Keras code."""
    return _summary_and_code(identity(reference), reference)[1]


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


@st.cache_data(max_entries=256, show_spinner=WAIT)
def _summary_and_code(identity: str, _reference: NetworkReference) -> tuple[Summary, str]:
    from cnn_core.keras_code import keras_code
    from cnn_core.summary import summarize
    from cnn_core.weightless import read_model

    # Building a large network takes as long as all that is found out about it: it is built once for both.
    return read_model(_reference.build, lambda model: (summarize(model), keras_code(model)))


@st.cache_data(max_entries=128, show_spinner=False)
def _text(identity: str, _reference: NetworkReference) -> str:
    from cnn_core.summary_export import keras_summary_text

    return keras_summary_text(_reference.build)
