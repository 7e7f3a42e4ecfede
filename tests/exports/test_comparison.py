"""What counts as the same answers."""

import numpy as np
import pytest

from cnn_core.errors import InputError
from cnn_core.exports.comparison import TOLERANCE, compare, comparison_pictures

PICTURES = np.random.default_rng(0).uniform(0, 255, (5, 4, 4, 3)).astype(np.float32)


def network(batch):
    """Probabilities that depend on the picture."""
    bright = batch.mean(axis=(1, 2, 3), keepdims=False)[:, None] / 255
    return np.concatenate([bright, 1 - bright], axis=1)


def test_the_largest_difference_is_recorded():
    def moved(batch):
        answers = network(batch)
        answers[-1] += [0.0004, -0.0004]
        return answers

    assert compare(network(PICTURES), moved, PICTURES, photos=2).largest == pytest.approx(0.0004, abs=1e-6)


@pytest.mark.parametrize(
    "exported",
    [
        lambda batch: network(batch) + np.float32(2 * TOLERANCE),
        lambda batch: network(batch / 255),
        lambda batch: network(batch[::-1]),
        lambda batch: network(batch) * np.nan,
    ],
)
def test_other_answers_are_refused(exported):
    with pytest.raises(InputError, match="differ from the network's by"):
        compare(network(PICTURES), exported, PICTURES)


def test_answers_for_another_number_of_pictures_are_refused():
    with pytest.raises(InputError, match="another shape"):
        compare(network(PICTURES), lambda batch: network(batch[:1]), PICTURES)
    with pytest.raises(InputError, match="another shape"):
        compare(network(PICTURES), lambda _: network(PICTURES), PICTURES)


def test_pictures_to_compare_with_are_drawn_where_the_run_has_none(tmp_path):
    pictures, photos = comparison_pictures(tmp_path, (6, 9))
    assert pictures.shape == (4, 6, 9, 3)
    assert pictures.dtype == np.float32
    assert photos == 0
    assert pictures.min() >= 0
    assert 200 < pictures.max() <= 255
    np.testing.assert_array_equal(pictures, comparison_pictures(tmp_path, (6, 9))[0])
