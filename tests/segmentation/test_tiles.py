"""Tiles over a large photo: weights add up to 1, and a network whose answer is local gives that of the whole."""

import subprocess
import sys
from pathlib import Path

import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from cnn_core.errors import InputError
from cnn_core.masks import Masks, masks_of
from cnn_core.segmentation import tiles
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.tiles import look_in_tiles, plan_tiles, tile_count

ROOT = Path(__file__).parents[2]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 150), st.integers(1, 150), st.floats(0.05, 0.49))
def test_weights_add_up_to_one_and_fall_towards_inner_edges(side: int, length: int, overlap: float) -> None:
    length = min(side, length)
    plan = plan_tiles(side, length, overlap=overlap)
    total = np.zeros(side)
    for start, weights in zip(plan.starts, plan.weights, strict=True):
        total[start : start + length] += weights
    np.testing.assert_allclose(total, 1, atol=1e-5)
    assert (plan.starts[0], plan.starts[-1] + length) == (0, side)
    assert plan.weights.min() >= 0
    if len(plan.starts) > 1 and length > 4:
        assert np.diff(plan.starts).max() <= length - max(1, round(overlap * length)) + 1
        assert plan.weights[0, -1] < plan.weights[0, length // 2] + 1e-6
    assert tile_count((side, side), (length, length)) == len(plan_tiles(side, length).starts) ** 2


def local_segmenter(side: int, radius: int, classes: int = 2) -> Segmenter:
    """A network that answers from the mean over a square about each pixel; beyond its input it sees zeros."""

    def look(image: np.ndarray) -> Masks:
        near = cv2.blur(image, (2 * radius + 1,) * 2, borderType=cv2.BORDER_CONSTANT)
        found = np.stack([(near[..., label % 3] + 0.1 * label) for label in range(classes)], axis=-1) + 0.05
        names = tuple(f"class {label}" for label in range(classes))
        probabilities = (found / found.sum(axis=-1, keepdims=True)).astype(np.float32)
        return masks_of(probabilities, size=image.shape[:2], names=names, seconds={"inference": 0.5})

    names = tuple(f"class {label}" for label in range(classes))
    return Segmenter("local", "Local", names, "", "", (side, side), look)


@settings(max_examples=15, deadline=None)
@given(st.integers(33, 120), st.integers(33, 120), st.integers(0, 2), st.integers(0, 999))
def test_a_local_answer_is_that_of_the_whole_photo(height: int, width: int, radius: int, seed: int) -> None:
    """A margin of 2 of the 8 pixels that tiles share at least does not count: what a tile's edge spoils is not seen."""
    image = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    segmenter = local_segmenter(32, radius)
    seen, whole = look_in_tiles(segmenter, image), segmenter.look(image)
    np.testing.assert_allclose(seen.probabilities, whole.probabilities, atol=1e-5)
    np.testing.assert_allclose(seen.probabilities.sum(axis=-1), 1, atol=1e-5)


def test_tiles_are_counted_and_small_photos_are_reflected() -> None:
    told: list[tuple[int, int]] = []
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    seen = look_in_tiles(local_segmenter(32, 0), image, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(1, 7)]
    assert seen.seconds == {"inference": 3.0}
    small = look_in_tiles(local_segmenter(32, 0), image[:5, :9])
    np.testing.assert_allclose(small.probabilities, seen.probabilities[:5, :9], atol=1e-5)
    with pytest.raises(InputError, match="red, green and blue"):
        look_in_tiles(local_segmenter(32, 0), image[..., :2])
    with pytest.raises(InputError, match="smaller tile"):
        plan_tiles(5, 6)
    with pytest.raises(InputError, match="overlap"):
        plan_tiles(9, 6, overlap=0.5)


def test_many_classes_share_cells_and_still_add_up_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_BYTES", 90 * 61 * 20 * 4 / 8)
    image = np.zeros((90, 61, 3), np.float32)
    image[:45, :, 0] = 1
    segmenter = local_segmenter(32, 0, classes=20)
    seen, whole = look_in_tiles(segmenter, image), segmenter.look(image)
    assert seen.probabilities.shape == (30, 21, 20)
    np.testing.assert_allclose(seen.probabilities.sum(axis=-1), 1, atol=1e-5)
    assert np.abs(seen.probability(0) - whole.probability(0)).mean() < 0.01


def test_class_numbers_that_only_a_later_tile_names() -> None:
    def look(image: np.ndarray) -> Masks:
        label = int(image[0, 0, 0] > 0.5) * 2
        found = np.eye(max(label + 1, 2), dtype=np.float32)[np.full(image.shape[:2], label)]
        return masks_of(found, size=image.shape[:2], names=("a", "b", "c")[: found.shape[-1]])

    image = np.zeros((32, 80, 3), np.float32)
    image[:, 30:] = 1
    seen = look_in_tiles(Segmenter("n", "N", ("a", "b"), "", "", (32, 32), look), image)
    assert seen.names == ("a", "b", "c")
    assert (seen.labels[:, 60:] == 2).all()


def test_twelve_megapixels_take_less_than_a_gigabyte() -> None:
    """The peak of a process of its own, the network, the photo, labels and confidence counted."""
    code = """
from pathlib import Path
import numpy as np
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.segmentation.tiles import look_in_tiles
segmenter = load_segmenter("starter_segmenter_membranes")
first = segmenter.look(np.zeros((512, 512, 3), np.float32))
once = Segmenter("n", "N", segmenter.classes, "", "", (512, 512), lambda _: first)
masks = look_in_tiles(once, np.zeros((3000, 4000, 3), np.uint8))
assert masks.labels.shape == masks.confidence.shape == (3000, 4000)
# Not `ru_maxrss`: a process begins with the peak of the one that started it.
print(next(int(line.split()[1]) // 1024 for line in Path("/proc/self/status").open() if line.startswith("VmHWM")))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(ran.stdout.split()[-1]) < 1000
