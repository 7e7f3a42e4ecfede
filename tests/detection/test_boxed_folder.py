"""Folders of pictures with annotations: layouts, parts, and everything that is wrong with them, by name."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cnn_core.detection.boxed_folder import picture_size, read_boxed_folder
from cnn_core.detection.boxed_listing import load_boxed_listing, save_boxed_listing
from cnn_core.detection.ready_made import write_boxed_scenes
from cnn_core.errors import InputError
from cnn_core.scenes import CLASSES, scene
from tests.detection.boxed_pictures import (
    NAMES,
    SIDE,
    picture,
    write_coco_folder,
    write_picture,
    write_voc_folder,
    write_yolo_folder,
)


def test_three_layouts_hold_the_same_boxes(tmp_path: Path) -> None:
    yolo = read_boxed_folder(write_yolo_folder(tmp_path / "yolo", 4))
    coco = read_boxed_folder(write_coco_folder(tmp_path / "coco", {"train2017": range(3), "val2017": range(3, 4)}))
    voc = read_boxed_folder(write_voc_folder(tmp_path / "voc", {"train": range(3), "test": range(3, 4)}))
    for listing in (yolo, coco, voc):
        assert listing.problems == ()
        assert set(listing.names) == set(NAMES)
        for number, item in enumerate(sorted(listing.items, key=lambda item: Path(item.file).stem)):
            boxes = item.truth.boxes
            found = {
                boxes.names[label]: corners.tolist() for corners, label in zip(boxes.corners, boxes.labels, strict=True)
            }
            for label, corners in picture(number)[1]:
                assert found[NAMES[label]] == pytest.approx(corners, abs=1e-3)
            assert item.size == (SIDE, SIDE)
    assert [item.part for item in coco.items] == ["train", "train", "train", "validation"]
    # Nothing validates: one of the training pictures is kept back.
    assert Counter(item.part for item in voc.items) == {"train": 2, "validation": 1, "test": 1}
    assert next(item.part for item in voc.items if item.file.endswith("3.png")) == "test"


def test_a_share_is_kept_back_by_the_names_and_the_seed(tmp_path: Path) -> None:
    folder = write_yolo_folder(tmp_path, 10)
    parts = [[item.part for item in read_boxed_folder(folder, validation=0.3, seed=seed).items] for seed in (0, 0, 1)]
    assert parts[0] == parts[1] != parts[2]
    assert parts[0].count("validation") == 3


def test_what_is_wrong_is_named_and_the_rest_is_used(tmp_path: Path) -> None:
    folder = write_coco_folder(tmp_path, {"pictures": range(3)})
    path = folder / "annotations" / "instances_pictures.json"
    content = json.loads(path.read_text())
    content["images"].append({"id": 9, "file_name": "gone.png", "height": 9, "width": 9})
    content["annotations"] += [
        {"image_id": 9, "category_id": 1, "bbox": [0, 0, 5, 5]},
        {"image_id": 1, "category_id": 1, "bbox": [70, 0, 5, 5]},
        {"image_id": 1, "category_id": 1, "bbox": [60, 0, 9, 5]},
    ]
    path.write_text(json.dumps(content))
    (folder / "pictures" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    write_picture(folder / "pictures" / "bare.png", picture(0)[0])
    listing = read_boxed_folder(folder)
    said = "\n".join(listing.problems)
    for part in (
        "names gone.png, which is missing",
        "box 3 (red) lies outside its picture of 64 x 64 pixels",
        "box 4 (red) reaches beyond its picture",
        "'broken.jpg' cannot be opened as a picture",
        "bare.png has no annotation",
    ):
        assert part in said
    assert len(listing.items) == 3
    first = next(item for item in listing.items if item.file.endswith("0.png"))
    assert first.truth.boxes.corners[-1].tolist() == [60, 0, 64, 5]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "There are no pictures in this folder"),
        ({"a.png": None}, "There is no annotation file in"),
        ({"a.png": None, "b.xml": "<annotation><filename>c.jpg</filename></annotation>"}, "No annotation belongs"),
        ({"a.png": None, "a.txt": "", "classes.txt": "cat"}, "no box that can be used"),
        ({"a.png": None, "a.json": "{"}, "a.json"),
    ],
)
def test_folders_without_use_are_refused_in_words(tmp_path: Path, files: dict[str, str | None], message: str) -> None:
    for name, text in files.items():
        if text is None:
            write_picture(tmp_path / name, picture(0)[0])
        else:
            (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_boxed_folder(tmp_path)


def test_a_listing_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    listing = read_boxed_folder(write_voc_folder(tmp_path / "voc", {"train": range(3), "val": range(3, 5)}))
    save_boxed_listing(listing, tmp_path / "boxes.json")
    again = load_boxed_listing(tmp_path / "boxes.json")
    assert (again.root, again.names, again.problems) == (listing.root, listing.names, listing.problems)
    for before, after in zip(listing.items, again.items, strict=True):
        assert (before.file, before.part, before.size) == (after.file, after.part, after.size)
        np.testing.assert_array_equal(before.truth.boxes.corners, after.truth.boxes.corners)
        np.testing.assert_array_equal(before.truth.areas, after.truth.areas)
    (tmp_path / "boxes.json").write_text('{"names": 3}')
    with pytest.raises(InputError, match="no longer here"):
        load_boxed_listing(tmp_path / "boxes.json")


def test_a_photo_lying_on_its_side_has_the_size_that_it_is_shown_with(tmp_path: Path) -> None:
    photo = Image.new("RGB", (40, 30))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "a.jpg", exif=exif)
    assert picture_size(tmp_path / "a.jpg") == (40, 30)


def test_ready_made_scenes_have_their_own_boxes(tmp_path: Path) -> None:
    listing = read_boxed_folder(write_boxed_scenes(tmp_path / "scenes", count=5, size=(64, 64), seed=7))
    assert listing.names == CLASSES
    for number, item in enumerate(listing.items):
        drawn = scene(7, index=number, size=(64, 64))
        np.testing.assert_allclose(item.truth.boxes.corners, drawn.boxes, atol=1e-3)
        assert item.truth.boxes.labels.tolist() == drawn.labels.tolist()
        pixels = cv2.imread(str(listing.path(item.file)))[..., ::-1]
        assert np.abs(pixels.astype(int) - drawn.pixels).mean() < 15


def test_bccd_is_read_with_its_own_split(data_folder: Path) -> None:
    listing = read_boxed_folder(data_folder / "bccd")
    assert Counter(item.part for item in listing.items) == {"train": 205, "validation": 87, "test": 72}
    assert len(listing.problems) == 2
    assert all("has no width" in problem for problem in listing.problems)
