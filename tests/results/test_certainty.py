"""Whether few pictures are warned of, and many are not."""

import numpy as np
import pytest

from cnn_core.confidence import wilson_interval
from cnn_core.results.certainty import pictures_needed, too_small_to_tell
from cnn_core.results.figures import classification_figures
from cnn_core.results.predictions import make_predictions


def figures(right, wrong, classes=2):
    """Figures of so many right and wrong pictures of each class."""
    truth = np.repeat(np.arange(classes), right + wrong)
    said = [(t + (k % (right + wrong) >= right)) % classes for k, t in enumerate(truth)]
    return classification_figures(
        make_predictions(
            classes=tuple(f"class {k}" for k in range(classes)),
            files=tuple(map(str, range(len(truth)))),
            parts=("test",) * len(truth),
            truth=truth,
            probabilities=np.eye(classes)[said],
        )
    )


def test_many_pictures_need_no_warning():
    assert too_small_to_tell(figures(450, 50)) == ()


def test_few_pictures_are_warned_of_with_the_interval_and_the_number_that_is_needed():
    few = figures(18, 2)
    sentences = too_small_to_tell(few)
    assert len(sentences) == 1
    assert "With 40 pictures" in sentences[0]
    assert f"from {few.accuracy.low * 100:.0f} % to {few.accuracy.high * 100:.0f} %" in sentences[0]
    assert f"about {pictures_needed(0.9)} pictures" in sentences[0]


def test_a_network_no_better_than_guessing_is_called_that():
    assert any("Always answering class 0" in sentence for sentence in too_small_to_tell(figures(300, 290)))
    assert not any("Always answering" in sentence for sentence in too_small_to_tell(figures(400, 100)))


def test_classes_with_few_or_no_pictures_are_named():
    rows = make_predictions(
        classes=("cat", "dog", "fish"),
        files=tuple(map(str, range(505))),
        parts=("test",) * 505,
        truth=[0] * 500 + [1] * 5,
        probabilities=np.eye(3)[[0] * 500 + [1] * 5],
    )
    sentences = too_small_to_tell(classification_figures(rows))
    assert any("no picture of fish" in sentence for sentence in sentences)
    assert any("fewer than 10 pictures of dog" in sentence for sentence in sentences)
    assert not any("cat:" in sentence for sentence in sentences)


@pytest.mark.parametrize(("classes", "end"), [(6, "class 4, class 5:"), (7, "class 4 and 2 others:")])
def test_many_classes_with_few_pictures_are_counted_and_never_one_alone(classes, end):
    assert any(end in sentence for sentence in too_small_to_tell(figures(8, 1, classes)))


@pytest.mark.parametrize("accuracy", [0.0, 0.5, 0.7, 0.9, 0.97, 1.0])
@pytest.mark.parametrize("half_width", [0.02, 0.05])
def test_the_number_that_is_needed_is_the_first_whose_interval_is_narrow_enough(accuracy, half_width):
    def reach(count):
        """As `wilson_interval` has it; shares that are no whole number of pictures lie between two of them."""
        low, high = (wilson_interval(int(rounded(accuracy * count)), count) for rounded in (np.floor, np.ceil))
        return max(high.high - accuracy, accuracy - low.low), max(low.high - low.value, high.value - high.low)

    count = pictures_needed(accuracy, half_width=half_width)
    assert reach(count)[1] <= half_width * 1.02 <= reach(count // 2)[0]
    assert 0.97 * half_width <= reach(count)[0]
