"""The network that is looked at, whichever it is: how photos reach it, what it answers, and questions about its inside.

A network is asked from any thread. Nothing is imported until it is: a network with a LiteRT file answers before Keras
is there, and `ask` builds the Keras model when the first question comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.classifiers.preparing import Preparation, prepared
from cnn_core.errors import InputError

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Told:
    """What a network tells of itself.

    Attributes:
        values: what JSON can hold.
        arrays: float32, uint8 or int64.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


Look = Callable[[str, Floats, Mapping[str, Any]], Told]


@dataclass(frozen=True, eq=False)
class LookedAt:
    """One network.

    Attributes:
        name: its key in the link: "starter", "mobilenet_v2", "run:<id>", "untrained:vgg16", "own".
        title: for people.
        about: one sentence: what it was trained on, and how good it is.
        classes: names in the order of its outputs; empty where it gives no list of classes.
        size: rows and columns of its input.
        channels: of its input, 3 or 1.
        key: the same for the same network with the same weights: what is kept of its answers is kept by it.
        preparation: how a photo becomes its input.
        answer: (N, rows, columns, channels) -> (N, C) probabilities, by whatever is fastest.
        look: answers a question of `questions.QUESTIONS` about a batch.
        code: Python that makes it, as `network`.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    size: tuple[int, int]
    channels: int
    key: str
    preparation: Preparation
    answer: Callable[[Floats], Floats]
    look: Look
    code: str

    def prepare(self, photo: Pixels) -> Floats:
        """A photo as the network takes it.

        Args:
            photo: (H, W, 3) uint8.

        Returns:
            (rows, columns, channels) float32.

        Raises:
            InputError: no photo.
        """
        return prepared(photo, self.size, self.preparation, channels=self.channels)

    def predict(self, batch: npt.ArrayLike) -> Floats:
        """Probabilities of the classes.

        Args:
            batch: (N, rows, columns, channels), as `prepare` makes each.

        Returns:
            (N, C) float32.

        Raises:
            InputError: another shape, or a network that gives no list of classes.
        """
        values = np.ascontiguousarray(batch, np.float32)
        wanted = (*self.size, self.channels)
        if values.ndim != 4 or values.shape[1:] != wanted:
            raise InputError(
                "The batch does not have the network's input size",
                f"Give (N, {', '.join(map(str, wanted))})",
                shape=values.shape,
            )
        if not self.classes:
            raise InputError(f"{self.title} gives no list of classes", "Choose a network that classifies")
        if not len(values):
            return np.zeros((0, len(self.classes)), np.float32)
        return self.answer(values)

    def ask(self, question: str, batch: npt.ArrayLike, **options: Any) -> Told:
        """Look inside: the question is answered by a function of `questions.QUESTIONS`, wherever the network lives.

        Args:
            question: its name.
            batch: (N, rows, columns, channels).
            options: what JSON can hold.

        Raises:
            InputError: no such question, or what the function refuses.
        """
        return self.look(question, np.ascontiguousarray(batch, np.float32), options)
