"""Masks to take home: at the size of the photo's file, read again by others."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from cnn_core.masks import UNSURE, Masks, decided, masks_of
from cnn_core.segmentation.mask_exports import drawn_png, labels_at, labels_npy, mask_png, polygons_json
from cnn_core.segmentation.overlay import Look

NAMES = ("background", "cat", "dog")


@pytest.fixture
def masks() -> Masks:
    values = np.full((4, 6, 3), 0.05, np.float32)
    values[..., 0] = 0.9
    values[1:3, 1:3] = [0.1, 0.7, 0.2]
    values[1:3, 4:] = [0.2, 0.2, 0.6]
    return masks_of(values, size=(40, 60), names=NAMES)


def test_labels_are_those_of_the_size_that_is_asked_for(masks: Masks) -> None:
    np.testing.assert_array_equal(labels_at(masks, (40, 60), least=0.65), decided(masks, 0.65))
    large = labels_at(masks, (80, 120), least=0.0)
    assert (large[::2, ::2] == masks.labels).mean() > 0.95
    picture = Image.open(io.BytesIO(mask_png(masks, (80, 120), least=0.0)))
    np.testing.assert_array_equal(np.asarray(picture), large)
    np.testing.assert_array_equal(np.load(io.BytesIO(labels_npy(masks, (80, 120), least=0.0))), large)
    assert (labels_at(masks, (4, 6), least=0.65)[1:3, 4:] == UNSURE).all()


def test_polygons_cover_what_is_labelled(masks: Masks) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    content = json.loads(polygons_json([("a.jpg", masks, (80, 120)), ("b.jpg", masks, (40, 60))], least=0.0))
    assert [(image["file_name"], image["height"]) for image in content["images"]] == [("a.jpg", 80), ("b.jpg", 40)]
    labels = labels_at(masks, (80, 120), least=0.0)
    for label, name in ((1, "cat"), (2, "dog")):
        category = next(one["id"] for one in content["categories"] if one["name"] == name)
        found = [a for a in content["annotations"] if a["category_id"] == category and a["image_id"] == 1]
        drawn = coco.decode(coco.merge(coco.frPyObjects([p for a in found for p in a["segmentation"]], 80, 120)))
        assert (drawn.astype(bool) == (labels == label)).mean() > 0.99
        assert sum(a["area"] for a in found) == (labels == label).sum()


def test_a_cut_out_is_transparent_and_an_overlay_is_not(masks: Masks) -> None:
    pixels = np.full((80, 120, 3), 90, np.uint8)
    labels = labels_at(masks, (80, 120), least=0.0)
    hidden = frozenset({0})
    cut = np.asarray(Image.open(io.BytesIO(drawn_png(pixels, masks, Look(view="cutout", hidden=hidden), least=0.0))))
    np.testing.assert_array_equal(cut[..., 3] > 0, labels > 0)
    drawn = np.asarray(Image.open(io.BytesIO(drawn_png(pixels, masks, Look(hidden=hidden), least=0.0))))
    assert drawn.shape == (80, 120, 3)
    np.testing.assert_array_equal((drawn != 90).any(axis=-1), labels > 0)
