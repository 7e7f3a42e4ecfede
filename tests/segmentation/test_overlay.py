"""Masks over a photo, against a plain computation pixel by pixel."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from cnn_core.drawing import rgb
from cnn_core.errors import InputError
from cnn_core.masks import UNSURE
from cnn_core.segmentation.overlay import DIMMED, VIEWS, Look, cut_out, edges, overlay

COLOURS = ("#808080", "#E69F00", "#56B4E9")


def plain_edge(labels: np.ndarray, row: int, column: int, width: int) -> bool:
    near = labels[max(row - width, 0) : row + width + 1, max(column - width, 0) : column + width + 1]
    return bool((near != labels[row, column]).any())


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 9999),
    st.sampled_from([view for view in VIEWS if view != "image"]),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    st.booleans(),
    st.integers(0, 3),
    st.sets(st.integers(0, 2)),
)
def test_each_pixel_is_what_the_rules_say(
    seed: int, view: str, opacity: float, dim: bool, outline: int, hidden: set[int]
) -> None:
    random = np.random.default_rng(seed)
    labels = random.choice(np.array([0, 1, 2, UNSURE], np.uint8), (3, 4)).repeat(3, 0).repeat(3, 1)
    pixels = random.integers(0, 256, (9, 12, 3)).astype(np.uint8)
    look = Look(view, opacity, dim, outline, frozenset(hidden))
    drawn = overlay(pixels, labels, colours=COLOURS, look=look)
    for row, column in np.ndindex(9, 12):
        photo, label = pixels[row, column].astype(float), int(labels[row, column])
        shown = label != UNSURE and label not in hidden
        colour = np.array(rgb(COLOURS[label]) if label < 3 else (0, 0, 0), float)
        if view == "cutout":
            expected = photo if shown else np.full(3, 255.0)
        elif view == "mask":
            expected = colour if shown else np.zeros(3)
        elif not shown:
            expected = photo * DIMMED if dim else photo
        elif outline and plain_edge(labels, row, column, outline):
            expected = colour
        else:
            expected = photo * (1 - opacity) + colour * opacity
        assert np.abs(drawn[row, column] - expected).max() <= 0.51, (row, column)


def test_the_cut_out_is_the_photo_with_its_mask_as_alpha() -> None:
    labels = np.array([[0, 1, UNSURE]], np.uint8)
    pixels = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)
    cut = cut_out(pixels, labels, hidden={0})
    np.testing.assert_array_equal(cut[..., :3], pixels)
    assert cut[0, :, 3].tolist() == [0, 255, 0]


def test_the_photo_is_not_written_to() -> None:
    pixels = np.full((4, 4, 3), 7, np.uint8)
    pixels.flags.writeable = False
    labels = np.eye(4, dtype=np.uint8)
    for view in VIEWS:
        overlay(pixels, labels, colours=COLOURS, look=Look(view, dim=True))
    assert (pixels == 7).all()
    assert edges(labels, 1).dtype == np.uint8


def test_refusals() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(InputError, match="differ in size"):
        overlay(pixels, np.zeros((4, 5), np.uint8), colours=COLOURS)
    for wrong in ({"view": "x"}, {"opacity": 1.5}, {"outline": 99}):
        with pytest.raises(InputError):
            Look(**wrong)  # type: ignore[arg-type]
