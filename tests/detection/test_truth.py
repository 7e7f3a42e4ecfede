"""Hits and misses at a threshold against the curve behind average precision, and that against the evaluation's own."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.average_precision import coco_average_precision, voc_average_precision
from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.detection.truth import (
    RULES,
    at_threshold,
    envelope,
    in_classes,
    outcomes,
    ranked_curve,
    rule_averages,
    rule_precision,
    sampled,
)
from cnn_core.detection.truth_files import truth_from_files
from cnn_core.errors import InputError

NAMES = ("cat", "dog", "traffic light")


def a_case(seed: int) -> tuple[Truth, Boxes]:
    """Detections around some of the true boxes, best first, and difficult and crowded ones among them."""
    random = np.random.default_rng(seed)
    count = random.integers(0, 8)
    corners = np.sort(random.uniform(0, 60, (count, 2, 2)), axis=1).reshape(-1, 4) + np.array([0, 0, 12, 12])
    labels = random.integers(0, 2, count)
    truth = Truth(Boxes(corners, labels, None, NAMES), random.random(count) < 0.1, random.random(count) < 0.2)
    found = np.concatenate([corners, corners[random.random(count) < 0.5]]) + random.normal(0, 3, (1, 4))
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2])
    said = np.concatenate([labels, random.integers(0, 3, len(found) - count)])
    scores = np.sort(random.integers(1, 10, len(found)) / 10)[::-1]
    return truth, Boxes(found, said, scores, NAMES)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.25, 0.5, 0.8]), st.sampled_from([0.5, 0.75]))
def test_counts_at_a_threshold_are_those_of_the_curve(seed, threshold, least):
    truth, found = a_case(seed)
    at = outcomes(truth, found, threshold=threshold, iou_threshold=least)
    hits = alarms = true = 0
    for label in range(len(NAMES)):
        curve = ranked_curve(truth, found, label=label, rule="coco", iou_threshold=least)
        taken = curve.hits[curve.scores >= threshold]
        hits, alarms, true = hits + taken.sum(), alarms + (~taken).sum(), true + curve.truths
        place = at_threshold(curve, threshold)
        assert (place is None) == (len(taken) == 0)
        if place and curve.truths:
            assert place == pytest.approx((taken.sum() / curve.truths, taken.mean()))
    assert (at.hits, at.false_alarms, at.misses) == (hits, alarms, true - hits)
    assert len([row for row in at.rows if row.kind != "missed"]) == (found.scores >= threshold).sum()
    assert np.isnan(at.recall) if true == 0 else at.recall == pytest.approx(hits / true)
    assert np.isnan(at.precision) if hits + alarms == 0 else at.precision == pytest.approx(hits / (hits + alarms))


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_average_precision_is_the_evaluations_own(seed):
    truth, found = a_case(seed)
    coco = coco_average_precision([truth], [found], num_classes=3)
    voc = {
        rule: voc_average_precision([truth], [found], num_classes=3, eleven_points=rule == "voc07").by_class
        for rule in ("voc07", "area")
    }
    for label in range(3):
        expected = {"coco": coco.by_class[label].ap50} | {rule: voc[rule][label] for rule in voc}
        for rule in RULES:
            curve = ranked_curve(truth, found, label=label, rule=rule)
            assert rule_precision(curve, rule) == pytest.approx(expected[rule], nan_ok=True, abs=1e-9)
            if curve.truths and RULES[rule][1] is not None:
                assert sampled(curve, RULES[rule][1]).mean() == pytest.approx(expected[rule])
            assert (np.diff(envelope(curve)) <= 0).all()
            assert (envelope(curve) >= curve.precision).all()
    classes, means = rule_averages(truth, found)
    assert [row.label for row in classes] == sorted(set(truth.boxes.labels.tolist()))
    averages = voc_average_precision([truth], [found], num_classes=3).ap
    assert dict(zip(RULES, means, strict=True))["coco"] == pytest.approx(coco.ap50, nan_ok=True, abs=1e-9)
    assert dict(zip(RULES, means, strict=True))["area"] == pytest.approx(averages, nan_ok=True, abs=1e-9)


def test_every_outcome_says_why():
    cats = Boxes([[0, 0, 10, 10], [40, 40, 50, 50], [70, 0, 80, 10]], [0, 0, 1], None, NAMES)
    truth = Truth(cats, difficult=[False, False, True])
    found = Boxes(
        [[0, 0, 10, 9], [0, 0, 9, 9], [41, 46, 51, 56], [70, 0, 80, 10], [20, 20, 22, 22]],
        [0, 0, 0, 1, 2],
        [0.9, 0.8, 0.7, 0.6, 0.5],
        NAMES,
    )
    said = [(row.kind, row.why) for row in outcomes(truth, found, threshold=0.1).rows]
    assert said == [
        ("true positive", "It overlaps a true cat by IoU 0.90."),
        ("false positive", "A better box has taken the cat that it overlaps by IoU 0.81."),
        ("false positive", "It overlaps a true cat by IoU 0.22 only."),
        ("ignored", "It covers a box that counts neither for nor against."),
        ("false positive", "No traffic light that is there overlaps it."),
        ("missed", "The nearest cat found overlaps it by IoU 0.22."),
    ]


def test_classes_are_found_by_name_whatever_its_spelling():
    truth = Truth(Boxes([[0, 0, 4, 4]] * 4, [0, 1, 2, 2], None, ("CAT ", "Traffic-Light", "owl")))
    known, problems = in_classes(truth, NAMES)
    assert (known.boxes.labels.tolist(), known.boxes.names) == ([0, 2], NAMES)
    assert problems == ("2 boxes of class owl are left out: the detector does not know it.",)


VOC = b"""<annotation><filename>dog.jpg</filename><size><width>200</width><height>100</height><depth>3</depth></size>
<object><name>dog</name><bndbox><xmin>21</xmin><ymin>11</ymin><xmax>100</xmax><ymax>50</ymax></bndbox></object>
<object><name>dog</name><bndbox><xmin>90</xmin><ymin>11</ymin><xmax>40</xmax><ymax>50</ymax></bndbox></object>
</annotation>"""
COCO = json.dumps(
    {
        "images": [
            {"id": 1, "file_name": "a/photo.jpg", "width": 200, "height": 100},
            {"id": 2, "file_name": "other.jpg", "width": 9, "height": 9},
        ],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "bbox": [20, 10, 80, 40], "area": 3200, "iscrowd": 0},
            {"id": 2, "image_id": 2, "category_id": 7, "bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0},
        ],
    }
).encode()
PHOTO = {"name": "photo.jpg", "file_size": (100, 200), "size": (50, 100), "classes": NAMES}


def test_annotation_files_for_one_photo_that_was_reduced():
    truth, _ = truth_from_files({"instances.json": COCO}, **PHOTO)
    assert truth.boxes.corners.tolist() == [[10, 5, 50, 25]]
    assert (truth.boxes.labels.tolist(), truth.areas.tolist()) == ([0], [800])
    truth, problems = truth_from_files({"dog.xml": VOC}, **PHOTO)
    assert truth.boxes.labels.tolist() == [1]
    np.testing.assert_allclose(truth.boxes.corners, [[10, 5, 50, 25]], atol=0.6)
    assert "taken for it" in problems[0]
    assert any("ends before it begins" in problem for problem in problems)
    truth, problems = truth_from_files({"photo.txt": b"2 0.5 0.5 0.2 0.2", "classes.txt": b"owl\ncat\ndog"}, **PHOTO)
    assert (truth.boxes.labels.tolist(), len(problems)) == ([1], 0)
    truth, problems = truth_from_files({"photo.txt": b"2 0.5 0.5 0.2 0.2"}, **PHOTO)
    assert (truth.boxes.labels.tolist(), len(problems)) == ([2], 1)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"photo.xml": b"<annotation>"}, "photo.xml"),
        ({"a.json": COCO, "b.xml": VOC}, "several formats"),
        ({"notes.md": b"hello"}, "no annotation file"),
        ({"a.xml": VOC, "b.xml": VOC}, "No annotation is of photo.jpg"),
        ({f"{number}.txt": b"" for number in range(21)}, "too many files"),
    ],
)
def test_files_that_do_not_help_get_a_message(files, words):
    with pytest.raises(InputError, match=words):
        truth_from_files(files, **PHOTO)
