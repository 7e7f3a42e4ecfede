"""The photo at every place: nothing wraps, nothing is cut, and the numbers are the network's own."""

import numpy as np
import pytest

from cnn_core.classifiers.loading import load_looked_at
from cnn_core.errors import InputError
from cnn_core.samples import sample
from cnn_core.stress.placing import Shifts, Stage, along_a_row, over_a_grid, shifts_in_words


@pytest.fixture(scope="module")
def network():
    return load_looked_at("starter")


def test_the_whole_photo_is_at_its_place_over_the_background(network):
    stage = Stage(network, sample("cat"), scale=0.5, fill="black")
    assert stage.room == (32, 32)
    for top, left in ((0, 0), (32, 32), (7, 21)):
        picture = stage.at(top, left)
        np.testing.assert_array_equal(picture[top : top + 32, left : left + 32], stage.small)
        picture[top : top + 32, left : left + 32] = 0
        assert not picture.any()
    with pytest.raises(InputError, match="Choose 0 to 32 down and 0 to 32 to the right"):
        stage.at(0, 33)
    with pytest.raises(InputError, match=r"Choose 0\.2 to 0\.9"):
        Stage(network, sample("cat"), scale=1.0)


def test_rows_and_grids_are_what_the_network_says(network):
    stage = Stage(network, sample("cat"), scale=0.6)
    row = along_a_row(network, stage, top=5, most=9)
    assert row.places == tuple((5, left) for left in range(0, 27, 3))
    for k in (0, 4):
        said = network.predict((stage.at(*row.places[k]) / np.float32(255))[None])[0]
        np.testing.assert_allclose(row.probabilities[k], said, atol=1e-5)
    assert along_a_row(network, stage, top=0).places == tuple((0, left) for left in range(27)), (
        "pixel by pixel where there is room"
    )
    grid = over_a_grid(network, stage, cells=3)
    assert grid.places == tuple((top, left) for top in (0, 13, 26) for left in (0, 13, 26))
    np.testing.assert_allclose(grid.probabilities[4], grid.middle, atol=1e-6)
    np.testing.assert_allclose(grid.middle, row.middle, atol=1e-6)
    assert grid.line[4] == pytest.approx(float(grid.middle.max()), abs=1e-6)


def test_the_words_count_the_places():
    said = np.float32([[0.9, 0.1], [0.8, 0.2]])
    assert shifts_in_words(Shifts(((0, 0), (0, 1)), said, said[0]), ("cat", "dog")).endswith("the same at all of them.")
