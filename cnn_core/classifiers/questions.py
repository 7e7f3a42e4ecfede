"""What a network can be asked about its inside: one table, for networks in the server and in child processes alike.

A question is a function of (model, batch, options): a Keras model that it must not change, (N, rows, columns, channels)
float32, and what JSON can hold. It gives a `Told`. Its module is imported when it is asked.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import Told
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]
Question = Callable[["keras.Model", Floats, Mapping[str, Any]], Told]


def _in(module: str, function: str) -> Question:
    """A function of a module of `cnn_core` that is imported when it is called."""
    return partial(_call, module, function)


def _call(module: str, function: str, model: "keras.Model", batch: Floats, options: Mapping[str, Any]) -> Told:
    answer: Told = getattr(import_module(f"cnn_core.{module}"), function)(model, batch, options)
    return answer


QUESTIONS: dict[str, Question] = {
    "predict": _in("classifiers.predicting", "told_probabilities"),
    "layers": _in("activations.questions", "told_layers"),
    "maps": _in("activations.questions", "told_maps"),
    "filters": _in("activations.questions", "told_filter"),
    "peaks": _in("activations.questions", "told_peaks"),
    "unit_field": _in("activations.questions", "told_unit_field"),
    "flow": _in("activations.questions", "told_flow"),
    "one_value": _in("activations.questions", "told_one_value"),
    "explain": _in("explain.question", "told_explanation"),
    "sharing": _in("stress.sharing", "told_sharing"),
}


def answer_question(model: "keras.Model", question: str, batch: Floats, options: Mapping[str, Any]) -> Told:
    """Ask a model.

    Args:
        model: is not changed.
        question: one of `QUESTIONS`.
        batch: (N, rows, columns, channels).
        options: what JSON can hold.

    Raises:
        InputError: no such question, or what its function refuses.
    """
    if question not in QUESTIONS:
        raise InputError("There is no such question", f"Ask one of {', '.join(QUESTIONS)}", question=question)
    told = QUESTIONS[question](model, batch, options)
    return Told(told.values, {name: _as_carried(array) for name, array in told.arrays.items()})


def _as_carried(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in one of the kinds that come out of a child, wherever the network lives."""
    kinds = {"f": np.float32, "i": np.int64, "u": np.int64, "b": np.uint8}
    return array if array.dtype in (np.float32, np.uint8, np.int64) else array.astype(kinds[array.dtype.kind])
