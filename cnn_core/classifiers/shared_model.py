"""A Keras model that all visitors share: built when it is first asked, and asked by one at a time."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.looked_at import Told
from cnn_core.classifiers.predicting import model_probabilities
from cnn_core.classifiers.questions import answer_question

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]


class SharedModel:
    """The model, and whose turn it is.

    Example:
        >>> shared = SharedModel(lambda: build())  # doctest: +SKIP
        >>> shared.predict(batch).shape  # doctest: +SKIP
        (1, 10)
    """

    def __init__(self, build: "Callable[[], keras.Model]") -> None:
        """Nothing is built yet.

        Args:
            build: makes the model; imports Keras.
        """
        self._build = build
        self._model: keras.Model | None = None
        self._turn = threading.Lock()

    def predict(self, batch: Floats) -> Floats:
        """(N, C) probabilities."""
        with self._turn:
            return model_probabilities(self._built(), batch)

    def look(self, question: str, batch: Floats, options: Mapping[str, Any]) -> Told:
        """The answer to a question of `questions.QUESTIONS`."""
        with self._turn:
            return answer_question(self._built(), question, batch, options)

    def _built(self) -> "keras.Model":
        if self._model is None:
            self._model = self._build()
        return self._model
