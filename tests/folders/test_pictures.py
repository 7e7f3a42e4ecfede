"""The one way from a file to a network's input, its thumbnails, and the ready-made sets."""

import hashlib
import io
import pickle
import tarfile
import urllib.error
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_core.drawing import png
from cnn_core.errors import InputError
from cnn_core.folders.check_up import check_up
from cnn_core.folders.listing import Item, Listing, read_listing
from cnn_core.folders.pictures import picture_from_pixels, read_picture
from cnn_core.folders.ready_made import CIFAR_CLASSES, write_cifar, write_shapes
from cnn_core.folders.sheets import contact_sheet, thumbnail
from cnn_core.images import open_photo
from cnn_core.scenes import CLASSES
from tests.folders.sets import write


def smooth(rows: int, columns: int) -> np.ndarray:
    coarse = np.random.default_rng(rows + columns).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC))


def listing_of(root: Path, files: dict[str, bytes]) -> Listing:
    write(root, files)
    return Listing(root, ("a",), tuple(Item(file, "a", "train") for file in sorted(files)))


def area_mean(pixels: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Area averaging as two matrices: the part of each old pixel that lies in each new one."""

    def weights(old: int, new: int) -> np.ndarray:
        edges = np.arange(new + 1) * old / new
        left = np.maximum(edges[:-1, None], np.arange(old)[None])
        right = np.minimum(edges[1:, None], np.arange(1, old + 1)[None])
        return np.maximum(right - left, 0) * new / old

    down = np.tensordot(weights(pixels.shape[0], rows), pixels, axes=(1, 0))
    return np.tensordot(down, weights(pixels.shape[1], columns), axes=(1, 1)).transpose(0, 2, 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 60), st.integers(4, 60), st.integers(1, 40), st.integers(1, 40))
def test_what_shrinks_is_averaged_over_areas(height: int, width: int, rows: int, columns: int) -> None:
    pixels = np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    rows, columns = min(rows, height), min(columns, width)
    made = picture_from_pixels(pixels, size=(rows, columns))
    assert made.dtype == np.uint8
    np.testing.assert_allclose(made, area_mean(pixels, rows, columns), atol=1.01)


def test_one_axis_may_shrink_while_the_other_grows() -> None:
    """Columns 0, 200, 0, 200, … average to 100 in every pixel; taking samples would not."""
    stripes = np.zeros((4, 64, 3), np.uint8)
    stripes[:, 1::2] = 200
    assert (picture_from_pixels(stripes, size=(16, 16)) == 100).all()
    grown = picture_from_pixels(smooth(6, 6), size=(30, 30))
    np.testing.assert_array_equal(grown, cv2.resize(smooth(6, 6), (30, 30), interpolation=cv2.INTER_LINEAR))


@pytest.mark.parametrize("rows", [31, 64, 250, 700])
def test_a_file_and_its_pixels_give_the_same_input(tmp_path: Path, rows: int) -> None:
    """Large files are read at a fraction of their size; the result must not tell."""
    pixels = smooth(rows, rows * 3 // 2)
    listing = listing_of(tmp_path, {"a/1.png": png(pixels)})
    made = read_picture(listing, "a/1.png", size=(24, 32))
    assert made.shape == (24, 32, 3)
    np.testing.assert_allclose(made, area_mean(pixels, 24, 32).astype(np.int64), atol=2)


def test_a_large_jpeg_read_in_draft_is_the_picture(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(smooth(900, 1200)).save(file, "JPEG", quality=95, subsampling=0)
    listing = listing_of(tmp_path, {"a/1.jpg": file.getvalue()})
    whole = np.asarray(Image.open(file).convert("RGB"))
    made = read_picture(listing, "a/1.jpg", size=32)
    assert np.abs(made - area_mean(whole, 32, 32)).mean() < 1.5
    photo = open_photo(file, name="1.jpg", working_side=1200)
    assert np.abs(picture_from_pixels(photo.pixels, size=32).astype(int) - made).mean() < 1.5


def test_turned_see_through_and_16_bit_files(tmp_path: Path) -> None:
    turned, clear, deep = io.BytesIO(), io.BytesIO(), io.BytesIO()
    half = np.zeros((400, 400, 3), np.uint8)
    half[:, :200] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(half).save(turned, "JPEG", exif=exif)
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(clear, "PNG")
    Image.fromarray(np.full((300, 300), 0x8000, np.uint16)).save(deep, "PNG")
    files = {"a/turned.jpg": turned.getvalue(), "a/clear.png": clear.getvalue(), "a/deep.png": deep.getvalue()}
    listing = listing_of(tmp_path, files)
    made = read_picture(listing, "a/turned.jpg", size=8)
    assert made[:4].min() > 240
    assert made[4:].max() < 15
    assert (read_picture(listing, "a/clear.png", size=8) == 255).all()
    assert (read_picture(listing, "a/deep.png", size=8) == 128).all()


def test_a_file_that_does_not_open_is_named(tmp_path: Path) -> None:
    listing = listing_of(tmp_path, {"a/paper.jpg": b"%PDF-1.7"})
    with pytest.raises(InputError, match=r"a/paper.jpg is a PDF document"):
        read_picture(listing, "a/paper.jpg", size=8)
    with pytest.raises(InputError, match=r"a/gone.jpg is no longer there"):
        read_picture(listing, "a/gone.jpg", size=8)
    with pytest.raises(InputError, match="no picture"):
        picture_from_pixels(np.zeros((4, 4, 3), np.float32), size=8)  # type: ignore[arg-type]


def test_thumbnails_and_contact_sheets(tmp_path: Path) -> None:
    red = np.zeros((40, 80, 3), np.uint8)
    red[..., 0] = 200
    listing = listing_of(tmp_path, {**{f"a/{i}.png": png(red) for i in range(5)}, "a/x.png": b"broken"})
    assert thumbnail(listing, "a/0.png", side=20).shape == (10, 20, 3)
    assert thumbnail(listing, "a/0.png", side=200).shape == (40, 80, 3)
    sheet = contact_sheet(listing, "a", count=6, side=20)
    assert sheet.shape == (2 * 24 - 4, 3 * 24 - 4, 3)
    assert (sheet == [200, 0, 0]).all(axis=2).sum() == 5 * 200
    assert ((sheet == 224).all(axis=2)).sum() > 100, "the broken file has its square"
    np.testing.assert_array_equal(sheet, contact_sheet(listing, "a", count=6, side=20))
    assert contact_sheet(listing, "a", part="test", side=20).shape == (20, 20, 3)
    with pytest.raises(InputError, match="no class 'b'"):
        contact_sheet(listing, "b")


def test_shapes_are_a_set_to_train_on(tmp_path: Path) -> None:
    listing = read_listing(write_shapes(tmp_path / "shapes", per_class=3, size=48, seed=5))
    assert listing.classes == tuple(sorted(CLASSES))
    assert all(sum(parts.values()) == 3 for parts in listing.counts().values())
    report = check_up(listing, input_size=48)
    assert (report.problems, report.unreadable, report.duplicates) == ((), (), ())
    again = write_shapes(tmp_path / "again", per_class=3, size=48, seed=5)
    digests = [hashlib.sha256((root / "star/0001.jpg").read_bytes()).digest() for root in (listing.root, again)]
    assert digests[0] == digests[1]
    with pytest.raises(InputError, match="out of range"):
        write_shapes(tmp_path / "none", per_class=0)


def test_cifar_from_a_copy(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "copy.zip", "w") as archive:
        for part, count in (("train", 6), ("test", 2)):
            for label in CIFAR_CLASSES:
                for number in range(count):
                    archive.writestr(f"{part}/{label}/{number}.jpg", f"{part} {label} {number}")
        archive.writestr("train/../../evil.jpg", "x")
        archive.writestr("train/cat/../../../evil.jpg", "x")
    seen: list[int] = []
    folder = tmp_path / "made" / "cifar"
    write_cifar(folder, per_class=5, copy=tmp_path / "copy.zip", progress=lambda done, _: seen.append(done))
    listing = read_listing(folder, validation=0.2)
    assert listing.classes == CIFAR_CLASSES
    assert all(count == {"train": 4, "validation": 1, "test": 1} for count in listing.counts().values())
    assert seen[-1] == len(listing.items) == 60
    assert {path.name for path in tmp_path.iterdir()} == {"copy.zip", "made"}


def cifar_archive(path: Path) -> None:
    """As Keras downloads it: a picture of each class in the colour (class, part, 7), and black ones."""
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
            data, labels = np.zeros((10_000, 3, 32, 32), np.uint8), np.zeros(10_000, int)
            if name in {"data_batch_1", "test_batch"}:
                labels[:10] = np.arange(10)
                data[:10, 0], data[:10, 1], data[:10, 2] = labels[:10, None, None], name == "test_batch", 7
            content = pickle.dumps({b"data": data.reshape(10_000, -1), b"labels": labels.tolist()}, protocol=3)
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_cifar_as_keras_keeps_it_and_without_a_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.utils import file_utils

    def no_connection(*_args: object) -> None:
        raise urllib.error.URLError("no route to host")

    (tmp_path / "keras").mkdir()
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(tmp_path / "keras"))
    monkeypatch.setattr(file_utils, "urlretrieve", no_connection)
    with pytest.raises(InputError, match=r"could not be downloaded: .*no route to host"):
        write_cifar(tmp_path / "nothing", per_class=1)
    cifar_archive(tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive")
    # The archive's hash is that of the real one only.
    monkeypatch.setattr(file_utils, "validate_file", lambda *_args, **_options: True)
    folder = write_cifar(tmp_path / "cifar", per_class=1)
    listing = read_listing(folder, validation=0.0)
    assert len(listing.items) == 20
    for number, label in enumerate(CIFAR_CLASSES):
        for part, mark in (("train", 0), ("test", 1)):
            (item,) = listing.of(label=label, part=part)  # type: ignore[arg-type]
            assert np.unique(read_picture(listing, item.file, size=(32, 32)).reshape(-1, 3), axis=0).tolist() == [
                [number, mark, 7]
            ]


def test_a_real_folder(data_folder: Path, tmp_path: Path) -> None:
    """A few of the cats and dogs."""
    with zipfile.ZipFile(data_folder / "cats_dogs.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        archive.extractall(tmp_path, [*names[:10], *names[-10:]])
    report = check_up(read_listing(tmp_path), input_size=(224, 224))
    assert report.counts == {label: {"train": 8, "validation": 2, "test": 0} for label in ("cat", "dog")}
    assert not report.problems
    assert not report.unreadable
