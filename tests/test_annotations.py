"""Annotation files: what is written is read again, what is wrong is said by name, what is hostile is refused."""

import contextlib
import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnn_core.annotations import (
    AnnotatedBox,
    annotated_picture,
    read_annotations,
    read_class_names,
    read_coco,
    read_voc_xml,
    read_yolo,
    share_names,
    with_pictures,
    write_coco,
    write_voc_xml,
    write_yolo,
)
from cnn_core.errors import InputError

NAMES = ("cat", "red cell", "a<b>&\"c'", "über")


@st.composite
def pictures(draw, name="a.jpg"):
    """A picture of known size with boxes inside it, of at least two pixels, on a grid of quarters."""
    height, width = draw(st.integers(4, 3000)), draw(st.integers(4, 3000))
    boxes = []
    for _ in range(draw(st.integers(0, 5))):
        left, top = draw(st.integers(0, 4 * width - 8)) / 4, draw(st.integers(0, 4 * height - 8)) / 4
        right = draw(st.integers(int(4 * left) + 8, 4 * width)) / 4
        bottom = draw(st.integers(int(4 * top) + 8, 4 * height)) / 4
        boxes.append(
            AnnotatedBox(
                (left, top, right, bottom),
                draw(st.sampled_from(NAMES)),
                score=draw(st.integers(0, 100)) / 100,
                crowd=draw(st.booleans()),
                difficult=draw(st.booleans()),
            )
        )
    picture = annotated_picture(name, (height, width), boxes, source="drawn", names=NAMES)
    assert picture.problems == ()
    return picture


def assert_same_boxes(actual, expected, tolerance):
    np.testing.assert_allclose(actual.boxes.corners, expected.boxes.corners, atol=tolerance)
    assert [actual.boxes.names[k] for k in actual.boxes.labels] == [NAMES[k] for k in expected.boxes.labels]
    assert actual.problems == ()


@settings(max_examples=100, deadline=None)
@given(pictures(), st.booleans())
def test_voc_files_return_what_was_written(picture, inclusive):
    again = read_voc_xml(write_voc_xml(picture, inclusive=inclusive), name="a.xml", inclusive=inclusive)
    assert_same_boxes(again, picture, 1e-3)
    assert (again.file_name, again.size) == ("a.jpg", picture.size)
    assert again.truth.difficult.tolist() == picture.truth.difficult.tolist()


@settings(max_examples=100, deadline=None)
@given(pictures(), st.booleans())
def test_yolo_files_return_what_was_written(picture, scores):
    again = read_yolo(
        write_yolo(picture, scores=scores), name="a.txt", size=picture.size, names=NAMES, file_name="a.jpg"
    )
    assert_same_boxes(again, picture, 0.01)
    expected = picture.boxes.scores if scores else np.ones(len(picture.boxes))
    np.testing.assert_allclose(again.boxes.scores, expected, atol=1e-5)


@settings(max_examples=100, deadline=None)
@given(st.lists(pictures(), max_size=3), st.booleans())
def test_coco_files_return_what_was_written(drawn, scores):
    again = read_coco(write_coco(drawn, names=NAMES, scores=scores), name="a.json")
    assert again.names == NAMES
    assert again.all_problems == ()
    for actual, expected in zip(again.pictures, drawn, strict=True):
        assert_same_boxes(actual, expected, 1e-3)
        assert actual.size == expected.size
        assert actual.truth.crowd.tolist() == expected.truth.crowd.tolist()
        np.testing.assert_allclose(actual.truth.areas, expected.truth.areas, atol=0.01)
        np.testing.assert_allclose(actual.boxes.scores, expected.boxes.scores if scores else 1, atol=1e-4)


def test_voc_files_of_two_programs_mean_the_same_box():
    """VOC itself counts pixels from 1 with both ends in; read so, a box of ten pixels is ten wide."""
    text = (
        "<annotation><object><name>cat</name><bndbox><xmin>1</xmin><ymin>3</ymin><xmax>10</xmax><ymax>3</ymax></bndbox>"
    )
    text += "</object></annotation>"
    assert read_voc_xml(text, name="a.xml", inclusive=True).boxes.corners.tolist() == [[0, 2, 10, 3]]
    assert read_voc_xml(text, name="a.xml").problems[-1] == (
        "a.xml: box 1 (cat) has no height: 1, 3, 10, 3. It is left out."
    )


def test_pycocotools_reads_what_is_written(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    picture = annotated_picture(
        "a.jpg", (50, 80), [AnnotatedBox((1, 2, 30.5, 40), "cat", crowd=True)], source="", names=NAMES
    )
    path = tmp_path / "written.json"
    path.write_text(write_coco([picture], names=NAMES), encoding="utf-8")
    data = coco.COCO(str(path))
    (entry,) = data.loadAnns(data.getAnnIds(imgIds=[1], iscrowd=True))
    assert entry["bbox"] == [1, 2, 29.5, 38]
    assert data.loadCats(entry["category_id"])[0]["name"] == "cat"


def test_real_coco_annotations_equal_pycocotools(data_folder):
    coco = pytest.importorskip("pycocotools.coco")
    paths = sorted((data_folder / "coco_mini").rglob("instances_*.json"))
    if not paths:
        pytest.skip("no COCO annotations")
    for path in paths:
        found = read_coco(path.read_bytes(), name=path.name)
        data = coco.COCO(str(path))
        assert found.all_problems == ()
        assert found.names == tuple(category["name"] for category in data.loadCats(sorted(data.getCatIds())))
        images = data.loadImgs(sorted(data.getImgIds()))
        for picture, image in zip(found.pictures, images, strict=True):
            entries = [a for a in data.dataset["annotations"] if a["image_id"] == image["id"]]
            assert (picture.file_name, picture.size) == (image["file_name"], (image["height"], image["width"]))
            bbox = np.array([entry["bbox"] for entry in entries]).reshape(-1, 4)
            np.testing.assert_allclose(picture.boxes.corners[:, :2], bbox[:, :2], rtol=1e-6)
            np.testing.assert_allclose(picture.boxes.corners[:, 2:], bbox[:, :2] + bbox[:, 2:], rtol=1e-6)
            assert picture.truth.areas.tolist() == [entry["area"] for entry in entries]
            assert picture.truth.crowd.tolist() == [entry["iscrowd"] == 1 for entry in entries]


def test_the_two_degenerate_boxes_of_the_blood_cells_are_named(data_folder):
    folder = data_folder / "bccd"
    if not folder.is_dir():
        pytest.skip("no blood cells")
    files = {path.name: path.read_bytes() for path in (folder / "Annotations").glob("*.xml")}
    sizes = {}
    for path in (folder / "JPEGImages").glob("*.jpg"):
        with Image.open(path) as picture:
            sizes[path.name] = (picture.height, picture.width)
    found = read_annotations(files, sizes)
    assert found.names == ("Platelets", "RBC", "WBC")
    assert len(found.pictures) == 364
    assert sum(len(picture.boxes) for picture in found.pictures) == 4888 - 2
    assert found.all_problems == (
        "BloodImage_00338.xml: box 13 (RBC) has no width: 504, 337, 504, 337. It is left out.",
        "BloodImage_00343.xml: box 4 (RBC) has no width: 181, 329, 181, 329. It is left out.",
    )


@pytest.mark.parametrize(
    ("corners", "problem", "kept"),
    [
        ((5, 5, 5, 9), "has no width: 5, 5, 5, 9. It is left out.", None),
        ((5, 9, 8, 9), "has no height: 5, 9, 8, 9. It is left out.", None),
        ((8, 5, 5, 9), "ends before it begins: 8, 5, 5, 9. It is left out.", None),
        ((5, 5, float("nan"), 9), "has a side that is not a number: 5, 5, nan, 9. It is left out.", None),
        ((25, 0, 30, 9), "lies outside its picture of 20 x 10 pixels: 25, 0, 30, 9. It is left out.", None),
        ((0, -9, 3, 0), "lies outside its picture of 20 x 10 pixels: 0, -9, 3, 0. It is left out.", None),
        (
            (-4, 2, 30, 8),
            "reaches beyond its picture of 20 x 10 pixels: -4, 2, 30, 8. It is cut off at the edge.",
            [0, 2, 20, 8],
        ),
        ((-0.5, 0, 21, 10), None, [-0.5, 0, 21, 10]),
        ((0, 0, 20, 10), None, [0, 0, 20, 10]),
    ],
)
def test_boxes_that_cannot_be_are_said_by_name(corners, problem, kept):
    good = AnnotatedBox((1, 1, 3, 3), "cat", area=3.5)
    picture = annotated_picture("a.jpg", (10, 20), [good, AnnotatedBox(corners, "dog", area=7.0)], source="a.xml")
    assert picture.problems == (() if problem is None else (f"a.xml: box 2 (dog) {problem}",))
    assert picture.boxes.corners.tolist() == [[1, 1, 3, 3], *([] if kept is None else [kept])]
    assert picture.truth.areas[0] == 3.5
    if kept is not None:
        assert picture.truth.areas[1] == (7.0 if problem is None else 120.0)


def test_what_is_missing_in_a_voc_file_is_said():
    text = """<annotation><filename>..\\\\x/a.jpg</filename><size><width>0</width><height>7</height></size>
        <object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>
        <object><name>cat</name><bndbox><xmin>1</xmin><ymin>one</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>
        <object><name>cat</name></object>
        <object><name> dog
        </name><bndbox><xmin>1.5</xmin><ymin>1</ymin><xmax>9e0</xmax><ymax>9</ymax></bndbox></object></annotation>"""
    picture = read_voc_xml(text, name="b.xml")
    assert picture.file_name == "x/a.jpg"
    assert picture.size is None
    assert picture.boxes.names == ("dog",)
    assert picture.boxes.corners.tolist() == [[1.5, 1, 9, 9]]
    assert picture.problems == (
        "b.xml: the size of the picture is missing, so boxes outside it are not noticed.",
        "b.xml: object 1 has no class name. It is left out.",
        "b.xml: object 2 (cat) has no complete <bndbox> of numbers. It is left out.",
        "b.xml: object 3 (cat) has no complete <bndbox> of numbers. It is left out.",
    )
    assert (
        "box 1 (dog) is of a class that is not in the list" in read_voc_xml(text, name="b", names=("x",)).problems[-1]
    )


BOMB = "<!DOCTYPE a [<!ENTITY b 'ha'>" + "".join(
    f"<!ENTITY {chr(99 + k)} '{f'&{chr(98 + k)};' * 10}'>" for k in range(9)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB + "]><annotation>&k;</annotation>", "declares a document type"),
        ('<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><annotation/>', "declares a document type"),
        (
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
            "declares a document type",
        ),
        ("<annotation>&b;</annotation>", "no readable XML"),
        ("<annotation>" + "<part>" * 100_000, "nested too deeply"),
        ("<annotation><object></annotation>", "no readable XML"),
        ("", "no readable XML"),
        ("not xml", "no readable XML"),
        (b"\xff\xfe\x00", "no readable XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><annotation/>', "no readable XML"),
        ("<svg></svg>", "no Pascal VOC annotation.*found='svg'"),
        ("<annotation>" + " " * 8_000_000, "too large"),
    ],
)
def test_xml_that_is_none_or_hostile_is_refused_at_once(text, message):
    begin = time.process_time()
    with pytest.raises(InputError, match=message):
        read_voc_xml(text, name="bomb.xml")
    assert time.process_time() - begin < 1


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60), st.text("<>/annotationobject &;![]\"'", max_size=80)))
def test_no_text_makes_a_reader_fail_in_another_way(text):
    for read in (
        lambda: read_voc_xml(text, name="a.xml"),
        lambda: read_coco(text, name="a.json"),
        lambda: read_yolo(text, name="a.txt", size=(10, 20)),
        lambda: read_class_names(text, name="data.yaml"),
        lambda: read_class_names(text, name="classes.txt"),
    ):
        with contextlib.suppress(InputError):
            read()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)
json_entries = st.lists(
    st.dictionaries(
        st.sampled_from(
            [
                "id",
                "image_id",
                "category_id",
                "bbox",
                "area",
                "iscrowd",
                "file_name",
                "height",
                "width",
                "name",
                "score",
            ]
        ),
        json_values | st.integers(0, 2) | st.lists(st.floats(-5, 30), min_size=4, max_size=4),
    )
    | json_values,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({"images": json_entries, "annotations": json_entries, "categories": json_entries}))
def test_no_json_makes_the_coco_reader_fail_in_another_way(content):
    try:
        found = read_coco(json.dumps(content), name="a.json")
    except InputError:
        return
    assert len(found.all_problems) + sum(len(p.boxes) for p in found.pictures) >= len(content["annotations"])


def coco(**changes):
    content = {
        "images": [{"id": 5, "file_name": "a.jpg", "height": 10, "width": 20}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": [],
    }
    return json.dumps(content | changes)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"image_id": 6}, "belongs to picture 6, which is not in `images`"),
        ({"category_id": 2}, "has class 2, which is not in `categories`"),
        ({"bbox": [1, 2, 3]}, "has no bbox of four numbers"),
        ({"bbox": [1, 2, 3, float("nan")]}, "has no bbox of four numbers"),
        ({"bbox": [1, 2, 3, 10**400]}, "has no bbox of four numbers"),
        ({"bbox": "1234"}, "has no bbox of four numbers"),
    ],
)
def test_coco_annotations_that_cannot_be_are_said_by_id(entry, problem):
    good = {"id": 70, "image_id": 5, "category_id": 1, "bbox": [1, 2, 3, 4]}
    found = read_coco(coco(annotations=[good, good | {"id": 71} | entry]), name="a.json")
    assert found.problems == (f"a.json: annotation 71 {problem}. It is left out.",)
    (picture,) = found.pictures
    assert found.names == ("dog", "cat")
    assert picture.boxes.labels.tolist() == [0]
    assert picture.truth.areas.tolist() == [12]


def test_coco_boxes_without_extent_are_said_by_picture_and_class():
    flat = {"id": 1, "image_id": 5, "category_id": 3, "bbox": [4, 4, 0, 3]}
    (picture,) = read_coco(coco(annotations=[flat]), name="a.json").pictures
    assert picture.problems == ("a.json, a.jpg: box 1 (cat) has no width: 4, 4, 4, 7. It is left out.",)


def test_coco_ids_and_names_given_twice_do_not_mix_classes_or_pictures():
    twice = read_coco(
        coco(
            images=[{"id": 5, "file_name": "a.jpg"}, {"id": 5, "file_name": "b.jpg"}, {"id": 6}],
            categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}],
        ),
        name="a.json",
    )
    assert twice.names == ("cat", "cat (2)")
    assert [picture.file_name for picture in twice.pictures] == ["a.jpg"]
    assert twice.problems == ("a.json: 2 entries of `images` have no id of their own or no file_name.",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no readable JSON"),
        ("[" * 100_000, "no readable JSON"),
        ("9" * 5000, "no readable JSON"),
        ("[]", "no COCO annotation.*found='list'"),
        ('{"shapes": []}', r"no COCO annotation.*found=\['shapes'\]"),
        (coco(categories=[]), "names no class"),
        (" " * 33_000_000, "too large"),
    ],
)
def test_json_that_is_no_coco_file_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read_coco(text, name="a.json")


def test_yolo_lines():
    text = "0 .5 .5 .2 .4\n\n1 .5 .5 .2 .4 .75\n1 .1 .1 .4 .1 .4 .3\n0 .5 .5 .2\nx .5 .5 .2 .4\n2 .5 .5 .2 .4\n"
    text += "0 .5 .5 .2 0\n0.5 .5 .5 .2 .4\n0 .5 .5 nan .4\n0 .5 .5 .2 .4 1.5\n-1 .5 .5 .2 .4\n"
    picture = read_yolo(text, name="a.txt", size=(10, 20), names=("cat", "dog"))
    expected = [[8, 3, 12, 7], [8, 3, 12, 7], [2, 1, 8, 3]]
    np.testing.assert_allclose(picture.boxes.corners, expected, atol=1e-5)
    assert picture.boxes.labels.tolist() == [0, 1, 1]
    np.testing.assert_allclose(picture.boxes.scores, [1, 0.75, 1])
    assert picture.file_name == "a"
    assert picture.problems == (
        "a.txt: line 5 is not a class and four numbers: 0 .5 .5 .2. It is left out.",
        "a.txt: line 6 is not a class and four numbers: x .5 .5 .2 .4. It is left out.",
        "a.txt: line 7 has class 2; there are 2 names. It is left out.",
        "a.txt: line 9 is not a class and four numbers: 0.5 .5 .5 .2 .4. It is left out.",
        "a.txt: line 10 is not a class and four numbers: 0 .5 .5 nan .4. It is left out.",
        "a.txt: line 11 is not a class and four numbers: 0 .5 .5 .2 .4 1.5. It is left out.",
        "a.txt: line 12 has class -1; there are 2 names. It is left out.",
        "a.txt: box 4 (cat) has no height: 8, 5, 12, 5. It is left out.",
    )


def test_a_yolo_file_without_names_counts_its_classes():
    picture = read_yolo(b"\xef\xbb\xbf2 .5 .5 .2 .4", name="a.txt", size=(10, 20))
    assert picture.boxes.names == ("class 0", "class 1", "class 2")
    assert picture.boxes.labels.tolist() == [2]
    assert len(read_yolo("", name="a.txt", size=(10, 20)).boxes) == 0


@pytest.mark.parametrize(
    ("text", "name", "names"),
    [
        ("cat\n red  cell \n\n", "classes.txt", ("cat", "red cell")),
        ("names: [cat, 'red cell']  # two\nnc: 2", "data.yaml", ("cat", "red cell")),
        ("train: x\nnames: [cat,\n  dog\n]\n", "data.yml", ("cat", "dog")),
        ("names:\n- cat\n- dog\nnc: 2", "data.yaml", ("cat", "dog")),
        ("names:\n  - cat\n\n  - dog\n", "data.yaml", ("cat", "dog")),
        ("names:\n  1: dog\n  0: 'cat'\n  10: eel\n", "data.yaml", ("cat", "dog", "eel")),
        ("names: {0: cat, 1: dog}", "data.yaml", ("cat", "dog")),
    ],
)
def test_class_names(text, name, names):
    assert read_class_names(text, name=name) == names


@pytest.mark.parametrize("text", ["", "nc: 3", "names: 3", "names: []"])
def test_a_yaml_file_without_names_is_refused(text):
    with pytest.raises(InputError, match="no list of class names"):
        read_class_names(text, name="data.yaml")


def voc(name, label="cat", size=(10, 20), corners=(1, 1, 9, 9)):
    return write_voc_xml(annotated_picture(name, size, [AnnotatedBox(corners, label)], source=""))


def test_a_folder_of_voc_files_shares_its_names_and_tells_what_is_missing():
    files = {
        "ann/a.xml": voc("a.jpg"),
        "ann/b.xml": voc("renamed.jpg", "ant"),
        "ann/c.xml": voc("c.jpg"),
        "ann/z.xml": voc("a.jpg"),
        "README.txt": "not a label",
    }
    sizes = {"img/a.JPG": (10, 20), "img/b.png": (10, 20), "img/d.png": (10, 20)}
    found = read_annotations(files, sizes)
    assert found.names == ("ant", "cat")
    assert [(p.file_name, p.boxes.labels.tolist()) for p in found.pictures] == [("img/a.JPG", [1]), ("img/b.png", [0])]
    assert found.problems == (
        "ann/c.xml names c.jpg, which is missing.",
        "ann/z.xml is a second annotation of img/a.JPG. It is left out.",
        "img/d.png has no annotation.",
    )


def test_one_broken_file_among_many_is_said_and_left_out():
    found = read_annotations({"a.xml": voc("a.jpg"), "b.xml": "<annotation>"}, {"a.jpg": (10, 20)})
    assert len(found.pictures) == 1
    assert found.problems[0].startswith("b.xml is no readable XML")
    with pytest.raises(InputError, match=r"b\.xml is no readable XML"):
        read_annotations({"b.xml": "<annotation>"}, {"a.jpg": (10, 20)})


def test_a_label_file_called_like_a_list_of_pictures_counts_where_its_picture_exists():
    files = {"train.txt": "0 .5 .5 .2 .4", "val.txt": "images/a.jpg", "classes.txt": "cat"}
    found = read_annotations(files, {"train.jpg": (10, 20)})
    assert len(found.pictures[0].boxes) == 1
    assert found.problems == ()


def test_many_missing_pictures_are_counted():
    found = read_annotations({f"{k}.xml": voc(f"{k}.jpg") for k in range(30)}, {"0.jpg": (10, 20)})
    assert len(found.problems) == 11
    assert found.problems[-1] == "And 19 more missing pictures."


def test_a_picture_of_another_size_has_its_boxes_checked_again():
    found = read_annotations({"a.xml": voc("a.jpg", size=(100, 200), corners=(1, 1, 90, 90))}, {"a.jpg": (10, 20)})
    (picture,) = found.pictures
    assert picture.size == (10, 20)
    assert picture.boxes.corners.tolist() == [[1, 1, 20, 10]]
    assert picture.problems == (
        "a.xml states 200 x 100 pixels; a.jpg has 20 x 10.",
        "a.xml: box 1 (cat) reaches beyond its picture of 20 x 10 pixels: 1, 1, 90, 90. It is cut off at the edge.",
    )


def test_a_picture_name_that_fits_two_files_is_not_guessed():
    cat = annotated_picture("a.jpg", None, [AnnotatedBox((0, 0, 8, 4), "cat")], source="x.xml")
    found = with_pictures(share_names([cat]), {"one/a.jpg": (9, 9), "two/a.jpg": (9, 9)})
    assert found.pictures == ()
    assert found.problems[0] == "x.xml names a.jpg, which is missing."


def test_a_folder_of_yolo_files():
    files = {"labels/a.txt": "1 .5 .5 .2 .4", "labels/q.txt": "0 .5 .5 .2 .4", "data.yaml": "names: [cat, dog]"}
    found = read_annotations(files, {"images/a.jpg": (10, 20)})
    assert found.names == ("cat", "dog")
    (picture,) = found.pictures
    assert (picture.file_name, picture.size, picture.boxes.labels.tolist()) == ("images/a.jpg", (10, 20), [1])
    assert found.problems == ("labels/q.txt has no picture beside it.",)
    del files["data.yaml"]
    unnamed = read_annotations(files, {"images/a.jpg": (10, 20)})
    assert unnamed.names == ("class 0", "class 1")
    assert unnamed.problems[0].startswith("There is no file of class names")


def test_several_coco_files_are_joined_by_class_name():
    box = {"id": 1, "image_id": 5, "category_id": 1, "bbox": [1, 2, 3, 4]}
    files = {
        "train.json": coco(annotations=[box], images=[{"id": 5, "file_name": "a.jpg", "height": 10, "width": 20}]),
        "val.json": coco(
            annotations=[box],
            images=[{"id": 5, "file_name": "b.jpg", "height": 10, "width": 20}],
            categories=[{"id": 1, "name": "eel"}],
        ),
    }
    files["captions.json"] = "{}"
    # "train" and "val" are lists of names only as text files.
    found = read_annotations(files, {"a.jpg": (10, 20), "b.jpg": (10, 20)})
    assert found.problems[0].startswith("captions.json is JSON, but no COCO annotation")
    assert found.names == ("dog", "cat", "eel")
    assert [picture.boxes.labels.tolist() for picture in found.pictures] == [[0], [2]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no annotation file"),
        ({"notes.docx": b""}, "no annotation file"),
        ({"a.xml": voc("a.jpg"), "b.json": coco()}, r"several formats.*\['COCO JSON', 'Pascal VOC XML'\]"),
    ],
)
def test_a_folder_without_one_format_is_refused(files, message):
    with pytest.raises(InputError, match=message):
        read_annotations(files, {"a.jpg": (10, 20)})


def test_what_a_format_cannot_hold_is_refused_when_written():
    sizeless = annotated_picture("a.jpg", None, [AnnotatedBox((0, 0, 8, 4), "cat")], source="")
    with pytest.raises(InputError, match=r"size of a\.jpg is not known"):
        write_yolo(sizeless)
    with pytest.raises(InputError, match="other class names"):
        write_coco([sizeless], names=("dog",))
    with pytest.raises(InputError, match="not in the list of names"):
        share_names([sizeless], names=("dog",))
    with pytest.raises(InputError, match="holds 10001 boxes"):
        annotated_picture("a.jpg", None, [AnnotatedBox((0, 0, 1, 1), "cat")] * 10_001, source="a.xml")


def test_control_characters_in_names_do_not_break_the_xml():
    picture = annotated_picture(
        "a\x01.jpg", None, [AnnotatedBox((0, 0, 8, 4), "cat\x00")], source="", names=("cat\x00",)
    )
    assert read_voc_xml(write_voc_xml(picture), name="a.xml").boxes.names == ("cat",)
