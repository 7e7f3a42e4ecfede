"""What a measurement of a starter says: figures, each with its 95 % interval, and what it was made on."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure and its 95 % interval, in the figure's own unit (shares of one, not percent).

    Attributes:
        value: as measured.
        low: lower end of the interval.
        high: upper end of the interval.

    Example:
        >>> str(Figure(0.9412, 0.9364, 0.9457))
        '0.941 (0.936 to 0.946)'
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Measured:
    """What a starter reached on pictures that it was not trained on.

    Attributes:
        figures: by name, e.g. "accuracy", "AP50", "mean IoU"; the one that matters most first.
        pictures: how many were measured.
        held_out: which pictures, in words, e.g. "CIFAR-10 test".
    """

    figures: Mapping[str, Figure]
    pictures: int
    held_out: str
