"""The starters behind the interface of segmenters: what they see in scenes and photos whose truth is known."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core import scenes
from cnn_core.errors import InputError
from cnn_core.segmentation.loading import load_segmenter
from cnn_core.segmentation.starters import load_starter, segmenter_starters
from cnn_core.segmentation_metrics import confusion_matrix, mean_iou
from cnn_core.starter_models import STARTERS, starter_card

ROOT = Path(__file__).parents[2]
SEGMENTERS = segmenter_starters()


def test_every_starter_that_segments_is_there() -> None:
    assert set(SEGMENTERS) == {name for name in STARTERS if name.startswith(("starter_segmenter", "starter_fcn"))}
    assert {"starter_segmenter_people", "starter_segmenter_membranes", "starter_segmenter_shapes"} <= set(SEGMENTERS)


def test_the_shapes_of_a_scene_are_where_they_are() -> None:
    """Mean IoU near the card's on scenes of another size than the network's, whose seed it was not trained on."""
    segmenter = load_segmenter("starter_segmenter_shapes")
    matrix = np.zeros((7, 7), np.int64)
    for number in range(8):
        scene = scenes.scene(2, index=number, size=(160, 200))
        matrix += confusion_matrix(scene.label_map, segmenter.predict(scene.image).labels, num_classes=7)
    assert mean_iou(matrix) > 0.85, mean_iou(matrix)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_code_gives_the_same_masks_and_the_words_are_the_cards(name: str) -> None:
    segmenter, card = load_segmenter(name), starter_card(name)
    image = scenes.scene(3, size=(120, 200)).image
    seen = segmenter.look(image)
    place: dict[str, Any] = {"image": image}
    exec(segmenter.code, place)
    np.testing.assert_array_equal(place["masks"].probabilities, seen.probabilities)
    np.testing.assert_array_equal(place["masks"].labels, seen.labels)
    assert seen.size == seen.labels.shape == (120, 200)
    assert set(seen.seconds) == {"resize", "inference", "decoding"}
    np.testing.assert_allclose(seen.probabilities.sum(axis=-1), 1, atol=1e-5)
    assert segmenter.classes == seen.names == card.classes
    assert all(entry.name in segmenter.about and entry.licence in segmenter.about for entry in card.data)
    assert str(card.metrics.figures["mean IoU"]) in segmenter.about


def test_grey_photos_and_single_pixels_are_photos() -> None:
    segmenter = load_segmenter("starter_segmenter_shapes")
    grey = scenes.scene(2, size=(100, 100)).image.mean(axis=2)
    coloured = np.repeat(grey[..., None], 3, 2)
    np.testing.assert_array_equal(segmenter.predict(grey).labels, segmenter.predict(coloured).labels)
    assert segmenter.predict(np.zeros((1, 1, 3), np.float32)).labels.shape == (1, 1)


def test_a_first_answer_needs_no_keras() -> None:
    code = """
import json, sys
import numpy as np
from cnn_core.segmentation.loading import load_segmenter
load_segmenter("starter_segmenter_people").predict(np.zeros((50, 70, 3), np.float32)).labels
print(json.dumps(sorted(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"tensorflow", "keras", "streamlit", "matplotlib"}.isdisjoint(json.loads(ran.stdout))


def test_refusals() -> None:
    with pytest.raises(InputError, match="no segmenter of this name"):
        load_segmenter("starter_segmenter_unicorns")
    with pytest.raises(InputError, match="another question"):
        load_starter("starter_classifier")
