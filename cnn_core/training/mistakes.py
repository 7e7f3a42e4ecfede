"""Trainings that are broken on purpose, by the name that a configuration gives them."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnn_core.training.change import Change


@dataclass(frozen=True)
class Mistake:
    """One way to break a training.

    Attributes:
        title: what it is.
        change: what it does to a run.
    """

    title: str
    change: Change


MISTAKES: Mapping[str, Mistake] = {}
