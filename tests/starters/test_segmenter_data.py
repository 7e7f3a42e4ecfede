"""Photos with label maps: splits, sizes, COCO's masks against pycocotools, and changes that move both alike."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.segmentation.training.views import Augmentation, augment, paste, recoloured
from cnn_core.starters.coco_masks import UNKNOWN, object_mask, read_coco_masks
from cnn_core.starters.segmenter_data import (
    EVERYDAY,
    HELD_OUT_SEED,
    SPLITS,
    network_input,
    read_everyday,
    read_membranes,
    read_people,
    read_shapes,
)


@pytest.mark.parametrize(("name", "train", "held_out"), [("people", 232, 58), ("membranes", 24, 6)])
def test_no_picture_is_in_both_parts(name: str, train: int, held_out: int) -> None:
    split = json.loads((SPLITS / f"{name}.json").read_text())
    assert (len(set(split["train"])), len(set(split["held_out"]))) == (train, held_out)
    assert not set(split["train"]) & set(split["held_out"])


def test_the_photo_that_is_there_twice_is_in_one_part() -> None:
    split = json.loads((SPLITS / "people.json").read_text())
    assert ("102" in split["train"]) == ("270" in split["train"])


def test_people_are_read_at_the_photos_size(data_folder: Path) -> None:
    examples = read_people(data_folder / "people", part="held_out", longest=160)
    assert len(examples) == 58
    for name, image, labels in examples:
        assert image.shape == (*labels.shape, 3), name
        assert max(labels.shape) <= 160
        assert set(np.unique(labels)) == {0, 1}
    # Red, green, blue: skin and clothes make the photos reddish on average.
    means = np.mean([image.mean((0, 1)) for _, image, _ in examples], axis=0)
    assert means[0] > means[2]


def test_membranes_are_dark_and_class_0(data_folder: Path) -> None:
    for _, image, labels in read_membranes(data_folder / "membrane", part="held_out"):
        assert image.shape == (512, 512, 3)
        assert image[labels == 0].mean() < image[labels == 1].mean() - 20
        assert 0.6 < labels.mean() < 0.9


def test_held_out_scenes_are_not_the_training_scenes() -> None:
    from cnn_core.scenes import scene

    example = read_shapes(1, seed=HELD_OUT_SEED)[0]
    np.testing.assert_array_equal(example.image, scene(HELD_OUT_SEED, index=0).pixels)
    np.testing.assert_array_equal(example.labels, scene(HELD_OUT_SEED, index=0).label_map)


def test_everyday_photos_have_the_best_masks_there_are(data_folder: Path, tmp_path: Path) -> None:
    people = json.loads((SPLITS / "people.json").read_text())["train"]
    animals = json.loads((SPLITS / "cats_dogs.json").read_text())["train"]
    for folder, names, drawn in (("people", people, 1), ("cats_dogs", animals, 2)):
        (tmp_path / folder).mkdir()
        for name in names:
            cv2.imwrite(str(tmp_path / folder / f"{Path(name).stem}.png"), np.full((8, 8), drawn, np.uint8))
    found = read_everyday(data_folder, tmp_path, longest=64)
    assert {name: len(examples) for name, examples in found.items()} == {"people": 232, "cats_dogs": 1119, "coco": 80}
    # The teacher says person everywhere: where the true mask does not, nobody knows.
    assert all(set(np.unique(example.labels)) == {1, UNKNOWN} for example in found["people"])
    # The teacher says cat everywhere: in the folder of the dogs that is a dog.
    for example in found["cats_dogs"]:
        assert EVERYDAY[example.labels.max()] == example.name.split("/")[0]


def test_coco_masks_are_pycocotools(data_folder: Path) -> None:
    mask = pytest.importorskip("pycocotools.mask")
    annotations = json.loads((data_folder / "coco_mini" / "annotations" / "instances_val2017.json").read_text())
    sizes = {image["id"]: (image["height"], image["width"]) for image in annotations["images"]}
    shared = total = 0
    for entry in annotations["annotations"]:
        rows, columns = sizes[entry["image_id"]]
        drawn = object_mask(entry["segmentation"], (rows, columns))
        segmentation = entry["segmentation"]
        if isinstance(segmentation, dict):
            truth = mask.decode(mask.frPyObjects(segmentation, rows, columns)).astype(bool)
            np.testing.assert_array_equal(drawn, truth)
            continue
        truth = mask.decode(mask.merge(mask.frPyObjects(segmentation, rows, columns))).astype(bool)
        shared += (drawn & truth).sum()
        total += (drawn | truth).sum()
        # Outlines are sampled in different ways: next to the edge, and at thin tips a few pixels beyond.
        assert (drawn & ~cv2.dilate(truth.astype(np.uint8), np.ones((3, 3))).astype(bool)).sum() < 10
    assert shared / total > 0.995


def test_a_crowd_is_unknown_and_the_smaller_object_on_top(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "val2017").mkdir()
    cv2.imwrite(str(tmp_path / "val2017" / "7.png"), np.zeros((4, 6, 3), np.uint8))

    def square(left: int, right: int) -> list[list[int]]:
        return [[left, 0, right, 0, right, 4, left, 4]]

    entries = [
        {"category_id": 2, "iscrowd": 0, "area": 4, "segmentation": square(1, 2)},
        {"category_id": 1, "iscrowd": 0, "area": 12, "segmentation": square(0, 3)},
        {"category_id": 1, "iscrowd": 1, "area": 8, "segmentation": {"counts": [16, 8]}},
        {"category_id": 3, "iscrowd": 0, "area": 4, "segmentation": square(3, 4)},
    ]
    text = json.dumps(
        {
            "images": [{"id": 7, "file_name": "7.png", "height": 4, "width": 6}],
            "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "cat"}, {"id": 3, "name": "book"}],
            "annotations": [{**entry, "image_id": 7} for entry in entries],
        }
    )
    (tmp_path / "annotations" / "instances_val2017.json").write_text(text)
    [(name, image, labels)] = read_coco_masks(tmp_path, "val2017", EVERYDAY)
    assert (name, image.shape) == ("7", (4, 6, 3))
    assert labels.tolist() == [[1, 2, 1, 0, UNKNOWN, UNKNOWN]] * 4


def test_network_input_is_what_starters_are_given() -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    expected = cv2.resize(image / np.float32(255), (32, 48), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(network_input(image, (48, 32)), expected, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    turn=st.floats(0, 180),
    bend=st.sampled_from([0.0, 4.0]),
    square=st.booleans(),
    upside_down=st.booleans(),
)
def test_labels_move_with_the_picture(seed: int, turn: float, bend: float, square: bool, upside_down: bool) -> None:
    smooth = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (90, 120)).astype(np.float32), (0, 0), 8)
    labels = (smooth > 0).astype(np.uint8)
    image = np.repeat(255 * labels[..., None], 3, axis=2)
    how = Augmentation((64, 48), (0.4, 1.3), square, 0.5, turn, upside_down, bend)
    moved, fitting = augment(image, labels, how, np.random.default_rng(seed))
    assert moved.shape == (64, 48, 3)
    assert set(np.unique(fitting)) <= {0, 1}
    # Of four neighbours the nearest has a quarter of the weight or more: beyond that, both agree.
    clear = np.abs(moved[..., 0].astype(int) - 127) > 70
    assert ((moved[..., 0] > 127) == (fitting == 1))[clear].all()


def test_without_changes_it_is_the_picture_or_its_mirror() -> None:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (32, 48, 3), np.uint8)
    labels = random.integers(0, 5, (32, 48), np.uint8)
    seen = set()
    for seed in range(12):
        moved, fitting = augment(image, labels, Augmentation((32, 48)), np.random.default_rng(seed))
        mirrored = bool((fitting == labels[:, ::-1]).all())
        np.testing.assert_array_equal(fitting, labels[:, ::-1] if mirrored else labels)
        np.testing.assert_allclose(moved.astype(int), (image[:, ::-1] if mirrored else image), atol=1)
        seen.add(mirrored)
    assert seen == {True, False}


def test_zoom_is_the_share_that_is_shown() -> None:
    x = np.tile(np.arange(200, dtype=np.uint8), (100, 1))
    image = np.repeat(x[..., None], 3, axis=2)
    moved, _ = augment(image, x * 0, Augmentation((50, 50), zoom=(0.5, 0.5)), np.random.default_rng(3))
    assert abs(int(moved[25, -1, 0]) - int(moved[25, 0, 0])) == pytest.approx(98, abs=2)


def test_pasting_keeps_what_is_below_the_background() -> None:
    above = np.array([[0, 1, 1, UNKNOWN]] * 4, np.uint8)
    below = np.array([[2, 2, 0, 3]] * 4, np.uint8)
    white, black = np.full((4, 4, 3), 255, np.uint8), np.zeros((4, 4, 3), np.uint8)
    image, labels = paste(white, above, black, below)
    assert labels[0].tolist() == [2, 1, 1, 3]
    assert image[0, 0, 0] < image[0, 1, 0]
    np.testing.assert_array_equal(paste(white, above * 0, black, below)[0], black)


def test_colours_change_and_stay_in_range() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    changed = [recoloured(image, 0.7, np.random.default_rng(seed)).astype(int) for seed in range(8)]
    assert all(np.abs(found - image).mean() > 1 for found in changed)
    np.testing.assert_allclose(recoloured(image, 0.0, np.random.default_rng(0)).astype(int), image, atol=1)
