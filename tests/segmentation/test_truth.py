"""One photo beside its true mask: counts, the map of mistakes and its picture, against looking at each pixel."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.drawing import rgb
from cnn_core.errors import InputError
from cnn_core.segmentation.truth import (
    KIND_COLOURS,
    KINDS,
    compared,
    error_map,
    error_picture,
    figures_csv,
    kind_counts,
)

NAMES = ("background", "cat", "=dog")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_each_pixel_is_of_its_kind(seed: int, background: bool) -> None:
    generator = np.random.default_rng(seed)
    truth, found = generator.choice(np.array([0, 1, 2, 255], np.uint8), (2, 6, 7), p=[0.4, 0.3, 0.2, 0.1])
    names = NAMES if background else ("soil", *NAMES[1:])
    figures = compared(truth, found, names=names)
    every = error_map(truth, found, names=names)
    for place in np.ndindex(truth.shape):
        true, said = truth[place], found[place]
        if true == 255:
            expected = "left out"
        elif true == said:
            expected = "right"
        elif said == 255:
            expected = "undecided"
        elif background and 0 in (true, said):
            expected = "missed (FN)" if said == 0 else "false (FP)"
        else:
            expected = "another class"
        assert KINDS[every[place]] == expected
    for label in range(3):
        counts = kind_counts(error_map(truth, found, names=names, label=label))
        _, false, missed = figures.counts(label)
        assert (counts["false (FP)"], counts["missed (FN)"]) == (false, missed)
        assert counts["another class"] == counts["undecided"] == 0
    rows = list(csv.reader(io.StringIO(figures_csv(figures))))
    assert [row[0] for row in rows[-2:]] == ["mean", "pixel accuracy"]
    assert all(row[0] in {"soil", "background", "cat", "'=dog"} for row in rows[1:-2])
    assert [int(cell) for cell in rows[1][1:4]] == list(figures.counts(figures.present[0]))


def test_mistakes_are_painted_in_their_colours() -> None:
    kinds = np.arange(len(KINDS), dtype=np.uint8)[None]
    drawn = error_picture(np.full((1, len(KINDS), 3), 200, np.uint8), kinds, opacity=1.0)
    assert [tuple(colour) for colour in drawn[0, 1:].tolist()] == [rgb(colour) for colour in KIND_COLOURS[1:]]
    assert len(set(drawn[0, 0].tolist())) == 1
    hits = error_picture(np.zeros((1, 1, 3), np.uint8), kinds[:, :1], hits=np.array([[True]]), opacity=1.0)
    assert tuple(hits[0, 0].tolist()) == rgb(KIND_COLOURS[0])
    with pytest.raises(InputError, match="differ in size"):
        error_map(kinds, kinds.T, names=NAMES)
