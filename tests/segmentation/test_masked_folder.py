"""Folders of photos with masks: layouts, classes, parts, and everything that is wrong with them, by name."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.errors import InputError
from cnn_core.scenes import scene
from cnn_core.segmentation.masked_classes import class_file
from cnn_core.segmentation.masked_folder import read_masked_folder
from cnn_core.segmentation.masked_labels import read_labels
from cnn_core.segmentation.masked_listing import load_masked_listing, save_masked_listing
from cnn_core.segmentation.masked_pairs import pair_up
from cnn_core.segmentation.ready_made import NAMES as SHAPES
from cnn_core.segmentation.ready_made import write_masked_scenes
from cnn_core.voc_names import VOC, voc_palette
from tests.segmentation.masked_pictures import NAMES, picture, write_coco_folder, write_folder, write_photo


def labels_of(listing, stem):
    item = next(item for item in listing.items if Path(item.file).stem == stem)
    return read_labels(listing, item)


@pytest.mark.parametrize(
    ("photos", "masks", "ending"),
    [
        ("images", "masks", ""),
        ("set/Training_Images", "set/Ground_Truth", ""),
        ("JPEGImages", "SegmentationClass", ""),
        ("train/image", "train/label", ""),
        ("imgs", "train_masks", "_mask"),
        (".", ".", "_mask"),
    ],
)
def test_layouts_hold_the_same_masks(tmp_path: Path, photos: str, masks: str, ending: str) -> None:
    listing = read_masked_folder(write_folder(tmp_path, 3, photos=photos, masks=masks, ending=ending))
    assert listing.problems == ()
    assert listing.names == NAMES
    for number in range(3):
        np.testing.assert_array_equal(labels_of(listing, str(number)), picture(number)[1])
    assert sum(listing.shares().values()) == pytest.approx(1)
    assert listing.counts()["red"] == {"train": 2, "validation": 1, "test": 0}


@pytest.mark.parametrize("way", ["polygons", "runs"])
def test_coco_files_hold_the_same_masks(tmp_path: Path, way: str) -> None:
    folder = write_coco_folder(tmp_path, {"train2017": range(3), "val2017": range(3, 4)}, way=way)
    write_photo(folder / "train2017" / "bare.png", picture(0)[0])
    listing = read_masked_folder(folder)
    assert listing.names == NAMES
    assert listing.problems == ("train2017/bare.png has no mask.",)
    assert Counter(item.part for item in listing.items) == {"train": 3, "validation": 1}
    for number in range(4):
        labels = picture(number)[1]
        np.testing.assert_array_equal(labels_of(listing, str(number)), labels)
        item = next(item for item in listing.items if item.file.endswith(f"{number}.png"))
        assert item.pixels == tuple(np.bincount(labels.ravel(), minlength=3))


def test_the_same_name_in_two_parts_is_paired_by_part() -> None:
    files = [f"{part}/{kind}/0.png" for part in ("train", "val") for kind in ("image", "label")]
    assert pair_up(files).masks == {"train/image/0.png": "train/label/0.png", "val/image/0.png": "val/label/0.png"}
    flat = [f"{part}_{kind}/0.png" for part in ("train", "val") for kind in ("images", "masks")]
    assert pair_up(flat).masks == {"train_images/0.png": "train_masks/0.png", "val_images/0.png": "val_masks/0.png"}
    twice = pair_up(["images/a.jpg", "masks/a.png", "masks/a_mask.png", "SegmentationObject/a.png"])
    assert twice.masks == {"images/a.jpg": "masks/a.png"}
    assert twice.extra == ("masks/a_mask.png",)


@given(st.lists(st.text("ab_/.", min_size=1, max_size=12).map(lambda text: text + ".png"), max_size=8))
def test_whatever_the_names_each_file_is_used_once(files: list[str]) -> None:
    pairs = pair_up(sorted(set(files)))
    every = [*pairs.masks, *pairs.masks.values(), *pairs.bare, *pairs.alone, *pairs.extra]
    assert len(every) == len(set(every))
    assert set(every) <= set(files)


def _masks(folder: Path, maps: list[np.ndarray], text: str = "", name: str = "classes.txt") -> Path:
    for number, values in enumerate(maps):
        write_photo(folder / "images" / f"{number}.png", np.zeros((*values.shape[:2], 3), np.uint8))
        (folder / "masks").mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "masks" / f"{number}.png"), values[..., ::-1] if values.ndim == 3 else values)
    if text:
        (folder / name).write_text(text)
    return folder


def test_classes_are_told_from_the_values(tmp_path: Path) -> None:
    labels = np.array([[0, 1, 2], [2, 255, 0]], np.uint8)
    cases = {
        "numbers": (labels, labels, ("background", "class 1", "class 2"), "numbers"),
        "halves": (np.where(labels == 1, 255, 0), labels == 1, ("background", "object"), "halves"),
        "values": (labels % 255 * 100, labels % 255, ("value 0", "value 100", "value 200"), "values"),
        "voc": (voc_palette()[labels], labels, VOC, "colours"),
        "colours": (
            np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]], np.uint8)[labels % 255],
            np.array([0, 2, 1])[labels % 255],
            ("background", "colour #000900", "colour #090000"),
            "colours",
        ),
    }
    for name, (values, expected, names, kind) in cases.items():
        listing = read_masked_folder(_masks(tmp_path / name, [values.astype(np.uint8)] * 2))
        assert (listing.names, listing.rule.kind) == (names, kind)
        np.testing.assert_array_equal(labels_of(listing, "0"), expected.astype(np.uint8))
        save_masked_listing(listing, tmp_path / "list.json")
        again = load_masked_listing(tmp_path / "list.json")
        assert (again.names, again.rule, again.items, again.problems) == (
            *(listing.names, listing.rule, listing.items, listing.problems),
        )
        np.testing.assert_array_equal(labels_of(again, "1"), expected.astype(np.uint8))
    table = "9 0 0\tcar\n0 9 0\tred tree\n0 0 0\tVoid"
    listing = read_masked_folder(
        _masks(tmp_path / "table", [cases["colours"][0]] * 2, text=table, name="label_colors.txt")
    )
    assert listing.names == ("car", "red tree", "Void")
    assert labels_of(listing, "0").tolist() == [[2, 0, 1], [1, 2, 2]]


def test_files_of_class_names() -> None:
    assert class_file("0: cat\n1: dog")[0] == ("cat", "dog")
    assert class_file("name,r,g,b\nsky,0,0,255\nroad side,1,2,3") == (("sky", "road side"), {255: 0, 66051: 1})
    assert class_file("_background_\naeroplane")[0] == ("background", "aeroplane")


def test_palettes_that_number_colours_as_they_come_are_read_by_colour(tmp_path: Path) -> None:
    from PIL import Image

    first, second = ((0, 0, 0), (0, 200, 0)), ((0, 200, 0), (0, 0, 0))
    for number, palette in enumerate((first, second)):
        write_photo(tmp_path / "images" / f"{number}.png", np.zeros((2, 2, 3), np.uint8))
        mask = Image.fromarray(np.array([[0, 0], [0, 1]], np.uint8), "P")
        mask.putpalette([value for colour in palette for value in colour])
        (tmp_path / "masks").mkdir(exist_ok=True)
        mask.save(tmp_path / "masks" / f"{number}.png")
    listing = read_masked_folder(tmp_path)
    assert labels_of(listing, "0").tolist() == [[0, 0], [0, 1]]
    assert labels_of(listing, "1").tolist() == [[1, 1], [1, 0]]


def test_what_is_wrong_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, 3)
    pixels, labels = picture(0)
    write_photo(folder / "images" / "bare.png", pixels)
    for name, mask in {
        "wide": np.zeros((32, 64), np.uint8),
        "beyond": np.where(labels == 1, 9, labels),
        "empty": labels * 0,
        "large": labels.repeat(2, axis=0).repeat(2, axis=1),
    }.items():
        write_photo(folder / "images" / f"{name}.png", pixels)
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
    write_photo(folder / "images" / "broken.png", pixels)
    (folder / "masks" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "masks" / "alone.png").write_bytes((folder / "masks" / "0.png").read_bytes())
    listing = read_masked_folder(folder)
    said = "\n".join(listing.problems)
    for part in (
        "images/bare.png has no mask",
        "masks/alone.png has no photo beside it",
        "masks/wide.png has another shape than the photo",
        f"masks/beyond.png holds values outside the classes 0 to 2: 9 ({(labels == 1).sum()} pixels)",
        "The mask of images/empty.png marks nothing",
        "1 mask has another size than the photo",
        "broken.png starts like a picture but is damaged",
    ):
        assert part in said, said
    assert [Path(item.file).stem for item in listing.items] == ["0", "1", "2", "empty", "large"]
    np.testing.assert_array_equal(labels_of(listing, "large"), labels)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ((), "There are no pictures in this folder"),
        (("images/a.png",), "There are no masks in this folder"),
        (("images/a.png", "masks/b.png"), "has the name of a photo"),
        (("images/a.png", "masks/a.txt", "b.json"), "b.json"),
    ],
)
def test_folders_without_use_are_refused_in_words(tmp_path: Path, files: tuple[str, ...], message: str) -> None:
    for name in files:
        if name.endswith("png"):
            write_photo(tmp_path / name, picture(0)[0])
        else:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("{")
    with pytest.raises(InputError, match=message):
        read_masked_folder(tmp_path)


def test_a_mask_that_changed_or_went_is_said(tmp_path: Path) -> None:
    listing = read_masked_folder(write_folder(tmp_path, 2))
    cv2.imwrite(str(tmp_path / "masks" / "0.png"), np.full((32, 32), 77, np.uint8))
    (tmp_path / "masks" / "1.png").unlink()
    with pytest.raises(InputError, match=r"masks/0\.png holds values outside"):
        labels_of(listing, "0")
    with pytest.raises(InputError, match="no file"):
        labels_of(listing, "1")
    (tmp_path / "list.json").write_text('{"names": 3}')
    with pytest.raises(InputError, match="no longer here"):
        load_masked_listing(tmp_path / "list.json")


def test_ready_made_scenes_have_their_own_masks(tmp_path: Path) -> None:
    listing = read_masked_folder(write_masked_scenes(tmp_path, count=4, size=(64, 64), seed=7))
    assert listing.names == SHAPES
    assert listing.problems == ()
    for number in range(4):
        drawn = scene(7, index=number, size=(64, 64))
        np.testing.assert_array_equal(labels_of(listing, f"{number:04d}"), drawn.label_map)


def test_real_folders(data_folder: Path) -> None:
    voc = read_masked_folder(data_folder / "voc3")
    assert voc.names[:2] == ("background", "aeroplane")
    assert len(voc.names) == 21
    membranes = read_masked_folder(data_folder / "membrane")
    assert (len(membranes.items), membranes.rule.kind) == (30, "halves")
