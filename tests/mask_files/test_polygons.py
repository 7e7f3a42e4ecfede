"""Polygons and run lengths against COCO's own code."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from cnn_core.errors import InputError
from cnn_core.mask_files.polygons import MOST_CORNERS, filled, outlines
from cnn_core.mask_files.run_lengths import compressed, mask_of, runs_of, uncompressed


@st.composite
def masks(draw):
    """Noise, or blobs with holes; sometimes empty or full."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = generator.random((draw(st.integers(1, 40)), draw(st.integers(1, 40))))
    if draw(st.booleans()):
        values = cv2.GaussianBlur(values, (0, 0), 1.5)
    return values > np.quantile(values, draw(st.sampled_from([0.1, 0.5, 0.8, 1.0]))) - draw(st.sampled_from([0, 2]))


@settings(max_examples=40, deadline=None)
@given(masks())
def test_runs_equal_cocos_and_come_back(mask):
    expected = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert compressed(runs_of(mask)) == expected["counts"].decode()
    assert uncompressed(expected["counts"]) == runs_of(mask)
    np.testing.assert_array_equal(mask_of(runs_of(mask), mask.shape), mask)


@settings(max_examples=40, deadline=None)
@given(masks())
def test_outlines_give_the_same_mask_again(mask):
    pieces = outlines(mask)
    polygons = [piece.polygon for piece in pieces]
    np.testing.assert_array_equal(filled(polygons, mask.shape), mask)
    assert sum(piece.area for piece in pieces) == mask.sum()
    assert [piece.area for piece in pieces] == sorted((piece.area for piece in pieces), reverse=True)
    if pieces:
        drawn = coco.decode(coco.merge(coco.frPyObjects(polygons, *mask.shape)))
        np.testing.assert_array_equal(drawn, mask)
        alone = coco.frPyObjects([polygons[0]], *mask.shape)
        assert coco.toBbox(alone)[0].tolist() == list(pieces[0].box)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2, 10]))
def test_filled_equals_cocos(seed, steps):
    generator = np.random.default_rng(seed)
    height, width = (int(side) for side in generator.integers(1, 60, 2))
    corners = generator.random((generator.integers(3, 12), 2)) * (1.6 * width, 1.6 * height)
    corners -= (0.3 * width, 0.3 * height)
    polygon = (np.round(corners * steps) / steps if steps else corners).ravel().tolist()
    expected = coco.decode(coco.frPyObjects([polygon], height, width))[..., 0]
    np.testing.assert_array_equal(filled([polygon], (height, width)), expected)


def test_a_tolerance_saves_corners_and_stays_near():
    y, x = np.indices((200, 200))
    disc = np.hypot(x - 100, y - 100) < 80
    exact, [rough] = outlines(disc)[0], outlines(disc, tolerance=1.5)
    assert len(rough.polygon) < len(exact.polygon) / 4
    drawn = filled([rough.polygon], disc.shape)
    assert (drawn & disc).sum() / (drawn | disc).sum() > 0.97


def test_what_is_no_polygon_or_no_run_is_refused():
    for wrong in ([1, 2, 3, 4], [0, 0, 1, 1, 2], [0, 0, 1, float("nan"), 2, 2], [0, 0, 1, 1, 2, 1e9], ["a"] * 6, []):
        with pytest.raises(InputError):
            filled([wrong], (5, 5))
    with pytest.raises(InputError, match="corners"):
        filled([[0.0] * (2 * MOST_CORNERS + 2)], (5, 5))
    for runs in ([5], [-1, 26], [1.5, 23.5], [True, 24], [10**30], ["25"]):
        with pytest.raises(InputError, match="do not fill"):
            mask_of(runs, (5, 5))
    for text in ("\x00", "é", "1" * 3 + "o", "o" * 40):
        with pytest.raises(InputError):
            uncompressed(text)
    with pytest.raises(InputError, match="negative"):
        outlines(np.ones((2, 2)), tolerance=-1)


def test_polygons_far_larger_than_the_picture_take_no_time():
    begun = time.process_time()
    zigzag = [value for turn in range(5000) for value in (-9e4 if turn % 2 else 9e4, turn % 64)]
    filled([zigzag] * 3, (64, 64))
    with pytest.raises(InputError, match="too many times"):
        filled([[0, 0, 9000, 0, 9000, 9000, 0, 9000]] * 100, (9000, 9000))
    assert time.process_time() - begun < 5
