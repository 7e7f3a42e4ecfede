"""Features: each computed once, the same by LiteRT and by Keras, views from a seed; an answer before any training."""

from pathlib import Path

import keras
import numpy as np
import pytest

from cnn_core.augmentation import Augmentation
from cnn_core.child_process import read_json
from cnn_core.folders.listing import Listing, load_listing
from cnn_core.folders.pictures import read_picture
from cnn_core.runs.folder import read_status
from cnn_core.transfer import extraction, features
from cnn_core.transfer.config import config_of
from cnn_core.transfer.extraction import keras_extractor, open_extractor, pooled
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import OWN, UNIT, features_of
from cnn_core.transfer.lr_finder import learning_rate_sweep
from cnn_core.transfer.materials import CACHE, Materials
from cnn_core.transfer.quick import quick_answer, rescaled_features_run
from cnn_core.transfer.train import phase_of
from tests.transfer.tiny_backbone import make_run, tiny_load, write_listing

SIZE = (16, 16)
FLIP = Augmentation(flip=True, rotation=20)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return tiny_load("starter", input_size=SIZE)


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    return load_listing(write_listing(tmp_path))


def compute(listing: Listing, cache: FeatureCache, network: keras.Model, **options) -> np.ndarray:
    return features_of(
        listing,
        options.pop("items", listing.items),
        backbone="starter",
        input_size=SIZE,
        cache=cache,
        load=lambda _name, input_size: network,  # noqa: ARG005
        identity="tiny",
        **options,
    ).values


def test_features_are_means_and_maxima_of_the_last_maps(listing: Listing, tmp_path: Path, network: keras.Model) -> None:
    found = compute(listing, FeatureCache(tmp_path / "cache"), network)
    pixels = np.stack([read_picture(listing, item.file, size=SIZE) for item in listing.items])
    maps = network.predict_on_batch(pixels.astype(np.float32))
    assert found.shape == (36, 1, 32)
    np.testing.assert_allclose(found[:, 0, :16], maps.mean(axis=(1, 2)), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[:, 0, 16:], maps.max(axis=(1, 2)), rtol=1e-4, atol=1e-4)


def test_each_is_computed_once_and_follows_its_picture(
    listing: Listing, tmp_path: Path, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, read = FeatureCache(tmp_path / "cache"), []

    def counted(listing: Listing, file: str, *, size: tuple[int, int]) -> np.ndarray:
        read.append(file)
        return read_picture(listing, file, size=size)

    monkeypatch.setattr(features, "read_pixels", counted)
    first = compute(listing, cache, network, augmentation=FLIP, views=2, seed=4)
    assert len(read) == 3 * 36
    assert first.shape[:2] == (36, 3)
    assert np.abs(first[:, 0] - first[:, 1]).max() > 0.01
    assert np.abs(first[:, 1] - first[:, 2]).max() > 0.01
    read.clear()
    # Another order, fewer pictures, a relabelled one: nothing new.
    backwards = compute(listing, cache, network, items=listing.items[::-2], augmentation=FLIP, views=2, seed=4)
    np.testing.assert_array_equal(backwards, first[::-2])
    assert read == []
    compute(listing, cache, network, augmentation=FLIP, views=2, seed=5)
    assert len(read) == 2 * 36, "the pictures themselves do not depend on the seed"
    read.clear()
    path = listing.root / listing.items[7].file
    path.write_bytes((listing.root / listing.items[30].file).read_bytes())
    again = compute(listing, cache, network)
    assert read == [], "the same content is known under another name"
    np.testing.assert_array_equal(again[7], first[30, :1])


def test_progress_may_stop_and_what_is_done_is_kept(listing: Listing, tmp_path: Path, network: keras.Model) -> None:
    cache, seen = FeatureCache(tmp_path / "cache"), []

    def progress(done: int, of: int) -> None:
        seen.append((done, of))
        if done == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute(listing, cache, network, progress=progress)
    compute(listing, cache, network, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(0, 36), (16, 36), (0, 20), (16, 20), (20, 20)]


def test_lite_file_gives_kerass_features_and_is_made_once(
    tmp_path: Path, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MobileNetV2's place is taken by the tiny network, whose conversion takes seconds."""
    monkeypatch.setattr(extraction, "lite_path", lambda *_args, **_kwargs: tmp_path / "lite" / "tiny.tflite")
    monkeypatch.setattr(extraction, "WORTH_CONVERTING", 10)
    loaded = []

    def load(_name: str, *, input_size: tuple[int, int]) -> keras.Model:
        loaded.append(input_size)
        return network

    pictures = np.random.default_rng(0).integers(0, 256, (5, *SIZE, 3), dtype=np.uint8)
    expected = keras_extractor(network)(pictures)
    np.testing.assert_allclose(expected, pooled(network.predict_on_batch(pictures.astype(np.float32))), atol=1e-4)
    for count, files in ((9, []), (10, ["tiny.tflite"]), (1, ["tiny.tflite"])):
        extract = open_extractor("mobilenet_v2", input_size=SIZE, folder=tmp_path, pictures=count, load=load)
        np.testing.assert_allclose(extract(pictures), expected, rtol=1e-3, atol=1e-3)
        assert [path.name for path in (tmp_path / "lite").glob("*")] == files
    assert len(loaded) == 2


def test_quick_answer_is_right_about_what_is_cached_and_says_what_is_missing(
    listing: Listing, tmp_path: Path, network: keras.Model
) -> None:
    cache = FeatureCache(tmp_path / "cache")
    options = {"backbone": "starter", "input_size": SIZE, "cache": cache, "identity": "tiny"}
    nothing = quick_answer(listing, **options)
    assert (nothing.accuracy, nothing.missing) == (None, 36)
    compute(listing, cache, network, items=listing.items[1:])
    found = quick_answer(listing, **options)
    assert (found.trained + found.judged, found.missing) == (35, 1)
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(1 - len(found.wrong) / found.judged)
    assert found.accuracy.value > 0.6
    wrong = {item.file: item.label for item in listing.items if item.part == "validation"}
    assert all(said != wrong[file] for file, said in found.wrong)


def test_the_classic_mistake_has_features_of_its_own(listing: Listing, tmp_path: Path, network: keras.Model) -> None:
    """The starter's first layer divides by 255: divided before, its pixels come to nearly nothing."""
    cache = FeatureCache(tmp_path / "cache")
    paths = [listing.root / item.file for item in listing.items]
    assert cache.unread(paths) == 36
    compute(listing, cache, network)
    assert cache.unread(paths) == 0
    wrong = compute(listing, cache, network, preprocessing=UNIT)
    pixels = np.stack([read_picture(listing, item.file, size=SIZE) for item in listing.items])
    maps = network.predict_on_batch(pixels.astype(np.float32) / 255)
    np.testing.assert_allclose(wrong[:, 0], pooled(maps), rtol=1e-4, atol=1e-4)


def test_a_job_computes_features_both_ways(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", write_listing(tmp_path), augmentation={"flip": True})
    rescaled_features_run(run, load=tiny_load)
    assert read_status(run).state == "done"
    options = {
        "backbone": "starter",
        "input_size": SIZE,
        "cache": FeatureCache(tmp_path / "runs" / CACHE),
        "identity": "tiny_load",
    }
    listing = load_listing(tmp_path / "listing.json")
    right, wrong = (quick_answer(listing, preprocessing=way, **options) for way in (OWN, UNIT))
    assert right.missing == wrong.missing == 0
    assert right.accuracy is not None
    assert right.accuracy.value > 0.6


def test_lr_finder_sees_the_loss_explode_and_leaves_the_weights_alone(tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", write_listing(tmp_path))
    config = config_of(read_json(run / "config.json"))
    materials = Materials(run, config, load=tiny_load)
    head, examples = materials.head()
    before = head.get_weights()
    materials.watch.start("feature_extraction")
    found = learning_rate_sweep(head, phase_of(config, "feature_extraction"), examples, steps=60, highest=1e3)
    for weight, expected in zip(head.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert len(found.rates) < 60, "it ended where the loss exploded"
    best = int(np.argmin(found.smoothed))
    assert 0 < best < len(found.rates) - 1
    assert found.suggestion == pytest.approx(found.rates[best] / 10)
    assert found.losses[-1] > 2 * min(found.losses)
    assert found.rates[0] == 1e-7
    ratios = np.array(found.rates[1:]) / found.rates[:-1]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)
