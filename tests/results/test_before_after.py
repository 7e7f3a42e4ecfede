"""Two runs compared, against SciPy's binomial test and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cnn_core.results.before_after import compare_runs, mcnemar
from cnn_core.results.predictions import make_predictions
from tests.results.drawn import drawn_predictions


def run(rows, classes=("cat", "dog")):
    """Predictions from (file, part, truth, predicted) by name."""
    return make_predictions(
        classes=classes,
        files=tuple(row[0] for row in rows),
        parts=tuple(row[1] for row in rows),
        truth=[classes.index(row[2]) for row in rows],
        probabilities=np.eye(len(classes))[[classes.index(row[3]) for row in rows]],
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_equals_scipys_binomial_test(fixed, broken):
    expected = stats.binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_of_thousands_of_pictures_stays_finite():
    assert mcnemar(1500, 1400) == pytest.approx(stats.binomtest(1500, 2900).pvalue, rel=1e-9)
    assert mcnemar(5000, 0) == 0.0


def test_what_was_fixed_and_broken_is_named():
    before = run([("a", "test", "cat", "dog"), ("b", "test", "dog", "dog"), ("c", "test", "cat", "cat")])
    after = run([("a", "test", "cat", "cat"), ("b", "test", "dog", "cat"), ("c", "test", "cat", "cat")])
    change = compare_runs(before, after)
    assert (change.fixed, change.broken, change.shared) == (("a",), ("b",), 3)
    assert change.before.value == change.after.value == pytest.approx(2 / 3)
    assert change.p_value == 1.0


def test_classes_in_another_order_are_the_same_classes():
    rows = [("a", "test", "cat", "dog"), ("b", "test", "dog", "dog"), ("c", "validation", "cat", "cat")]
    change = compare_runs(run(rows), run(rows[::-1], ("fish", "dog", "cat")))
    assert (change.shared, change.fixed, change.broken, change.relabelled) == (3, (), (), ())
    assert change.before == change.after


def test_a_picture_counts_by_its_new_label_and_in_the_part_it_is_in():
    before = run([("a", "test", "cat", "dog"), ("b", "validation", "cat", "cat"), ("c", "test", "cat", "cat")])
    after = run([("a", "test", "dog", "dog"), ("b", "test", "cat", "cat")])
    change = compare_runs(before, after)
    assert change.shared == 1
    assert change.relabelled == ("a",)
    assert change.before.value == change.after.value == 1.0, "the first run was right all along"
    assert (change.only_before, change.only_after) == (2, 1)


def test_a_picture_of_a_class_that_the_first_run_did_not_know_is_not_compared():
    after = run([("a", "test", "fish", "fish")], ("cat", "fish"))
    change = compare_runs(run([("a", "test", "cat", "cat")]), after)
    assert (change.shared, change.before, change.after, change.p_value) == (0, None, None, 1.0)


def test_a_run_compared_with_itself_has_not_changed():
    drawn = drawn_predictions(50, 3)
    change = compare_runs(drawn, drawn)
    assert (change.shared, change.fixed, change.broken, change.p_value) == (50, (), (), 1.0)
