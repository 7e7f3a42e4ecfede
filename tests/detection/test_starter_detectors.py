"""The starters behind the interface: what they find in scenes whose truth is known, and what they say of themselves."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core import scenes
from cnn_core.boxes import iou
from cnn_core.detection.loading import load_detector
from cnn_core.detection.starters import load_starter, starter_detectors
from cnn_core.errors import InputError
from cnn_core.starter_models import STARTERS, starter_card

ROOT = Path(__file__).parents[2]
DETECTORS = starter_detectors()


def test_every_starter_that_finds_boxes_is_there() -> None:
    assert set(DETECTORS) == {name for name in STARTERS if name.startswith("starter_detector")}
    assert set(DETECTORS) == {f"starter_detector_{name}" for name in ("cells", "everyday", "shapes")}


def test_the_shapes_of_a_scene_are_found_where_they_are() -> None:
    """Recall of the card's order on scenes of another size than the network's, whose seed it was not trained on."""
    detector = load_detector("starter_detector_shapes")
    found = shapes = 0
    for number in range(12):
        scene = scenes.scene(2, index=number, size=(240, 300))
        boxes = detector.predict(scene.image, threshold=0.35)
        good = iou(scene.boxes, boxes.corners) > 0.5
        good &= scene.labels[:, None] == boxes.labels[None]
        found += int(good.any(axis=1).sum())
        shapes += len(scene.labels)
    assert found / shapes > 0.85, f"{found} of {shapes}"


@pytest.mark.parametrize("name", DETECTORS)
def test_the_code_gives_the_same_candidates(name: str) -> None:
    detector = load_detector(name)
    image = scenes.scene(3, size=(120, 200)).image
    seen = detector.look(image)
    place: dict[str, Any] = {"image": image}
    exec(detector.code, place)
    again = place["candidates"]
    np.testing.assert_array_equal(again.boxes.corners, seen.boxes.corners)
    np.testing.assert_array_equal(again.boxes.scores, seen.boxes.scores)
    np.testing.assert_array_equal(again.cells, seen.cells)
    assert len(seen.boxes) > 0
    assert set(seen.seconds) == {"resize", "inference", "decoding"}
    assert seen.size == (120, 200)
    assert seen.heads[0].raw.shape[:2] == tuple(side // seen.heads[0].stride for side in seen.framed.image.shape[:2])


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_says_what_it_was_trained_on_and_how_good_it_is(name: str) -> None:
    detector, card = load_detector(name), starter_card(name)
    assert detector.classes == card.classes
    assert all(entry.name in detector.about and entry.licence in detector.about for entry in card.data)
    assert all(str(card.metrics.figures[key]) in detector.about for key in ("map50", "map"))
    assert str(card.metrics.pictures) in detector.about
    found = [
        f"{name} {100 * card.metrics.figures[key].value:.0f} %"
        for name in card.classes
        if (key := f"found_{name}") in card.metrics.figures
    ]
    assert all(share in detector.about for share in found)
    assert len(found) == (3 if name == "starter_detector_everyday" else 0)


def test_grey_photos_and_single_pixels_are_photos() -> None:
    detector = load_detector("starter_detector_shapes")
    grey = scenes.scene(2, size=(100, 100)).image.mean(axis=2)
    assert (
        detector.look(grey).boxes.corners.tolist()
        == detector.look(np.repeat(grey[..., None], 3, 2)).boxes.corners.tolist()
    )
    assert detector.look(np.zeros((1, 1, 3), np.float32)).size == (1, 1)


def test_a_first_answer_needs_no_keras() -> None:
    code = """
import json, sys
import numpy as np
from cnn_core.detection.loading import load_detector
load_detector("starter_detector_shapes").predict(np.zeros((50, 70, 3), np.float32))
print(json.dumps(sorted(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"tensorflow", "keras", "streamlit", "matplotlib"}.isdisjoint(json.loads(ran.stdout))


def test_refusals() -> None:
    with pytest.raises(InputError, match="no detector of this name"):
        load_detector("starter_detector_unicorns")
    with pytest.raises(InputError, match="another question"):
        load_starter("starter_classifier")
