"""Label maps in COCO JSON: against pycocotools, and with everything wrong that a file can hold."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco
from pycocotools.coco import COCO

from cnn_core.errors import InputError
from cnn_core.mask_files.coco_masks import coco_label_map, read_coco_masks, write_coco_masks

NAMES = ("background", "cat", "dog")


@pytest.mark.parametrize("way", ["polygons", "runs"])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), background=st.booleans())
def test_what_is_written_is_read_again_and_by_pycocotools(way, seed, background):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, generator.integers(1, 20, 2)).astype(np.uint8)
    labels[generator.random(labels.shape) < 0.1] = 255
    names = NAMES if background else ("soil", "cat", "dog")
    text = write_coco_masks([("a/b.png", labels)], names=names, way=way)
    found = read_coco_masks(text, name="a.json")
    assert found.problems == ()
    places = [names.index(name) for name in found.names]
    again, problems = coco_label_map(found.pictures["a/b.png"], places=places, rest=0 if background else 255)
    assert problems == ()
    expected = np.where(labels == 255, 0 if background else 255, labels)
    np.testing.assert_array_equal(again, expected)
    oracle = COCO()
    oracle.dataset = json.loads(text)
    oracle.createIndex()
    for entry in oracle.anns.values():
        mask = oracle.annToMask(entry)
        category = oracle.cats[entry["category_id"]]["name"]
        assert (labels[mask == 1] == names.index(category)).all()
        assert mask.sum() == entry["area"]
        assert coco.toBbox(oracle.annToRLE(entry)).tolist() == entry["bbox"]


def test_the_real_annotations_are_as_pycocotools_draws_them(data_folder):
    path = data_folder / "coco_mini/annotations/instances_val2017.json"
    if not path.is_file():
        pytest.skip("no coco_mini")
    text = path.read_bytes()
    content = json.loads(text)
    found = read_coco_masks(text, name=path.name)
    assert found.problems == ()
    oracle = COCO()
    oracle.dataset = content
    oracle.createIndex()
    for image in content["images"][:12]:
        labels, problems = coco_label_map(found.pictures[image["file_name"]], places=range(1, len(found.names) + 1))
        assert problems == ()
        expected = np.zeros_like(labels)
        entries = oracle.loadAnns(oracle.getAnnIds(image["id"]))
        for entry in sorted(entries, key=lambda entry: (not entry["iscrowd"], -entry["area"])):
            inside = oracle.annToMask(entry) == 1
            expected[inside] = (
                255 if entry["iscrowd"] else 1 + found.names.index(oracle.cats[entry["category_id"]]["name"])
            )
        np.testing.assert_array_equal(labels, expected)


def test_what_cannot_be_used_is_left_out_and_said():
    picture = {"id": 1, "file_name": "a.png", "height": 4, "width": 4}
    square = [[0, 0, 2, 0, 2, 2, 0, 2]]
    good = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": square, "area": 4}
    annotations = [
        good,
        good | {"id": 2, "image_id": 9},
        good | {"id": 3, "category_id": [1]},
        good | {"id": 4, "segmentation": []},
        good | {"id": 5, "segmentation": [[1, 2]]},
        good | {"id": 6, "segmentation": {"counts": [3], "size": [4, 4]}},
        good | {"id": 7, "segmentation": {"counts": "~~", "size": [4, 4]}},
        good | {"id": 8, "segmentation": {"counts": [16], "size": [8, 2]}},
        good | {"id": 9, "segmentation": 7},
        "nothing",
    ]
    images = [picture, {"id": 2}, {"id": 3, "file_name": "b.png", "height": 1e5, "width": 1e5}]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    found = read_coco_masks(json.dumps(content), name="a.json")
    assert len(found.problems) == 6
    labels, problems = coco_label_map(found.pictures["a.png"], places=[1])
    assert labels.sum() == 4
    assert labels[:2, :2].all()
    assert [problem.split(":")[1].strip() for problem in problems] == [
        f"annotation {number}" for number in range(5, 10)
    ]
    crowd = content | {"annotations": [good | {"iscrowd": 1}, good | {"segmentation": [[0, 0, 1, 0, 1, 1, 0, 1]]}]}
    labels, _ = coco_label_map(read_coco_masks(json.dumps(crowd), name="a.json").pictures["a.png"], places=[1])
    assert labels[:2, :2].tolist() == [[1, 255], [255, 255]]


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b'{"images": [], "annotations": [], "categories": []}', b"[" * 9999]
)
def test_what_is_no_coco_file_is_refused(text):
    with pytest.raises(InputError):
        read_coco_masks(text, name="a.json")


def test_labels_without_a_class_are_not_written():
    with pytest.raises(InputError, match="no class"):
        write_coco_masks([("a.png", [[7]])], names=NAMES)
    with pytest.raises(InputError, match="polygons, runs"):
        write_coco_masks([], names=NAMES, way="boxes")
