"""An open network in a child process, and what the ways to open one share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.child_process import limit_this_process
from cnn_core.errors import InputError

# Processor time in the whole life of a child, and what it may write: Keras unpacks weights.
LIFE_SECONDS = 3_600
_FILE_BYTES = 1_100_000_000


@dataclass(frozen=True)
class Network:
    """An open network.

    Attributes:
        input_shape: what it takes, with the batch of one; sizes that it leaves open are those of the task.
        input_dtype: "float32" or "uint8".
        run: its outputs by name for a batch.
        facts: what JSON can hold, for whoever reads the outputs.
        told: answers a question about its inside, (question, batch, options) -> JSON values and arrays; None where it
            cannot be looked into.
    """

    input_shape: tuple[int, ...]
    input_dtype: str
    run: Callable[[npt.NDArray], dict[str, npt.NDArray]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: (
        Callable[[str, npt.NDArray, Mapping[str, Any]], tuple[Mapping[str, Any], Mapping[str, npt.NDArray]]] | None
    ) = None


def limit(task: Mapping[str, Any]) -> None:
    """Limit this process; to be called once its libraries are imported."""
    limit_this_process(more_memory=task["memory"], more_seconds=LIFE_SECONDS, file_bytes=_FILE_BYTES)


def only_input(inputs: Any, name: str) -> Any:
    """The one input of a network."""
    if len(inputs) != 1:
        raise InputError(f"{name} has {len(inputs)} inputs", "Use a network that takes one picture and nothing else")
    return inputs[0]


def picture_shape(declared: Any, task: Mapping[str, Any]) -> tuple[int, ...]:
    """A picture's shape with the batch of one; open sizes are those of the task, which may let a grey one in."""
    sides = [side if isinstance(side, int | np.integer) and side > 0 else None for side in declared]
    if len(sides) != 4 or sides[0] not in {None, 1}:
        raise InputError(
            f"{task['name']} takes an array of {_shown(sides)}, not one picture at a time",
            "Export it with an input of (1, rows, columns, 3) or (1, 3, rows, columns)",
        )
    places = (2, 3) if sides[1] in {1, 3} and sides[3] not in {1, 3} else (1, 2)
    for place, side in zip(places, task["size"], strict=True):
        sides[place] = sides[place] or side
    channels = ({1, 2, 3} - set(places)).pop()
    if sides[channels] != 3 and not (task.get("grey") and sides[channels] == 1):
        raise InputError(
            f"{task['name']} takes an array of {_shown(sides)}, not red, green and blue",
            "Export it with an input of (1, rows, columns, 3) or (1, 3, rows, columns)",
        )
    return (1, *(int(side or 0) for side in sides[1:]))


def _shown(sides: list[Any]) -> str:
    return " x ".join("any" if side is None else str(side) for side in sides)
