"""Pictures in memory: what is held out, CIFAR-10 from a zip and from Keras, downloads, a listing, augmented views."""

import io
import pickle
import urllib.error
import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from cnn_core.augmentation import augmented
from cnn_core.errors import InputError
from cnn_core.folders.ready_made import CIFAR_CLASSES
from cnn_core.training import cifar, data
from cnn_core.training.cifar import cifar_is_here, download_cifar, read_part
from cnn_core.training.config import AUGMENTATION, ScratchConfig, config_of
from cnn_core.training.data import counts_of, held_out_picture, load_data
from tests.training.tiny_runs import few_held_out
from tests.transfer.tiny_backbone import COLOURS, write_listing


def test_shapes_follow_from_their_numbers_and_no_picture_is_in_two_parts() -> None:
    told: list[tuple[int, int]] = []
    with few_held_out(20):
        found = load_data(ScratchConfig(data="shapes", pictures=60), progress=lambda done, of: told.append((done, of)))
        again = load_data(ScratchConfig(data="shapes", pictures=60, seed=9))
    assert found.pixels.shape == (60, 32, 32, 3)
    assert (found.validation, len(found.items)) == (20, 60)
    assert told == [(number, 120) for number in range(1, 121)]
    assert np.array_equal(found.judged, again.judged)
    assert np.array_equal(found.pixels, again.pixels)
    assert len({picture.tobytes() for picture in (*found.pixels, *found.judged)}) == 120
    assert [item.file.split("/")[1] for item in found.items] == [found.classes[k] for k in found.judged_truth]


def test_cifar_from_the_zip_is_labelled_by_its_folders_and_split_once(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (data_folder / "cifar10.zip").is_file():
        pytest.skip("no cifar10.zip in the test data")
    monkeypatch.setenv("CNN_TEST_DATA", str(data_folder))
    with few_held_out(30):
        found = load_data(ScratchConfig(pictures=200))
    assert found.classes == CIFAR_CLASSES
    assert [item.part for item in found.items] == ["validation"] * 40 + ["test"] * 80
    assert all(item.file.startswith("test/" if item.part == "test" else "train/") for item in found.items)
    with zipfile.ZipFile(data_folder / "cifar10.zip") as archive:
        for place in (0, 7, 90):
            item = found.items[place]
            assert item.file.split("/")[1] == CIFAR_CLASSES[found.judged_truth[place]]
            pixels = np.asarray(Image.open(io.BytesIO(archive.read(item.file))).convert("RGB"))
            assert np.abs(pixels.astype(int) - found.judged[place]).max() <= 2
    trained = {picture.tobytes() for picture in found.pixels}
    held_out = {picture.tobytes() for picture in found.judged}
    assert not trained & held_out
    assert counts_of(ScratchConfig()) == data.Counts(45_000, 5_000, 10_000)


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No zip, and an empty home of Keras."""
    monkeypatch.setattr(cifar, "cifar_copy", lambda: None)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def test_cifar_from_keras_has_the_same_order_and_names(nothing_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not cifar_is_here()
    (nothing_here / "datasets").mkdir()
    (nothing_here / "datasets" / "cifar-10-batches-py-target_archive").touch()
    assert cifar_is_here()
    pixels = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), np.uint8)
    labels = np.arange(30, dtype=np.uint8).reshape(-1, 1) % 10
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: ((pixels, labels), (pixels[:5], labels[:5])))
    files, found, truth = read_part("train", range(3, 9))
    order = np.random.default_rng(0).permutation(30)[3:9]
    assert np.array_equal(found, pixels[order])
    assert np.array_equal(truth, labels.ravel()[order])
    assert files[0] == f"train/{CIFAR_CLASSES[truth[0]]}/{order[0]:05d}"


def test_a_picture_of_keras_copy_is_found_by_its_name(nothing_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "_BATCH", 4)
    folder = nothing_here / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), np.uint8)
    for file, first in (("data_batch_1", 0), ("data_batch_2", 4), ("test_batch", 8)):
        # Three planes of 32 x 32 in a row, as the archive has them.
        rows = pixels[first : first + 4].transpose(0, 3, 1, 2).reshape(4, -1)
        (folder / file).write_bytes(pickle.dumps({b"data": rows, b"labels": [0] * 4}, protocol=2))
    for name, place in (("train/cat/00003", 3), ("train/dog/00006", 6), ("test/cat/00001", 9)):
        found = held_out_picture(ScratchConfig(), name)
        assert found is not None
        assert np.array_equal(found, pixels[place])
    for name in ("test/cat/00004", "train/cat/00009", "train/cat/0001.jpg"):
        assert held_out_picture(ScratchConfig(), name) is None
    (folder / "data_batch_3").write_bytes(pickle.dumps({b"data": Path("/tmp")}, protocol=2))
    with pytest.raises(pickle.UnpicklingError, match="not part of an array"):
        held_out_picture(ScratchConfig(), "train/cat/00008")


def test_a_download_is_told_checked_and_never_left_in_part(nothing_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer(io.BytesIO):
        pass

    def offline(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(cifar.urllib.request, "urlopen", offline)
    with pytest.raises(InputError, match=r"could not be downloaded: no route.*shapes"):
        load_data(ScratchConfig())
    monkeypatch.setattr(cifar.urllib.request, "urlopen", lambda *_, **__: Answer(b"x" * 10))
    told: list[tuple[int, int]] = []
    with pytest.raises(InputError, match="damaged"):
        download_cifar(progress=lambda done, of: told.append((done, of)))
    assert told == [(10, 170_498_071)]
    assert not list((nothing_here / "datasets").iterdir())
    monkeypatch.setattr(cifar, "SHA256", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae")
    monkeypatch.setattr(cifar.urllib.request, "urlopen", lambda *_, **__: Answer(b"foo"))
    assert download_cifar().read_bytes() == b"foo"


def test_a_listing_is_read_at_the_networks_size_in_its_parts(tmp_path: Path) -> None:
    listing = write_listing(tmp_path)
    config = config_of({"data": {"kind": "listing", "listing": str(listing)}, "input_size": [16, 20], "pictures": 20})
    found = load_data(config)
    assert found.classes == tuple(sorted(COLOURS))
    assert found.pixels.shape == (20, 16, 20, 3)
    assert (found.validation, len(found.items)) == (9, 9)
    assert counts_of(config) == data.Counts(20, 9, 0)
    (tmp_path / "pictures" / "red" / "3.png").unlink()
    with pytest.raises(InputError, match=r"3\.png"):
        load_data(replace(config, pictures=0))


def test_too_many_pixels_and_classes_without_pictures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"no pictures to train on of"):
        load_data(ScratchConfig(data="shapes", pictures=1))
    monkeypatch.setattr(data, "usable_memory", lambda: 100_000_000)
    with pytest.raises(InputError, match=r"take 0\.5 GB, and 0\.0 GB"):
        load_data(ScratchConfig(data="shapes", input_size=(128, 128)))


@pytest.mark.parametrize("seed", range(4))
def test_the_recipes_views_equal_scipys_affine_map(seed: int) -> None:
    """Rotation, shift, zoom and flip of one draw, the border mirrored, bilinear; OpenCV rounds positions to 1/32."""
    random = np.random.default_rng(1)
    smooth = ndimage.gaussian_filter(random.normal(128, 200, (32, 32, 3)), (3, 3, 0), mode="mirror")
    picture = np.clip(smooth, 0, 255).astype(np.uint8)
    draws = np.random.default_rng(seed).random(8)
    angle, right, down, grow = (2 * draws[:4] - 1) * (15, 0.1 * 32, 0.1 * 32, 0.1)
    theta, scale = np.deg2rad(angle), 1 + grow
    # From a row and column of the view to those of the picture: rotation and zoom undone, then the flip.
    turn = np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]]) / scale
    matrix = np.diag([1.0, -1.0 if draws[7] < 0.5 else 1.0]) @ turn
    middle, shift = np.array([15.5, 15.5]), np.array([down, right])
    offset = middle - matrix @ (middle + shift)
    expected = np.stack(
        [
            ndimage.affine_transform(picture[..., k].astype(float), matrix, offset, order=1, mode="mirror")
            for k in range(3)
        ],
        axis=-1,
    )
    found = augmented(picture, AUGMENTATION, np.random.default_rng(seed))
    assert np.abs(found - expected).max() <= 3
