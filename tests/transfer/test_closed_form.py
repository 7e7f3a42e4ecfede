"""The closed-form head against NumPy's least squares on rows that carry the penalty, and on pictures of colours."""

from pathlib import Path

import numpy as np
import pytest

from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.folders.listing import Item, Listing, read_listing
from cnn_core.transfer import features
from cnn_core.transfer.closed_form import computed_estimate, known_estimate, ridge_head
from cnn_core.transfer.feature_cache import FeatureCache

CLASSES = ("red", "green", "blue")


@pytest.mark.parametrize(("count", "width"), [(12, 4), (6, 30)])
def test_the_head_is_the_least_squares_solution(count: int, width: int) -> None:
    """Ridge is ordinary least squares with a row more for each feature: sqrt(lambda) there, and nothing asked of it."""
    random = np.random.default_rng(count)
    x, truth = random.normal(3, 5, (count, width)), np.arange(count) % 3
    weights = random.uniform(0.5, 2, count)
    share = weights / weights.sum()
    mean = share @ x
    spread = np.sqrt(share @ (x - mean) ** 2)
    y = np.eye(3)[truth]
    left = np.vstack([np.sqrt(share)[:, None] * (x - mean) / spread, np.sqrt(0.3) * np.eye(width)])
    right = np.vstack([np.sqrt(share)[:, None] * (y - share @ y), np.zeros((width, 3))])
    solution = np.linalg.lstsq(left, right, rcond=None)[0]
    head = ridge_head(x, truth, classes=3, weights=weights, penalty=0.3)
    new = random.normal(size=(5, width))
    np.testing.assert_allclose(head.scores(new), (new - mean) / spread @ solution + share @ y, atol=1e-9)


def test_a_rare_class_counts_as_much_where_it_is_weighted() -> None:
    x = np.array([[0.0], [0.2], [0.4], [0.6], [0.8], [1.0]])
    truth = np.array([0, 0, 0, 0, 0, 1])
    plain = ridge_head(x, truth, classes=2, weights=np.ones(6)).scores([[1.0]]).argmax()
    weighted = ridge_head(x, truth, classes=2, weights=[0.6] * 5 + [3.0]).scores([[1.0]]).argmax()
    assert (plain, weighted) == (0, 1)


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for number, label in enumerate(CLASSES):
        (tmp_path / "data" / label).mkdir(parents=True)
        for index in range(8):
            pixels = random.integers(0, 90, (8, 8, 3), np.uint8)
            pixels[..., number] += 150
            (tmp_path / "data" / label / f"{index}.png").write_bytes(png(pixels))
    return tmp_path / "data"


def test_an_estimate_is_known_once_the_features_are_there(
    colours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "weights_identity", lambda name: name)
    monkeypatch.setattr(features, "open_extractor", lambda *_, **__: _mean_colours)
    listing, cache = read_listing(colours, validation=0.25), FeatureCache(tmp_path / "cache")
    options = {"backbone": "mobilenet_v2", "input_size": (8, 8), "cache": cache}
    assert known_estimate(listing, **options) is None
    seen = []
    made = computed_estimate(listing, progress=lambda done, of: seen.append((done, of)), **options)
    assert (made.accuracy.value, made.train, made.held_out) == (1.0, 18, 6)
    assert seen[-1] == (24, 24)
    assert known_estimate(listing, **options) == made
    # Two classes with the colours exchanged at random cannot be told apart: it must be able to be wrong.
    swapped = [Item(item.file, CLASSES[index % 3], item.part) for index, item in enumerate(listing.items)]
    mixed = known_estimate(Listing(listing.root, listing.classes, tuple(swapped)), **options)
    assert mixed is not None
    assert mixed.accuracy.value < 1


def test_without_held_out_pictures_there_is_nothing_to_say(colours: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="held out"):
        known_estimate(
            read_listing(colours, validation=0.0),
            backbone="mobilenet_v2",
            input_size=(8, 8),
            cache=FeatureCache(tmp_path / "cache"),
        )


def _mean_colours(pictures: np.ndarray) -> np.ndarray:
    means = pictures.mean(axis=(1, 2), dtype=np.float32)
    return np.concatenate([means, means], axis=1)
