"""What the presets of the detection page say is so, with the starter that is shipped and the scenes they open."""

from typing import Any

import pytest

from cnn_core.blood_smear import blood_smear
from cnn_core.box_matching import Truth, assign
from cnn_core.boxes import Boxes, iou
from cnn_core.detection.candidates import LEAST_SCORE, Candidates, found
from cnn_core.detection.loading import load_detector
from cnn_core.detection.truth import in_classes, outcomes, ranked_curve, rule_precision
from cnn_core.images import to_float
from cnn_core.samples import SCENE, sample, sample_scene
from cnn_core.scenes import CLASSES
from cnn_core.starter_models import STARTERS
from pages.detection_tabs import precision, presets

NAME = "starter_detector_shapes"
pytestmark = pytest.mark.skipif(NAME not in STARTERS, reason="the starter of shapes is not in assets/models")


@pytest.fixture(scope="module", autouse=True)
def detector() -> Any:
    return load_detector(NAME)


def seen(values: dict[str, Any]) -> Candidates:
    drawn = values["picture_sample"] == SCENE
    pixels = sample_scene(values["picture_scene"]).pixels if drawn else sample(values["picture_sample"])
    return load_detector(NAME).look(to_float(pixels))


def truth_of(scene: int) -> Truth:
    drawn = sample_scene(scene)
    return in_classes(Truth(Boxes(drawn.boxes, drawn.labels, None, CLASSES)), load_detector(NAME).classes)[0]


def shown(title: str) -> tuple[str, Boxes, Boxes, Truth]:
    """What a preset of the tab Boxes says, the boxes without its settings and with them, and the true ones."""
    said, values = presets.PRESETS[title]
    options = {
        "threshold": values["detection_threshold"],
        "iou_threshold": values["detection_iou"],
        "method": values["detection_method"],
        "agnostic": values["detection_agnostic"],
    }
    candidates = seen(values)
    return said, found(candidates), found(candidates, **options), truth_of(values["picture_scene"])


def right(truth: Truth, boxes: Boxes) -> int:
    return int((assign(truth, boxes).outcome == "true positive").sum())


def test_every_shape_gets_a_box() -> None:
    said, _, boxes, truth = shown("Shapes")
    assert said.startswith("Every shape gets a box")
    assert right(truth, boxes) == len(boxes) == len(truth)


def test_without_suppression_each_object_is_proposed_several_times() -> None:
    said, plain, boxes, truth = shown("NMS off")
    assert "proposed by several neighbouring cells" in said
    near = iou(truth.boxes.corners, boxes.corners) > 0.5
    assert (near.sum(axis=1) >= 3).all()
    # The best of each heap is what suppression leaves.
    bests = {float(boxes.scores[row].max()) for row in near}
    assert bests == {float(score) for score in plain.scores}
    assert right(truth, plain) == len(plain) == len(truth)


def test_at_a_low_threshold_false_boxes_join_those_found() -> None:
    said, plain, boxes, truth = shown("Low threshold")
    assert said.startswith("At 0.03")
    assert right(truth, plain) == right(truth, boxes) == len(plain)
    assert len(boxes) > len(plain)
    assert boxes.scores[len(plain) :].max() < 0.35


def test_objects_that_touch_suppress_one_another_across_classes() -> None:
    said, plain, boxes, truth = shown("Touching")
    assert "IoU threshold of 0.05" in said
    assert "across classes" in said
    assert right(truth, plain) == len(plain) == len(truth)
    gone = [place for place, score in enumerate(plain.scores) if score not in boxes.scores]
    assert gone
    for place in gone:
        over = iou(plain.corners[place : place + 1], boxes.corners)[0]
        assert 0.05 < over.max() < 0.35, "it merely touches"
        assert boxes.labels[over.argmax()] != plain.labels[place]


def test_fusion_makes_one_box_of_each_heap_with_a_lower_score() -> None:
    said, plain, boxes, truth = shown("Averaged")
    assert "scores fall" in said
    assert right(truth, boxes) == len(boxes) == len(truth)
    for place in range(len(boxes)):
        over = iou(boxes.corners[place : place + 1], plain.corners)[0]
        assert boxes.scores[place] < plain.scores[over.argmax()]


def test_the_cats_eyes_are_rings() -> None:
    said, values = presets.PRESETS["Cat's eyes"]
    assert "eyes are rings" in said
    boxes = found(seen(values))
    assert [boxes.names[label] for label in boxes.labels] == ["ring", "ring"]
    # The cat looks out of the upper half of its photo: one eye left, one right.
    middles = (boxes.corners[:, :2] + boxes.corners[:, 2:]) / 2
    assert (middles[:, 1] < 150).all()
    assert sorted(middles[:, 0] > 225) == [False, True]


@pytest.mark.skipif("starter_detector_cells" not in STARTERS, reason="the starter of cells is not in assets/models")
def test_red_and_white_cells_are_found_and_platelets_less_surely() -> None:
    said, values = presets.PRESETS["Cells"]
    assert "platelets, of which it is least sure" in said
    boxes = found(load_detector("starter_detector_cells").look(to_float(sample(values["picture_sample"]))))
    truth = Truth(blood_smear(seed=0).boxes)
    assert right(truth, boxes) == len(boxes) == len(truth) == 17
    surest = {name: boxes.scores[boxes.labels == label] for label, name in enumerate(boxes.names)}
    assert surest["Platelets"].max() < min(surest["RBC"].min(), surest["WBC"].min())


def test_what_the_presets_of_average_precision_say() -> None:
    kinds = {}
    for title, (said, values) in precision.PRESETS.items():
        truth = truth_of(values["picture_scene"])
        ranked = found(seen(values), threshold=LEAST_SCORE, iou_threshold=values["detection_iou"])
        at = outcomes(truth, ranked, threshold=values["detection_threshold"], iou_threshold=values[precision.MATCH])
        label = ranked.names.index(values[precision.CLASS])
        own = [row for row in at.rows if row.name == values[precision.CLASS]]
        curve = ranked_curve(truth, ranked, label=label, rule="coco", iou_threshold=values[precision.MATCH])
        kinds[title] = said, at, [row.kind for row in own], rule_precision(curve, "coco")
    said, at, own, average = kinds["A false alarm"]
    assert "Six shapes are found, and a star that is not there" in said
    assert (at.hits, at.false_alarms, own.count("false positive")) == (6, 1, 1)
    assert average < 1
    said, at, own, _ = kinds["Say little"]
    assert "two of three triangles are missed" in said
    assert (own.count("true positive"), own.count("missed"), at.false_alarms) == (1, 2, 0)
    said, at, own, _ = kinds["Say much"]
    assert "the third triangle is found, and five come before it that are not there" in said
    third = [place for place, kind in enumerate(own) if kind == "true positive"][2]
    assert own[:third].count("false positive") == 5
    said, at, own, _ = kinds["Be exact"]
    assert "overlap the true box by 0.9" in said
    assert at.false_alarms > 1
    assert at.misses > 0
