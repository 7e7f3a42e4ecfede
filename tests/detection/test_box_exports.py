"""Found boxes as files: read again by this project's readers and by pycocotools, they are the same boxes."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest

from cnn_core.annotation_files.coco_json import read_coco
from cnn_core.annotation_files.voc_xml import read_voc_xml
from cnn_core.annotation_files.yolo_text import read_class_names, read_yolo
from cnn_core.boxes import Boxes
from cnn_core.detection.box_exports import (
    CLASSES_FILE,
    COLUMNS,
    FoundIn,
    coco_json,
    table_csv,
    voc_files,
    yolo_files,
    zipped,
)

NAMES = ("cat", "traffic, light", "dog")


def photo(name: str, seed: int, count: int = 5) -> FoundIn:
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.uniform(0, 90, (count, 2, 2)), axis=1).reshape(-1, 4) + np.array([0, 0, 4, 4])
    scores = np.sort(rng.uniform(0.1, 1, count))[::-1]
    return FoundIn(name, (100, 120), Boxes(corners, rng.integers(0, 3, count), scores, NAMES))


FOUND = [photo("a.jpg", 1), photo("b.png", 2), photo("empty.jpg", 3, count=0)]


def same(read: Boxes, found: Boxes, tolerance: float) -> None:
    np.testing.assert_allclose(read.corners, found.corners, atol=tolerance)
    assert [read.names[label] for label in read.labels] == [found.names[label] for label in found.labels]


def test_coco_json_is_read_again_with_its_scores() -> None:
    read = read_coco(coco_json(FOUND), name="found.json")
    assert read.all_problems == ()
    assert read.names == NAMES
    for picture, found in zip(read.pictures, FOUND, strict=True):
        assert (picture.file_name, picture.size) == (found.file_name, found.size)
        same(picture.boxes, found.boxes, 0.011)
        np.testing.assert_allclose(picture.boxes.scores, found.boxes.scores, atol=1e-5)


def test_pycocotools_reads_the_coco_json(tmp_path: object) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    path = f"{tmp_path}/found.json"
    with open(path, "wb") as file:
        file.write(coco_json(FOUND))
    read = coco.COCO(path)
    assert len(read.anns) == 10
    x, y, width, height = read.anns[1]["bbox"]
    np.testing.assert_allclose([x, y, x + width, y + height], FOUND[0].boxes.corners[0], atol=0.02)
    assert json.loads(coco_json(FOUND))["annotations"][0]["score"] == pytest.approx(
        float(FOUND[0].boxes.scores[0]), abs=1e-5
    )


def test_the_table_has_a_row_for_each_box() -> None:
    rows = list(csv.DictReader(io.StringIO(table_csv(FOUND).decode("utf-8-sig"))))
    assert len(rows) == 10
    assert tuple(rows[0]) == COLUMNS
    for row, corners in zip(rows[5:], FOUND[1].boxes.corners.tolist(), strict=True):
        assert row["file"] == "b.png"
        np.testing.assert_allclose([float(row[side]) for side in COLUMNS[3:7]], corners, atol=0.006)
        assert float(row["width"]) == pytest.approx(corners[2] - corners[0], abs=0.006)


def test_yolo_text_is_read_again_with_its_names_and_scores() -> None:
    files = yolo_files(FOUND)
    names = read_class_names(files[CLASSES_FILE], name=CLASSES_FILE)
    assert names == NAMES
    assert set(files) == {CLASSES_FILE, "a.txt", "b.txt", "empty.txt"}
    for found in FOUND[:2]:
        name = found.file_name[0] + ".txt"
        read = read_yolo(files[name], name=name, size=found.size, names=names)
        same(read.boxes, found.boxes, 1e-3)
        np.testing.assert_allclose(read.boxes.scores, found.boxes.scores, atol=1e-5)
    assert files["empty.txt"] == b""
    assert len(yolo_files(FOUND, scores=False)["a.txt"].split()) == 25


def test_voc_xml_is_read_again() -> None:
    files = voc_files(FOUND)
    for found in FOUND:
        name = found.file_name.rpartition(".")[0] + ".xml"
        read = read_voc_xml(files[name], name=name, names=NAMES)
        assert (read.file_name, read.size, read.problems) == (found.file_name, found.size, ())
        same(read.boxes, found.boxes, 0.006)


def test_two_photos_of_one_name_do_not_overwrite_one_another() -> None:
    twins = [photo("a.jpg", 1), photo("x/a.png", 2), photo("classes.jpg", 3)]
    assert list(yolo_files(twins)) == [CLASSES_FILE, "a_1.txt", "a_2.txt", "classes_3.txt"]
    archive = zipfile.ZipFile(io.BytesIO(zipped(voc_files(twins))))
    assert sorted(archive.namelist()) == ["a_1.xml", "a_2.xml", "classes.xml"]
    assert zipped(voc_files(twins)) == zipped(voc_files(twins))


def test_boxes_of_a_reduced_photo_are_told_in_pixels_of_its_file() -> None:
    large = FOUND[0].at_size((200, 480))
    np.testing.assert_allclose(large.boxes.corners, FOUND[0].boxes.corners * [4, 2, 4, 2], rtol=1e-6)
