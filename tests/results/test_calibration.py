"""Calibration against a loop over bins, and against answers whose calibration is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.results.calibration import calibration
from cnn_core.results.predictions import chosen, make_predictions
from tests.results.drawn import drawn_predictions, predictions


@settings(max_examples=50, deadline=None)
@given(predictions, st.integers(1, 15))
def test_it_equals_a_loop_over_the_bins(drawn, bins):
    result = calibration(drawn, bins=bins)
    confidence = [min(1.0, max(row)) for row in drawn.probabilities.astype(float).tolist()]
    right = [row.argmax() == t for row, t in zip(drawn.probabilities, drawn.truth, strict=True)]
    error, largest = 0.0, 0.0
    for k, found in enumerate(result.bins):
        assert (found.low, found.high) == pytest.approx((k / bins, (k + 1) / bins))
        inside = [i for i, c in enumerate(confidence) if found.low < c <= found.high]
        assert found.count == len(inside)
        if not inside:
            assert found.accuracy is None
            continue
        accuracy = sum(right[i] for i in inside) / len(inside)
        mean = sum(confidence[i] for i in inside) / len(inside)
        assert (found.accuracy.value, found.confidence) == pytest.approx((accuracy, mean))
        error += len(inside) / len(drawn) * abs(accuracy - mean)
        largest = max(largest, abs(accuracy - mean))
    assert (result.error, result.largest_gap) == pytest.approx((error, largest), abs=1e-6)
    assert result.surplus == pytest.approx(sum(confidence) / len(drawn) - sum(right) / len(drawn), abs=1e-6)
    brier = sum(
        (p - (c == t)) ** 2
        for row, t in zip(drawn.probabilities.tolist(), drawn.truth, strict=True)
        for c, p in enumerate(row)
    )
    assert result.brier == pytest.approx(brier / len(drawn), abs=1e-5)


def test_answers_that_are_right_as_often_as_they_say_have_no_error():
    """75 % sure and right three times out of four."""
    rows = make_predictions(
        classes=("a", "b"),
        files=tuple(map(str, range(8))),
        parts=("test",) * 8,
        truth=[0, 0, 0, 1] * 2,
        probabilities=[[0.75, 0.25]] * 8,
    )
    assert calibration(rows).error == pytest.approx(0, abs=1e-7)
    assert calibration(rows).surplus == pytest.approx(0, abs=1e-7)


def test_a_network_that_is_always_sure_is_too_sure_by_its_mistakes():
    rows = make_predictions(
        classes=("a", "b"),
        files=tuple("1234"),
        parts=("test",) * 4,
        truth=[0, 0, 0, 1],
        probabilities=[[1, 0]] * 4,
    )
    result = calibration(rows)
    assert (result.error, result.largest_gap, result.surplus, result.brier) == (0.25, 0.25, 0.25, 0.5)
    assert result.bins[-1].count == 4


def test_the_edge_of_a_bin_belongs_to_the_lower_one():
    rows = make_predictions(
        classes=("a", "b"), files=("1",), parts=("test",), truth=[0], probabilities=np.array([[0.5, 0.5]])
    )
    assert [found.count for found in calibration(rows, bins=2).bins] == [1, 0]


@pytest.mark.parametrize("bins", [0, 101])
def test_a_number_of_bins_that_makes_no_sense_is_refused(bins):
    with pytest.raises(InputError, match=f"bins={bins}"):
        calibration(drawn_predictions(3, 2), bins=bins)


def test_no_pictures_have_no_calibration():
    with pytest.raises(InputError, match="no pictures"):
        calibration(chosen(drawn_predictions(3, 2), []))
