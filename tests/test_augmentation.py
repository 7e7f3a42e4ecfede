"""Augmented views against plain loops, and what they must never do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.augmentation import Augmentation, augmentation_of, augmented, mixed_up
from cnn_core.errors import InputError

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
EVERYTHING = Augmentation(
    rotation=30, shift=0.2, flip=True, zoom=0.3, brightness=0.3, contrast=0.4, cutout=0.3, mixup=0.2
)


def view(options: Augmentation, seed: int = 0) -> np.ndarray:
    return augmented(PICTURE, options, np.random.default_rng(seed))


def test_nothing_asked_is_nothing_changed() -> None:
    assert np.array_equal(view(Augmentation(mixup=0.4, views=3)), PICTURE)
    assert not Augmentation(mixup=0.4, views=3).changes_pictures
    assert all(
        replace(Augmentation(), **{name: 0.1}).changes_pictures
        for name in ("rotation", "shift", "zoom", "brightness", "contrast", "cutout")
    )


def test_a_view_depends_on_its_seed_and_leaves_the_picture_alone() -> None:
    before = PICTURE.copy()
    assert np.array_equal(view(EVERYTHING, 5), view(EVERYTHING, 5))
    assert not np.array_equal(view(EVERYTHING, 5), view(EVERYTHING, 6))
    assert np.array_equal(PICTURE, before)
    assert view(EVERYTHING).dtype == np.uint8
    assert view(EVERYTHING).shape == PICTURE.shape


def test_flip_mirrors_half_of_the_views_exactly() -> None:
    views = [view(Augmentation(flip=True), seed) for seed in range(200)]
    mirrored = [np.array_equal(found, PICTURE[:, ::-1]) for found in views]
    assert all(np.array_equal(found, PICTURE) for found, turned in zip(views, mirrored, strict=True) if not turned)
    assert 70 < sum(mirrored) < 130


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_geometry_is_the_inverse_map_with_bilinear_reading(seed: int) -> None:
    """A coarse oracle: each pixel is read where rotation, zoom, shift and flip say, between its four neighbours."""
    options = Augmentation(rotation=25, shift=0.1, zoom=0.2, flip=True)
    draws = np.random.default_rng(seed).random(8)
    angle, right, down, grow = ((2 * draws[k] - 1) for k in range(4))
    theta, scale = np.deg2rad(angle * 25), 1 + grow * 0.2
    rows, columns = PICTURE.shape[:2]
    smooth = np.add.outer(np.arange(rows) * 3.0, np.arange(columns) * 4.0)
    picture = np.repeat(smooth[..., None], 3, axis=2).round().astype(np.uint8)
    found = augmented(picture, options, np.random.default_rng(seed)).astype(float)
    checked = 0
    for row in range(2, rows - 2, 5):
        for column in range(2, columns - 2, 5):
            x, y = column - (columns - 1) / 2 - right * 0.1 * columns, row - (rows - 1) / 2 - down * 0.1 * rows
            # OpenCV turns counter-clockwise with y down.
            u = (np.cos(theta) * x - np.sin(theta) * y) / scale + (columns - 1) / 2
            v = (np.sin(theta) * x + np.cos(theta) * y) / scale + (rows - 1) / 2
            if draws[7] < 0.5:
                u = columns - 1 - u
            if 1 <= u <= columns - 2 and 1 <= v <= rows - 2:
                assert found[row, column, 0] == pytest.approx(3 * v + 4 * u, abs=1.6)
                checked += 1
    assert checked > 4


def test_brightness_and_contrast_are_a_line_through_the_mean() -> None:
    draws = np.random.default_rng(3).random(8)
    bright, contrast = (2 * draws[4] - 1) * 0.3, 1 + (2 * draws[5] - 1) * 0.5
    found = view(Augmentation(brightness=0.3, contrast=0.5), 3)
    mean = PICTURE.mean()
    expected = np.clip((PICTURE.astype(float) - mean) * contrast + mean + 255 * bright, 0, 255)
    np.testing.assert_allclose(found, expected, atol=0.51)
    assert np.abs(found.astype(int) - PICTURE).max() > 10


def test_cutout_greys_one_square_and_nothing_else() -> None:
    for seed in range(20):
        changed = (view(Augmentation(cutout=0.5), seed) != PICTURE).any(axis=2)
        rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
        assert rows[-1] - rows[0] < 12
        assert columns[-1] - columns[0] < 12
        assert (view(Augmentation(cutout=0.5), seed)[changed] == 128).all()


def test_mixup_mixes_inputs_and_labels_by_one_share() -> None:
    random = np.random.default_rng(1)
    inputs = np.arange(6, dtype=np.float32)[:, None] * np.ones(4, np.float32)
    targets = np.eye(6, dtype=np.float32)
    mixed, labels = mixed_up(inputs, targets, alpha=0.4, random=random)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(mixed[:, 0], labels @ np.arange(6), rtol=1e-5)
    assert np.abs(labels - targets).max() > 0
    assert mixed_up(inputs, targets, alpha=0.0, random=random)[0] is inputs


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="zoom"):
        augmentation_of({"zoom": -0.1})
    assert augmentation_of({"flip": True, "views": 3}) == Augmentation(flip=True, views=3)
