r"""Whether the second of two ways to train is better than the first, or whether chance explains what was measured.

Two sources of chance are kept apart. *Which pictures* happened to be held out: both networks are asked about the same
ones, so the difference is taken picture by picture and the pictures are drawn again (paired bootstrap); with one
network each McNemar's test says the same. *Which first weights and order* the seed gave: with several seeds the
difference of each pair of runs is one number, and Student's t gives the interval of their mean. A difference counts as
told from chance only where every interval that there is leaves out zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.confidence import Interval, bootstrap_interval
from cnn_core.errors import InputError
from cnn_core.results.before_after import mcnemar

LEVEL = 0.95


@dataclass(frozen=True)
class Verdict:
    """What two ways to train differ in; accuracies are in [0, 1].

    Attributes:
        first, second: mean accuracy over the seeds.
        differences: second minus first, of each seed.
        pictures: interval of the mean difference over the held-out pictures.
        seeds: interval of the mean difference over the seeds; None with one.
        only_first, only_second: pictures that only one of the two got right, over all seeds.
        p_value: of McNemar's exact test, two-sided; None with several seeds.
        by_picture: (second minus first, the mean over the seeds; how many pictures have it), in order.
    """

    first: float
    second: float
    differences: tuple[float, ...]
    pictures: Interval
    seeds: Interval | None
    only_first: int
    only_second: int
    p_value: float | None
    by_picture: tuple[tuple[float, int], ...]

    @property
    def held_out(self) -> int:
        """How many pictures both sides were asked about."""
        return sum(count for _, count in self.by_picture)

    @property
    def difference(self) -> float:
        """Second minus first, the mean over the seeds."""
        return self.second - self.first

    @property
    def told(self) -> bool:
        """Whether the difference can be told from chance."""
        known = [self.pictures] if self.seeds is None else [self.pictures, self.seeds]
        apart = all(interval.low > 0 or interval.high < 0 for interval in known)
        return apart and (self.p_value is None or self.p_value < 1 - LEVEL)


def verdict_of(first: npt.ArrayLike, second: npt.ArrayLike, *, seed: int = 0) -> Verdict:
    """Compare two ways to train, from what their networks got right.

    Args:
        first, second: (seeds, pictures) bool: whether the network of a seed is right about a held-out picture; the same
            pictures and seeds in both.
        seed: of the bootstrap.

    Raises:
        InputError: the shapes differ, or nothing was measured.

    Example:
        >>> right, wrong = [True] * 90 + [False] * 10, [True] * 60 + [False] * 40
        >>> found = verdict_of([wrong], [right])
        >>> found.told, round(found.difference, 2), found.only_second
        (True, 0.3, 30)
    """
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    if one.ndim != 2 or one.shape != two.shape or not one.size:
        raise InputError(
            "The two sides were not measured on the same pictures with the same seeds",
            "Give two arrays (seeds, pictures)",
            shapes=(one.shape, two.shape),
        )
    seeds, count = one.shape
    each = two.astype(np.float64) - one
    # Sorted, so that the interval follows from how often each value occurs.
    by_picture = np.sort(each.mean(axis=0))
    values, counts = np.unique(by_picture, return_counts=True)
    differences = tuple(each.mean(axis=1).tolist())
    only_first, only_second = int((one & ~two).sum()), int((two & ~one).sum())
    return Verdict(
        first=float(one.mean()),
        second=float(two.mean()),
        differences=differences,
        pictures=bootstrap_interval(lambda weights: float(weights @ by_picture) / count, count, seed=seed, level=LEVEL),
        seeds=mean_interval(differences) if seeds > 1 else None,
        only_first=only_first,
        only_second=only_second,
        p_value=mcnemar(only_second, only_first) if seeds == 1 else None,
        by_picture=tuple(zip(values.tolist(), counts.tolist(), strict=True)),
    )


def mean_interval(values: Sequence[float], *, level: float = LEVEL) -> Interval:
    r"""Student's confidence interval of a mean, $\bar x \pm t_{n-1}\, s / \sqrt n$.

    Args:
        values: two or more measurements, taken as normally distributed.
        level: confidence in (0, 1).

    Raises:
        InputError: fewer than two values, or a level out of its range.

    Source: Student 1908, https://doi.org/10.2307/2331554.

    Example:
        >>> interval = mean_interval([0.02, 0.03, 0.04])
        >>> round(interval.low, 4), round(interval.high, 4)
        (0.0052, 0.0548)
    """
    if len(values) < 2 or not 0 < level < 1:
        raise InputError(
            "An interval needs two values and a level between 0 and 1", "Train with more seeds", level=level
        )
    from scipy.special import stdtrit

    found = np.asarray(values, np.float64)
    mean = float(found.mean())
    half = float(stdtrit(len(found) - 1, (1 + level) / 2) * found.std(ddof=1) / np.sqrt(len(found)))
    return Interval(mean, mean - half, mean + half, level)


def verdict_words(verdict: Verdict, first: str, second: str) -> str:
    """The verdict in one or two plain sentences, without Markdown.

    Args:
        verdict: the figures.
        first, second: what the two sides are called, as in "dropout", "no dropout".

    Example:
        >>> same = verdict_of([[True, False] * 20], [[True, False] * 20])
        >>> print(verdict_words(same, "no dropout", "dropout"))
        No difference: both got the same 50.0 % of 40 held-out pictures right.
    """
    if not verdict.only_first and not verdict.only_second:
        share = f"{verdict.first * 100:.1f} %"
        return f"No difference: both got the same {share} of {verdict.held_out:,} held-out pictures right."
    interval = _wider(verdict)
    if not verdict.told:
        between = f"95 % interval {points(interval.low)} to {points(interval.high)}"
        return (
            f"No difference that can be told from chance: from {first} to {second} it is "
            f"{points(verdict.difference)} points ({between})."
        )
    better, worse, sign = (second, first, 1) if verdict.difference > 0 else (first, second, -1)
    low, high = sorted((sign * interval.low * 100, sign * interval.high * 100))
    size = sign * verdict.difference * 100
    return f"Better with {better} than with {worse}, by {size:.1f} points (95 % interval {low:.1f} to {high:.1f})."


def _wider(verdict: Verdict) -> Interval:
    known = [verdict.pictures] if verdict.seeds is None else [verdict.pictures, verdict.seeds]
    return max(known, key=lambda interval: interval.high - interval.low)


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign and a true minus.

    Example:
        >>> points(-0.0123), points(0.02)
        ('−1.2', '+2.0')
    """
    text = f"{share * 100:+.1f}"
    return ("0.0" if float(text) == 0 else text).replace("-", "−")


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for result.json; `verdict_of_json` reads it again."""
    found = dict(vars(verdict))
    for name in ("pictures", "seeds"):
        interval = found[name]
        found[name] = None if interval is None else vars(interval)
    lists = {"differences": list(verdict.differences), "by_picture": [list(pair) for pair in verdict.by_picture]}
    return found | lists | {"told": verdict.told}


def verdict_of_json(found: dict[str, Any]) -> Verdict:
    """The verdict that `as_json` wrote.

    Example:
        >>> verdict = verdict_of([[True, False, True]], [[True, True, True]])
        >>> verdict_of_json(as_json(verdict)) == verdict
        True
    """
    values = {name: value for name, value in found.items() if name != "told"}
    seeds = values["seeds"]
    values |= {"pictures": Interval(**values["pictures"]), "seeds": None if seeds is None else Interval(**seeds)}
    by_picture = tuple((float(value), int(count)) for value, count in values["by_picture"])
    return Verdict(**values | {"differences": tuple(values["differences"]), "by_picture": by_picture})
