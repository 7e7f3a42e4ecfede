"""The verdict on a pair against SciPy and brute force, its words, and the code that the page shows."""

import contextlib
import io
import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cnn_core.errors import InputError
from cnn_core.training.snippets import run_code, verdict_code
from cnn_core.training.verdict import as_json, mean_interval, verdict_of, verdict_of_json, verdict_words


def answers(seed: int, *, seeds: int, pictures: int, gain: float) -> tuple[np.ndarray, np.ndarray]:
    """Two sides that share how hard a picture is; the second is right more often."""
    random = np.random.default_rng(seed)
    hard = random.random(pictures)
    first, second = (random.random((seeds, pictures)) * 0.6 + hard * 0.4 for _ in range(2))
    return first < 0.5, second < 0.5 + gain


@pytest.mark.parametrize("gain", [0.0, 0.03, 0.1])
def test_one_seed_agrees_with_mcnemar_and_with_the_paired_bootstrap_of_scipy(gain: float) -> None:
    first, second = answers(3, seeds=1, pictures=600, gain=gain)
    found = verdict_of(first, second)
    expected = stats.binomtest(found.only_second, found.only_first + found.only_second).pvalue
    assert found.p_value == pytest.approx(expected, rel=1e-9)
    assert found.difference == pytest.approx(second.mean() - first.mean())
    pairs = (second[0].astype(float), first[0].astype(float))
    drawn = stats.bootstrap(
        pairs, lambda a, b, axis: a.mean(axis) - b.mean(axis), paired=True, n_resamples=2000, method="percentile", rng=0
    ).confidence_interval
    assert found.pictures.low == pytest.approx(drawn.low, abs=0.009)
    assert found.pictures.high == pytest.approx(drawn.high, abs=0.009)
    assert found.p_value is not None
    assert found.told == (found.p_value < 0.05 and not found.pictures.low <= 0 <= found.pictures.high)


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=6, unique=True))
@settings(max_examples=30, deadline=None)
def test_the_interval_over_seeds_is_students(differences: list[float]) -> None:
    found = mean_interval(differences)
    low, high = stats.t.interval(0.95, len(differences) - 1, np.mean(differences), stats.sem(differences))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_several_seeds_need_both_intervals_to_leave_out_zero() -> None:
    better = np.array([[True] * 95 + [False] * 5] * 3)
    worse = np.array([[True] * 60 + [False] * 40] * 3)
    steady = verdict_of(worse, better)
    assert steady.told
    assert steady.p_value is None
    # The same mean difference, but it hangs on the seed.
    wild = verdict_of(np.array([worse[0], worse[0], better[0]]), np.array([better[0], better[0], worse[0]]))
    assert wild.seeds is not None
    assert wild.seeds.low < 0 < wild.seeds.high
    assert not wild.told
    # Many seeds cannot make up for a handful of pictures.
    few = verdict_of([[False, True, True]] * 5, [[True, True, True]] * 5)
    assert few.seeds is not None
    assert few.seeds.low > 0
    assert not few.told


def test_equal_ways_to_train_are_seldom_told_apart() -> None:
    told = [verdict_of(*answers(seed, seeds=1, pictures=200, gain=0)).told for seed in range(40)]
    assert sum(told) <= 5
    assert all(verdict_of(*answers(seed, seeds=1, pictures=400, gain=0.25)).told for seed in range(5))


def test_words_say_what_is_better_and_never_claim_what_chance_explains() -> None:
    first, second = answers(1, seeds=1, pictures=500, gain=0.25)
    found = verdict_of(first, second)
    said = verdict_words(found, "no dropout", "dropout")
    back = verdict_words(verdict_of(second, first), "dropout", "no dropout")
    assert said.startswith(f"Better with dropout than with no dropout, by {found.difference * 100:.1f} points")
    assert back.startswith(f"Better with dropout than with no dropout, by {found.difference * 100:.1f} points")
    low, high = (float(text) for text in re.findall(r"interval ([\d.]+) to ([\d.]+)", said)[0])
    assert low < found.difference * 100 < high
    same = verdict_of(*answers(2, seeds=2, pictures=100, gain=0))
    assert verdict_words(same, "a", "b").startswith("No difference that can be told from chance: from a to b it is")
    assert verdict_of_json(as_json(same)) == same


@pytest.mark.parametrize("shapes", [((1, 4), (1, 5)), ((1, 0), (1, 0)), ((4,), (4,))])
def test_sides_that_were_not_measured_alike_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(InputError, match="same pictures"):
        verdict_of(*(np.ones(shape, bool) for shape in shapes))
    with pytest.raises(InputError, match="two values"):
        mean_interval([0.5])


@pytest.mark.parametrize(("seeds", "gain"), [(1, 0.1), (3, 0.1), (1, None)])
def test_the_code_of_a_verdict_prints_its_numbers(seeds: int, gain: float | None) -> None:
    first, second = answers(7, seeds=seeds, pictures=300, gain=gain or 0)
    found = verdict_of(first, first if gain is None else second)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(verdict_code(found), {})
    said = printed.getvalue()
    intervals = [interval for interval in (found.pictures, found.seeds) if interval]
    for number in itertools.chain.from_iterable((one.value, one.low, one.high) for one in intervals):
        assert f"{number:+.4f}" in said
    assert ("McNemar" in said) == (seeds == 1 and gain is not None)
    if "McNemar" in said:
        assert f"p = {found.p_value:.4f}" in said


def test_the_code_of_a_run_writes_its_configuration() -> None:
    text = run_code({"job": "scratch_mistake", "case": 2})
    compile(text, "snippet", "exec")
    assert "'case': 2" in text
