"""What a pair of trainings is: `config.json`, checked, and the configuration of each side that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cnn_core.errors import InputError
from cnn_core.runs.store import RunStore
from cnn_core.training.config import ScratchConfig, config_of
from cnn_core.training.experiments import EXPERIMENTS, Experiment, side_values
from cnn_core.training.mistakes import CASES, MISTAKES, Mistake, mistake_values
from cnn_core.transfer.checked_values import check_fields, one_of, whole_number

EXPERIMENT_JOB, MISTAKE_JOB = "scratch_experiment", "scratch_mistake"
JOBS = (EXPERIMENT_JOB, MISTAKE_JOB)
SIDES = ("first", "second")
# Smallest and largest value of each number; 0 takes what the pair usually has.
LIMITS: Mapping[str, tuple[int, int]] = {
    "pictures": (0, 20_000),
    "epochs": (0, 200),
    "seed": (0, 1_000_000),
    "seeds": (1, 5),
}
_LEAST_PICTURES = 60


@dataclass(frozen=True)
class PairConfig:
    """Two trainings, and with how many seeds.

    Attributes:
        job: one of `JOBS`.
        experiment: a key of `EXPERIMENTS`; "" for a mistake.
        case: number of a mistake, from 1 on; 0 for an experiment.
        data: "shapes" or "cifar10".
        pictures, epochs: of each side; 0 for what is usual.
        seed: the first one.
        seeds: how many, one after the other.
        name: what people call the run.
    """

    job: str
    experiment: str = ""
    case: int = 0
    data: str = "shapes"
    pictures: int = 0
    epochs: int = 0
    seed: int = 0
    seeds: int = 1
    name: str = ""

    @property
    def what(self) -> Experiment | Mistake:
        """The experiment, or the mistake."""
        return EXPERIMENTS[self.experiment] if self.experiment else MISTAKES[self.mistake]

    @property
    def mistake(self) -> str:
        """The key of the mistake; "" for an experiment."""
        return CASES[self.case - 1] if self.case else ""

    def labels(self) -> dict[str, str]:
        """What the two sides are called."""
        if isinstance(self.what, Mistake):
            return {"first": "as it was", "second": "mended"}
        return {side: getattr(self.what, side).label for side in SIDES}

    def training(self, side: str, seed: int) -> ScratchConfig:
        """The configuration of a side: "first", the broken one of a mistake, or "second", the mended one.

        Args:
            side: one of `SIDES`.
            seed: of the training.
        """
        values = side_values(self.experiment, side) if self.experiment else mistake_values(self.mistake)
        values |= {"data": self.data, "seed": seed}
        values |= {name: getattr(self, name) for name in ("pictures", "epochs") if getattr(self, name)}
        if self.case and side == "first":
            values["mistake"] = self.mistake
        return config_of(values)


def pair_of(values: Mapping[str, Any]) -> PairConfig:
    """A pair, checked; what is missing has its default.

    Raises:
        InputError: a value out of its range, or a field that does not exist; says which.

    Example:
        >>> pair = pair_of({"job": "scratch_experiment", "experiment": "dropout", "seeds": 3})
        >>> pair.labels()["second"], pair.training("second", 1).seed
        ('dropout', 1)
    """
    check_fields(values, {field.name for field in fields(PairConfig)}, "The configuration")
    job = one_of(values, "job", JOBS, EXPERIMENT_JOB)
    mistake = job == MISTAKE_JOB
    pair = PairConfig(
        job=job,
        experiment="" if mistake else one_of(values, "experiment", tuple(EXPERIMENTS), ""),
        case=whole_number(values, "case", 1, len(CASES), 0) if mistake else 0,
        data=str(values.get("data", "shapes")),
        name=str(values.get("name", "")),
        **{name: whole_number(values, name, low, high, int(name == "seeds")) for name, (low, high) in LIMITS.items()},
    )
    if pair.data not in pair.what.data:
        raise InputError(
            "It cannot be tried on these data", f"Choose one of {', '.join(pair.what.data)}", data=pair.data
        )
    if 0 < pair.pictures < _LEAST_PICTURES:
        raise InputError(
            "So few pictures teach nothing", f"Choose 0 or {_LEAST_PICTURES} and more", pictures=pair.pictures
        )
    if mistake and pair.seeds > 1:
        raise InputError("A broken training is shown with one seed", "Choose 1", seeds=pair.seeds)
    return pair


def new_pair(store: RunStore, values: Mapping[str, Any], *, owner: str) -> Path:
    """Make a run that waits to be submitted; its folder.

    Args:
        store: of all runs.
        values: as `pair_of` takes them.
        owner: whose run it is.

    Raises:
        InputError: a value out of its range; the disk is full.
    """
    return store.new(dict(values), owner=owner, name=pair_of(values).name)
