"""What a comparison of two losses is: `config.json`, checked, as one frozen dataclass."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cnn_core.errors import InputError
from cnn_core.losses.segmentation import loss_parts
from cnn_core.runs.store import RunStore
from cnn_core.scene_shapes import CLASSES

JOB = "losses"
RARE = "star"
TASKS: Mapping[str, tuple[str, ...]] = {
    "rare": ("background", RARE),
    "object": ("background", "shape"),
    "shapes": ("background", *CLASSES),
}
# Smallest and largest value of each number, and its default.
LIMITS = {
    "epochs": (1, 60),
    "pictures": (16, 1_000),
    "base_filters": (2, 32),
    "batch_size": (1, 64),
    "seed": (0, 1_000_000),
}
RATES = (1e-5, 0.1)


@dataclass(frozen=True)
class ComparisonConfig:
    """Everything that the result depends on.

    Attributes:
        first: a loss by its name, as `segmentation_loss` takes it.
        second: another one, or the same.
        task: one of `TASKS`: stars against all the rest, all shapes against the background, or each shape a class.
        epochs: of both networks.
        pictures: to learn from, drawn scenes of 64 x 64.
        base_filters: of the U-Net's first level.
        batch_size: pictures an update.
        learning_rate: of Adam.
        focal_gamma, tversky_alpha, tversky_beta: of those losses.
        seed: of the first weights, the pictures and their order.
        name: what people call the run.

    Raises:
        InputError: a value out of its range; says which.
    """

    first: str = "cross_entropy"
    second: str = "dice"
    task: str = "object"
    epochs: int = 12
    pictures: int = 128
    base_filters: int = 8
    batch_size: int = 16
    learning_rate: float = 0.003
    focal_gamma: float = 2.0
    tversky_alpha: float = 0.3
    tversky_beta: float = 0.7
    seed: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        for part in (self.first, self.second):
            loss_parts(part)
        if self.task not in TASKS:
            raise InputError("There is no such task", f"Choose one of {', '.join(TASKS)}", task=self.task)
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise InputError(
                    f"{name} is out of its range", f"Choose a whole number from {low} to {high}", **{name: value}
                )
        numbers = {"learning_rate": RATES, "focal_gamma": (0, 100), "tversky_alpha": (0, 100), "tversky_beta": (0, 100)}
        for name, (least, most) in numbers.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                raise InputError(
                    f"{name} is out of its range", f"Choose a number from {least:g} to {most:g}", **{name: value}
                )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, the background first."""
        return TASKS[self.task]


def config_of(values: Mapping[str, Any]) -> ComparisonConfig:
    """A configuration, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> config_of({"job": "losses", "second": "focal"}).second
        'focal'
    """
    known = {field.name for field in fields(ComparisonConfig)}
    for name in values:
        if name not in known | {"job"}:
            raise InputError("The configuration has a field that does not exist", "Leave it out", field=name)
    return ComparisonConfig(**{name: value for name, value in values.items() if name in known})


def new_comparison(store: RunStore, values: Mapping[str, Any], *, owner: str) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        values: fields of `ComparisonConfig`.
        owner: whose run it is.

    Raises:
        InputError: a value out of its range; the disk is full.
    """
    config_of(values)
    return store.new({**values, "job": JOB}, owner=owner, name=str(values.get("name", "")))
