"""Figures against plain loops over the pictures, and against Keras' own metrics."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings

from cnn_core.errors import InputError
from cnn_core.results.calibration import calibration
from cnn_core.results.figures import classification_figures
from cnn_core.results.figures_json import figures_as_json
from cnn_core.results.predictions import chosen, make_predictions, only
from tests.results.drawn import drawn_predictions, predictions


@settings(max_examples=50, deadline=None)
@given(predictions)
def test_figures_equal_counting_picture_by_picture(drawn):
    figures = classification_figures(drawn)
    said = [max(range(len(row)), key=lambda c: row[c]) for row in drawn.probabilities.tolist()]
    pairs = list(zip(drawn.truth.tolist(), said, strict=True))
    classes = range(len(drawn.classes))
    assert figures.matrix.tolist() == [[pairs.count((t, p)) for p in classes] for t in classes]
    assert figures.accuracy.value == sum(t == p for t, p in pairs) / len(pairs)
    recalls, scores = [], []
    for c, row in zip(classes, figures.by_class, strict=True):
        hits = pairs.count((c, c))
        true, named = sum(t == c for t, _ in pairs), sum(p == c for _, p in pairs)
        assert (row.name, row.support, row.predicted) == (drawn.classes[c], true, named)
        precision, recall = (hits / n if n else math.nan for n in (named, true))
        assert (row.precision, row.recall) == pytest.approx((precision, recall), nan_ok=True)
        f1 = 2 * hits / (true + named) if true + named else math.nan
        assert row.f1 == pytest.approx(f1, nan_ok=True)
        recalls += [recall] if true else []
        scores += [f1] if true + named else []
    assert figures.balanced_accuracy == pytest.approx(sum(recalls) / len(recalls))
    assert figures.macro_f1 == pytest.approx(sum(scores) / len(scores))
    ranks = [sum(v > row[t] for v in row) for row, t in zip(drawn.probabilities, drawn.truth, strict=True)]
    top5 = sum(rank < 5 for rank in ranks) / len(ranks) if len(classes) > 5 else math.nan
    assert figures.top5 == pytest.approx(top5, nan_ok=True)
    likelihood = drawn.probabilities[range(len(drawn)), drawn.truth].astype(float)
    assert figures.log_loss == pytest.approx(-sum(math.log(max(p, 1e-7)) for p in likelihood) / len(drawn))


def test_figures_by_hand():
    """scikit-learn 1.5: classification_report([0,0,0,1,1,2], [0,0,1,1,0,2], digits=4) says the same."""
    said = np.eye(3)[[0, 0, 1, 1, 0, 2]] * 0.7 + 0.1
    figures = classification_figures(
        make_predictions(
            classes=("a", "b", "c"),
            files=tuple("123456"),
            parts=("test",) * 6,
            truth=[0, 0, 0, 1, 1, 2],
            probabilities=said,
        )
    )
    rows = [(row.precision, row.recall, row.f1, row.support) for row in figures.by_class]
    assert rows == [pytest.approx(row) for row in [(2 / 3, 2 / 3, 2 / 3, 3), (0.5, 0.5, 0.5, 2), (1, 1, 1, 1)]]
    assert figures.accuracy.value == pytest.approx(2 / 3)
    assert figures.macro_f1 == pytest.approx(0.722222, abs=1e-6)
    assert figures.log_loss == pytest.approx((-4 * math.log(0.8) - 2 * math.log(0.1)) / 6, rel=1e-5)


def test_no_pictures_have_no_figures():
    with pytest.raises(InputError, match="no pictures"):
        classification_figures(chosen(drawn_predictions(5, 2), []))


def test_a_part_is_taken_out():
    drawn = drawn_predictions(40, 3)
    test = only(drawn, "test")
    places = [k for k, part in enumerate(drawn.parts) if part == "test"]
    assert 0 < len(places) < 40
    assert test.files == tuple(drawn.files[k] for k in places)
    np.testing.assert_array_equal(test.probabilities, drawn.probabilities[places])
    assert test.truth.tolist() == [drawn.truth[k] for k in places]


def test_the_json_has_no_nan_and_says_what_the_figures_say():
    drawn = drawn_predictions(40, 4)
    told = json.loads(json.dumps(figures_as_json(drawn)), parse_constant=pytest.fail)
    for part in ("validation", "test"):
        figures = classification_figures(only(drawn, part))
        said = told["parts"][part]
        assert said["matrix"] == figures.matrix.tolist()
        assert said["accuracy"]["low"] == figures.accuracy.low
        assert said["by_class"][3]["recall"] is None, "no picture is of the last class"
        assert said["by_class"][1]["f1"] == figures.by_class[1].f1
        assert said["calibration_error"] == calibration(only(drawn, part)).error
    assert set(figures_as_json(only(drawn, "test"))["parts"]) == {"test"}
