"""How much activation memory a network needs at once: an output lives until the last layer that takes it has run."""

from collections.abc import Sequence
from typing import Protocol


class Row(Protocol):
    """What is needed of a layer, as in `cnn_core.summary.LayerRow`."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def activation_bytes(self) -> int: ...


# When predicting, these hand their input on: nothing is written.
_PASSED_ON = """
    Identity Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout
    ActivityRegularization Flatten Reshape Squeeze ExpandDims
"""
PASSED_ON = frozenset(_PASSED_ON.split())

# Name of the array made, names of those taken, bytes made.
Step = tuple[str, tuple[str, ...], int]


def forward_peak(rows: Sequence[Row]) -> int:
    """The most bytes of outputs that exist at once when the rows are computed in their order, one after another."""
    holder: dict[str, str] = {}
    steps: list[Step] = []
    for row in rows:
        taken = tuple(holder[name] for name in row.inputs)
        if row.kind in PASSED_ON and len(taken) == 1:
            holder[row.name] = taken[0]
            steps.append((taken[0], taken, 0))
        else:
            holder[row.name] = row.name
            steps.append((row.name, taken, row.activation_bytes))
    return live_peak(steps)


def backward_peak(rows: Sequence[Row]) -> int:
    """The most bytes of gradients of outputs that exist at once in the backward pass; the picture needs none."""
    takers: dict[str, list[str]] = {row.name: [] for row in rows}
    for row in rows:
        for source in row.inputs:
            takers[source].append(row.name)
    return live_peak(
        [(row.name, tuple(takers[row.name]), row.activation_bytes * bool(row.inputs)) for row in reversed(rows)]
    )


def live_peak(steps: Sequence[Step]) -> int:
    """The most bytes held at once: each array from its step to its last taker's, or to the end where nothing takes it.

    Example:
        >>> live_peak([("a", (), 4), ("b", ("a",), 4), ("c", ("b",), 1), ("sum", ("a", "c"), 4)])
        9
    """
    last = {name: index for index, (_, taken, _) in enumerate(steps) for name in taken}
    held: dict[str, int] = {}
    most = 0
    now = 0
    for index, (name, taken, made) in enumerate(steps):
        held[name] = held.get(name, 0) + made
        now += made
        most = max(most, now)
        for gone in set(taken):
            if last[gone] == index:
                now -= held.pop(gone)
    return most
