"""Curves to take home as CSV."""

from collections.abc import Mapping, Sequence

from cnn_core.csv_table import csv_table
from cnn_core.stress.curve import Curve
from cnn_core.stress.placing import Shifts


def curves_csv(curves: Mapping[str, tuple[Curve, Sequence[str]]]) -> bytes:
    """A row for each strength: of each network the probability of its class, and what it answered.

    Args:
        curves: the network's title -> its curve, and its classes; all of the same strengths.

    Example:
        >>> import numpy as np
        >>> said = np.float32([[0.75, 0.25]])
        >>> print(curves_csv({"Starter": (Curve("noise", (0.1,), said, said[0]), ("cat", "dog"))}).decode())
        strength,Starter: cat,Starter: answer
        0.1,0.75,cat
        <BLANKLINE>
    """
    header, columns = ["strength"], []
    for title, (curve, classes) in curves.items():
        header += [f"{title}: {classes[curve.predicted]}", f"{title}: answer"]
        columns += [[f"{value:.6g}" for value in curve.line], [classes[int(k)] for k in curve.answers]]
    strengths = next(iter(curves.values()))[0].strengths
    return csv_table(header, [[f"{strength:g}", *row] for strength, *row in zip(strengths, *columns, strict=True)])


def shifts_csv(shifts: Shifts, classes: Sequence[str]) -> bytes:
    """A row for each place: the photo's edges, the probability of the class, and the answer.

    Example:
        >>> import numpy as np
        >>> said = np.float32([[0.75, 0.25]])
        >>> print(shifts_csv(Shifts(((3, 4),), said, said[0]), ("cat", "dog")).decode())
        top,left,cat,answer
        3,4,0.75,cat
        <BLANKLINE>
    """
    answers = [classes[int(k)] for k in shifts.probabilities.argmax(axis=1)]
    rows = zip(shifts.places, (f"{value:.6g}" for value in shifts.line), answers, strict=True)
    header = ["top", "left", classes[shifts.predicted], "answer"]
    return csv_table(header, [[*place, probability, answer] for place, probability, answer in rows])
