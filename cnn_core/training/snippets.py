"""The code that the tabs of the page From scratch show beside their figures."""

from collections.abc import Mapping
from typing import Any

from cnn_core.runs.script import run_script
from cnn_core.training.pair_config import pair_of
from cnn_core.training.verdict import Verdict

_PICTURES = """import numpy as np
from scipy.stats import {names}

from cnn_core.confidence import bootstrap_interval

# Second less first, picture by picture{over}: the values, and how many of the {held_out:,} held-out pictures have each.
values = np.array({values})
counts = np.array({counts})
each = np.repeat(values, counts)

# The pictures are drawn again, 1,000 times.
interval = bootstrap_interval(lambda weights: weights @ each / len(each), len(each), seed=0)
print(f"difference {{interval.value:+.4f}}, 95 % interval {{interval.low:+.4f}} to {{interval.high:+.4f}}")
"""
_MCNEMAR = """
# McNemar's exact test: of the pictures that only one of the two got right, half would fall to each.
only_first, only_second = counts[values < 0].sum(), counts[values > 0].sum()
p = binomtest(only_second, only_first + only_second).pvalue
print(f"McNemar p = {p:.4f}")
"""
_SEEDS = """
# One difference for each seed.
differences = np.array({differences})
mean, error = differences.mean(), differences.std(ddof=1) / len(differences) ** 0.5
low, high = t.interval(0.95, len(differences) - 1, mean, error)
print(f"over seeds {{mean:+.4f}}, 95 % interval {{low:+.4f}} to {{high:+.4f}}")
"""


def run_code(config: Mapping[str, Any]) -> str:
    """The configuration of a pair as a script that writes it.

    Example:
        >>> print(run_code({"job": "scratch_mistake", "case": 3}).splitlines()[8])
            'job': 'scratch_mistake',
    """
    return run_script(config, pair_of, command="cnn_core.training", does="Trains both sides")


def verdict_code(verdict: Verdict) -> str:
    """Code that gives a verdict's intervals again, with SciPy.

    Args:
        verdict: whose numbers are put in.
    """
    one_seed = verdict.seeds is None
    tested = one_seed and verdict.only_first + verdict.only_second > 0
    code = _PICTURES.format(
        names="binomtest" if one_seed else "t",
        over="" if one_seed else ", the mean over the seeds",
        held_out=verdict.held_out,
        values=[value for value, _ in verdict.by_picture],
        counts=[count for _, count in verdict.by_picture],
    )
    if tested:
        return code + _MCNEMAR
    if one_seed:
        return code.replace("from scipy.stats import binomtest\n", "")
    return code + _SEEDS.format(differences=list(verdict.differences))
