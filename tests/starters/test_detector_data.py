"""What a detector is trained on: boxes follow their pixels through every view, and the readers skip what is no box."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.boxes import iou
from cnn_core.detection.training.boxed_picture import BoxedPicture, shrunk
from cnn_core.detection.training.views import Augmentation, augmented, view
from cnn_core.starters.detector_data import decoded, drawn, read_bccd, read_coco, split

SIZE = (96, 128)
# Two corners in colours that no other pixel has: where a box is can be read off the view.
MARKED = {0: (255, 0, 0), 1: (0, 255, 0)}


def marked_picture() -> BoxedPicture:
    pixels = np.full((120, 200, 3), 20, np.uint8)
    corners = np.array([[20, 30, 80, 70], [120, 50, 180, 110]], np.float32)
    for (left, top, right, bottom), colour in zip(corners.astype(int), MARKED.values(), strict=True):
        pixels[top:bottom, left:right] = colour
    return BoxedPicture("marked", pixels, corners, np.array([0, 1]))


def frame_of(pixels: np.ndarray, colour: tuple[int, ...]) -> list[int]:
    rows, columns = np.nonzero((np.abs(pixels.astype(int) - colour) < 100).all(axis=2))
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@given(st.integers(0, 5000), st.booleans())
def test_boxes_follow_their_pixels(seed: int, turns: bool) -> None:
    how = Augmentation(zoom=(0.5, 2.0), turns=turns, colour=0.0)
    seen = view(marked_picture(), SIZE, frame=SIZE, zoom=how.zoom, how=how, random=np.random.default_rng(seed))
    assert seen.pixels.shape == (*SIZE, 3)
    for box, label in zip(seen.corners, seen.labels, strict=True):
        np.testing.assert_allclose(box, frame_of(seen.pixels, MARKED[int(label)]), atol=1.0)


@given(st.integers(0, 5000))
def test_a_box_stays_if_enough_of_it_can_be_seen(seed: int) -> None:
    how = Augmentation(stretch=0.0, colour=0.0, least_visible=0.3)
    picture = marked_picture()
    # At the frame's own size the picture is scaled by 0.64; twice as large, parts of it are cut off.
    seen = view(picture, SIZE, frame=SIZE, zoom=(2.0, 2.0), how=how, random=np.random.default_rng(seed))
    for label, colour in MARKED.items():
        left, top, right, bottom = picture.corners[label]
        full = (right - left) * (bottom - top) * 1.28**2
        share = (np.abs(seen.pixels.astype(int) - colour) < 100).all(axis=2).sum() / full
        if abs(share - 0.3) > 0.05:
            assert (label in seen.labels) == (share > 0.3)


@given(st.integers(0, 5000))
def test_boxes_of_a_mosaic_hold_one_colour(seed: int) -> None:
    random = np.random.default_rng(seed)
    mosaic = augmented(marked_picture, SIZE, Augmentation(mosaic=1.0, colour=0.0, turns=True), random)
    assert mosaic.pixels.shape == (*SIZE, 3)
    for box, label in zip(mosaic.corners, mosaic.labels, strict=True):
        left, top, right, bottom = (int(side) for side in [*np.ceil(box[:2]), *np.floor(box[2:])])
        inside = mosaic.pixels[top + 1 : bottom - 1, left + 1 : right - 1].astype(int)
        assert (np.abs(inside - MARKED[int(label)]) < 100).all()


def test_the_same_numbers_give_the_same_view() -> None:
    views = [augmented(marked_picture, SIZE, Augmentation(), np.random.default_rng(4)) for _ in range(2)]
    assert (views[0].pixels == views[1].pixels).all()
    assert (views[0].corners == views[1].corners).all()


def test_colours_change_within_bounds_only_where_asked() -> None:
    kept = Augmentation(mosaic=0.0, stretch=0.0, zoom=(1.0, 1.0), colour=0.0)
    changed = Augmentation(mosaic=0.0, stretch=0.0, zoom=(1.0, 1.0), colour=1.0)
    plain, other = (augmented(marked_picture, SIZE, how, np.random.default_rng(5)) for how in (kept, changed))
    assert (plain.corners == other.corners).all()
    assert (plain.pixels != other.pixels).any()


def test_no_picture_is_in_two_parts() -> None:
    parts = [set(split("bccd", part)) for part in ("train", "validation", "held_out")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 364


def test_bccd_without_its_two_boxes_that_have_no_area(data_folder: Path) -> None:
    pictures, skipped = read_bccd(data_folder / "bccd", "train", side=160)
    assert [name.split(":")[0] for name in skipped] == ["BloodImage_00338", "BloodImage_00343"]
    rest = [read_bccd(data_folder / "bccd", part, side=160) for part in ("validation", "held_out")]
    total = sum(len(one.corners) for part in (pictures, rest[0][0], rest[1][0]) for one in part)
    assert total == 4888 - 2
    assert rest[0][1] == rest[1][1] == []
    assert all(one.pixels.shape == (120, 160, 3) for one in pictures)
    listed = (data_folder / "bccd" / "ImageSets" / "Main" / "test.txt").read_text().split()
    assert sorted(listed) == split("bccd", "held_out")


def test_coco_boxes_of_the_classes_asked_for(data_folder: Path) -> None:
    from pycocotools.coco import COCO

    names = ("dog", "person")
    found = read_coco(data_folder / "coco_mini", "val2017", names)
    with_crowds = read_coco(data_folder / "coco_mini", "val2017", names, crowds=True)
    truth = COCO(str(data_folder / "coco_mini" / "annotations" / "instances_val2017.json"))
    kinds = {kind["name"]: kind["id"] for kind in truth.loadCats(truth.getCatIds())}
    for label, name in enumerate(names):
        wanted = truth.loadAnns(truth.getAnnIds(catIds=[kinds[name]], iscrowd=False))
        boxes = [one for picture in found for one in picture.corners[picture.labels == label]]
        assert len(boxes) == len(wanted)
        expected = np.array([[x, y, x + w, y + h] for x, y, w, h in (one["bbox"] for one in wanted)])
        assert (iou(np.array(boxes), expected).max(axis=1) > 0.98).all()
    crowds = truth.getAnnIds(catIds=[kinds[name] for name in names], iscrowd=True)
    assert sum(one.crowd.sum() for one in with_crowds if one.crowd is not None) == len(crowds) > 0


def test_scenes_are_the_same_again_and_not_those_of_another_seed() -> None:
    first, again, other = drawn(5, (64, 64)), drawn(5, (64, 64)), drawn(5, (64, 64), seed=2)
    assert (first.pixels == again.pixels).all()
    assert (first.pixels != other.pixels).any()


def test_pictures_are_shrunk_never_enlarged() -> None:
    picture = marked_picture()
    assert shrunk(picture, 400) is picture
    small = shrunk(picture, 100)
    assert small.pixels.shape == (60, 100, 3)
    np.testing.assert_allclose(small.corners[0], frame_of(small.pixels, MARKED[0]), atol=1)


def test_a_file_that_is_no_picture() -> None:
    with pytest.raises(OSError, match=r"a\.jpg is no picture"):
        decoded(b"no picture", "a.jpg")
