"""The pictures behind the figures, against plain loops."""

import pytest
from hypothesis import given, settings

from cnn_core.errors import InputError
from cnn_core.results.figures import classification_figures
from cnn_core.results.mistakes import cell_pictures, confident_mistakes, most_frequent_mistake
from cnn_core.results.predictions import make_predictions
from tests.results.drawn import drawn_predictions, predictions


@settings(max_examples=30, deadline=None)
@given(predictions)
def test_the_cells_hold_every_picture_once_and_as_many_as_the_matrix_says(drawn):
    matrix = classification_figures(drawn).matrix
    seen = []
    for t, truth in enumerate(drawn.classes):
        for p, predicted in enumerate(drawn.classes):
            pictures = cell_pictures(drawn, truth=truth, predicted=predicted)
            assert len(pictures) == matrix[t, p]
            assert all((picture.truth, picture.predicted) == (t, p) for picture in pictures)
            assert all(picture.right == (t == p) for picture in pictures)
            seen += [picture.file for picture in pictures]
    assert sorted(seen) == sorted(drawn.files)


def test_the_surest_mistake_comes_first():
    drawn = drawn_predictions(80, 4, seed=3)
    expected = []
    for k, row in enumerate(drawn.probabilities.tolist()):
        best = row.index(max(row))
        if best != drawn.truth[k]:
            expected.append((-max(row), drawn.files[k], row[drawn.truth[k]], drawn.parts[k]))
    expected.sort()
    assert len(expected) > 10
    mistakes = confident_mistakes(drawn, count=10)
    assert [(-m.confidence, m.file, m.true_probability, m.part) for m in mistakes] == expected[:10]
    assert len(confident_mistakes(drawn, count=1000)) == len(expected)


def test_equals_are_in_the_order_of_their_names():
    same = make_predictions(
        classes=("a", "b"), files=("z", "m", "k"), parts=("test",) * 3, truth=[0] * 3, probabilities=[[0.25, 0.75]] * 3
    )
    assert [mistake.file for mistake in confident_mistakes(same)] == ["k", "m", "z"]


def test_an_unknown_class_is_refused():
    with pytest.raises(InputError, match=r"Choose one of class 0, class 1. Received: name='cow'"):
        cell_pictures(drawn_predictions(3, 2), truth="class 0", predicted="cow")


@settings(max_examples=30, deadline=None)
@given(predictions)
def test_no_mistake_was_made_more_often_than_the_most_frequent(drawn):
    matrix = classification_figures(drawn).matrix
    truth, said = most_frequent_mistake(matrix)
    counts = [matrix[t][p] for t in range(len(matrix)) for p in range(len(matrix)) if t != p]
    if any(counts):
        assert truth != said
        assert matrix[truth][said] == max(counts)
    else:
        assert (truth, said) == (0, 0)
