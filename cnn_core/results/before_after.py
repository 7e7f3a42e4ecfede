r"""Two runs side by side: on the pictures that both were measured with, which did the second set right or break?

McNemar's test asks whether the second is better or worse than chance would make it: of the pictures that only one of
the two got right, half would fall to each if they were equally good, so their number follows a binomial distribution.
"""

from dataclasses import dataclass

import numpy as np

from cnn_core.confidence import Interval, wilson_interval
from cnn_core.results.predictions import Predictions


@dataclass(frozen=True)
class BeforeAfter:
    """What changed from one run to the next, on the pictures that both were measured with.

    Attributes:
        shared: pictures in the same part of both runs whose true class both know.
        before, after: accuracies on them, with 95 % intervals; None where none is shared.
        fixed, broken: pictures that only the second run, or only the first, got right.
        relabelled: shared pictures whose true class was changed between the runs; both are measured by the new one.
        only_before, only_after: pictures that one run alone was measured with.
        p_value: of McNemar's exact test, two-sided; 1 where both are right about the same pictures.
    """

    shared: int
    before: Interval | None
    after: Interval | None
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    relabelled: tuple[str, ...]
    only_before: int
    only_after: int
    p_value: float


def compare_runs(before: Predictions, after: Predictions) -> BeforeAfter:
    """Compare two runs, whose classes may be in another order or of another number.

    Args:
        before: predictions of the first run.
        after: predictions of the second; its true classes count.

    Source: McNemar 1947, https://doi.org/10.1007/BF02295996; the exact form.

    Example:
        >>> from cnn_core.results.predictions import make_predictions
        >>> first = make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
        ...     truth=[0, 1], probabilities=[[0.4, 0.6], [0.1, 0.9]])
        >>> second = make_predictions(classes=("cat", "dog"), files=("a", "b"), parts=("test",) * 2,
        ...     truth=[0, 1], probabilities=[[0.7, 0.3], [0.1, 0.9]])
        >>> compare_runs(first, second).fixed
        ('a',)
    """
    old, new = _by_picture(before), _by_picture(after)
    shared = [key for key in new if key in old and new[key][0] in before.classes]
    was = np.array([old[key][1] == new[key][0] for key in shared], bool)
    now = np.array([new[key][1] == new[key][0] for key in shared], bool)
    fixed = tuple(shared[k][1] for k in np.flatnonzero(~was & now))
    broken = tuple(shared[k][1] for k in np.flatnonzero(was & ~now))
    return BeforeAfter(
        shared=len(shared),
        before=wilson_interval(int(was.sum()), len(shared)) if shared else None,
        after=wilson_interval(int(now.sum()), len(shared)) if shared else None,
        fixed=fixed,
        broken=broken,
        relabelled=tuple(key[1] for key in shared if old[key][0] != new[key][0]),
        only_before=sum(key not in new for key in old),
        only_after=sum(key not in old for key in new),
        p_value=mcnemar(len(fixed), len(broken)),
    )


def mcnemar(fixed: int, broken: int) -> float:
    """Two-sided p-value of the exact test: how often equally good networks would differ by so much or more.

    Args:
        fixed, broken: pictures that only one of the two got right.

    Example:
        >>> mcnemar(9, 1)
        0.021484375
    """
    total, fewer = fixed + broken, min(fixed, broken)
    term = below = 1
    for k in range(1, fewer + 1):
        term = term * (total - k + 1) // k
        below += term
    # Whole numbers to the end: floats have no 2**total beyond 1,023 pictures.
    return min(1.0, 2 * below / 2**total)


def _by_picture(predictions: Predictions) -> dict[tuple[str, str], tuple[str, str]]:
    """(part, file) -> names of the true and of the predicted class."""
    names = predictions.classes
    rows = zip(predictions.parts, predictions.files, predictions.truth, predictions.predicted, strict=True)
    return {(part, file): (names[true], names[said]) for part, file, true, said in rows}
