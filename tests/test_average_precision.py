"""Average precision against pycocotools, and VOC's against its published procedure written out."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.average_precision import AveragePrecision, coco_average_precision, voc_average_precision
from cnn_core.box_matching import Truth, assign
from cnn_core.boxes import Boxes
from cnn_core.errors import InputError
from cnn_core.precision_recall import area_under, precision_recall, voc_curve

NAMES = tuple(f"class {n}" for n in range(5))


def figures(result: AveragePrecision) -> list[float]:
    """The twelve numbers that pycocotools prints, in its order."""
    return [
        *(result.ap, result.ap50, result.ap75, result.small, result.medium, result.large),
        *(result.recall_1, result.recall_10, result.recall),
        *(result.recall_small, result.recall_medium, result.recall_large),
    ]


def pycocotools_figures(truths, detections, names):
    """(the twelve numbers, precision at (10, 101, classes)) with NaN for -1."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    annotations, results = [], []
    for picture, (truth, found) in enumerate(zip(truths, detections, strict=True), start=1):
        for k in range(len(truth)):
            box = truth.boxes.corners[k].astype(float)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": picture,
                    "category_id": int(truth.boxes.labels[k]),
                    "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
                    "area": float(truth.areas[k]),
                    "iscrowd": int(truth.crowd[k]),
                }
            )
        for k in range(len(found)):
            box = found.corners[k].astype(float)
            results.append(
                {
                    "image_id": picture,
                    "category_id": int(found.labels[k]),
                    "bbox": [box[0], box[1], box[2] - box[0], box[3] - box[1]],
                    "score": float(found.scores[k]),
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        truth_set = coco.COCO()
        truth_set.dataset = {
            "images": [{"id": picture, "width": 640, "height": 640} for picture in range(1, len(truths) + 1)],
            "categories": [{"id": label, "name": name} for label, name in enumerate(names)],
            "annotations": annotations,
            "info": {},
        }
        truth_set.createIndex()
        if results:
            found_set = truth_set.loadRes(results)
        else:  # loadRes refuses an empty list
            found_set = coco.COCO()
            found_set.dataset = {**truth_set.dataset, "annotations": []}
            found_set.createIndex()
        run = evaluation.COCOeval(truth_set, found_set, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    precision = run.eval["precision"][:, :, :, 0, 2]
    return [np.nan if v == -1 else v for v in run.stats], np.where(precision == -1, np.nan, precision)


def random_set(seed, *, pictures, num_classes, crowds=0.15, ties=False, grid=False):
    """True boxes with crowds, empty pictures and odd areas; detections near them, elsewhere, doubled and confused."""
    generator = np.random.default_rng(seed)
    used = generator.integers(1, num_classes + 1)  # so that some classes have no true box
    truths, detections = [], []
    for _ in range(pictures):
        count = 0 if generator.random() < 0.2 else generator.integers(1, 8)
        place = generator.uniform(0, 400, (count, 2))
        size = np.exp(generator.uniform(np.log(4), np.log(250), (count, 2)))
        corners = np.concatenate([place, place + size], axis=1)
        if grid:
            corners = np.round(corners / 16) * 16
            corners[:, 2:] = np.maximum(corners[:, 2:], corners[:, :2] + 16)
        labels = generator.integers(0, used, count)
        boxes = Boxes(corners, labels, None, NAMES)
        truths.append(
            Truth(boxes, crowd=generator.random(count) < crowds, areas=boxes.areas * generator.uniform(0.4, 1, count))
        )

        near = generator.integers(0, count, 3 * count) if count else np.zeros(0, int)
        jitter = generator.normal(0, 0.12, (len(near), 4)) * np.tile(size[near], 2)
        found = corners[near] + jitter
        wild_place = generator.uniform(0, 500, (4, 2))
        found = np.concatenate([found, np.concatenate([wild_place, wild_place + generator.uniform(1, 200, (4, 2))], 1)])
        if grid:
            found = np.round(found / 16) * 16
        found[:, 2:] = np.maximum(found[:, 2:], found[:, :2])
        found_labels = np.concatenate([labels[near], generator.integers(0, num_classes, 4)])
        confused = generator.random(len(found)) < 0.1
        found_labels[confused] = generator.integers(0, num_classes, confused.sum())
        scores = generator.random(len(found))
        if ties:
            scores = np.round(scores * 4) / 4
        keep = generator.random(len(found)) < generator.choice([0.0, 0.7, 1.0])
        detections.append(Boxes(found, found_labels, scores, NAMES)[keep])
    return truths, detections


@pytest.mark.parametrize("seed", range(24))
def test_coco_figures_equal_pycocotools_on_random_sets(seed):
    num_classes = 1 + seed % 4
    truths, detections = random_set(
        seed, pictures=12, num_classes=num_classes, ties=seed % 2 == 0, grid=seed % 3 == 0, crowds=0.3 * (seed % 4 != 3)
    )
    result = coco_average_precision(truths, detections, num_classes=num_classes)
    expected, precision = pycocotools_figures(truths, detections, NAMES[:num_classes])
    np.testing.assert_allclose(figures(result), expected, atol=1e-9)
    np.testing.assert_allclose(result.precision, precision, atol=1e-9)
    for row in result.by_class:
        np.testing.assert_allclose(row.ap, _mean(precision[:, :, row.label]), atol=1e-9)
        np.testing.assert_allclose(row.ap50, _mean(precision[0, :, row.label]), atol=1e-9)


def _mean(values):
    return np.nan if np.isnan(values).all() else np.nanmean(values)


def test_more_than_a_hundred_detections_in_a_picture_are_cut_as_pycocotools_does():
    generator = np.random.default_rng(5)
    corners = np.concatenate(
        [place := generator.uniform(0, 300, (30, 2)), place + generator.uniform(20, 90, (30, 2))], 1
    )
    truths = [Truth(Boxes(corners, np.zeros(30, int), None, NAMES[:1]))]
    found = np.repeat(corners, 6, axis=0) + generator.normal(0, 4, (180, 4))
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2])
    detections = [Boxes(found, np.zeros(180, int), np.round(generator.random(180), 1), NAMES[:1])]
    expected, _ = pycocotools_figures(truths, detections, NAMES[:1])
    np.testing.assert_allclose(figures(coco_average_precision(truths, detections, num_classes=1)), expected, atol=1e-9)


def test_coco_figures_equal_pycocotools_on_real_annotations(data_folder):
    """COCO's photos with their crowds and outlines' areas; detections are the true boxes moved, mixed and added to."""
    found_files = sorted((data_folder / "coco_mini").rglob("instances_*.json"))
    if not found_files:
        pytest.skip("no COCO annotations")
    generator = np.random.default_rng(0)
    for path in found_files:
        content = json.loads(path.read_text())
        categories = {c["id"]: place for place, c in enumerate(content["categories"])}
        names = tuple(c["name"] for c in content["categories"])
        truths, detections = [], []
        for image in sorted(content["images"], key=lambda image: image["id"]):
            rows = [a for a in content["annotations"] if a["image_id"] == image["id"]]
            xywh = np.array([a["bbox"] for a in rows], float).reshape(-1, 4)
            corners = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
            labels = np.array([categories[a["category_id"]] for a in rows], int)
            truths.append(
                Truth(
                    Boxes(corners, labels, None, names),
                    crowd=[bool(a["iscrowd"]) for a in rows],
                    areas=[a["area"] for a in rows],
                )
            )
            near = np.repeat(np.arange(len(rows)), 2)
            moved = corners[near] + generator.normal(0, 0.1, (len(near), 4)) * np.tile(xywh[near, 2:], 2)
            moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2])
            mixed = np.where(generator.random(len(near)) < 0.8, labels[near], generator.permutation(labels[near]))
            detections.append(Boxes(moved, mixed, np.round(generator.random(len(near)), 2), names))
        assert sum(len(truth) for truth in truths) > 300
        expected, _ = pycocotools_figures(truths, detections, names)
        result = coco_average_precision(truths, detections, num_classes=len(names))
        np.testing.assert_allclose(figures(result), expected, atol=1e-6)


def voc_by_the_book(truths, detections, label, threshold):
    """VOCevaldet.m, step by step: (hit or miss of each detection that counts, best first; true boxes that count)."""
    rows = []
    for picture, found in enumerate(detections):
        rows += [(-found.scores[k], picture, k) for k in range(len(found)) if found.labels[k] == label]
    rows.sort()
    taken = {}
    outcomes = []
    for _, picture, k in rows:
        box = detections[picture].corners[k].astype(float)
        best, nearest = -1.0, None
        truth = truths[picture]
        for j in range(len(truth)):
            if truth.boxes.labels[j] != label:
                continue
            true = truth.boxes.corners[j].astype(float)
            width = min(box[2], true[2]) - max(box[0], true[0])
            height = min(box[3], true[3]) - max(box[1], true[1])
            if width > 0 and height > 0:
                shared = width * height
                area = (box[2] - box[0]) * (box[3] - box[1]) + (true[2] - true[0]) * (true[3] - true[1])
                if shared / (area - shared) > best:
                    best, nearest = shared / (area - shared), j
        if best >= threshold:
            if truth.difficult[nearest] or truth.crowd[nearest]:
                continue
            outcomes.append(not taken.get((picture, nearest), False))
            taken[picture, nearest] = True
        else:
            outcomes.append(False)
    positives = sum(int(((t.boxes.labels == label) & ~t.difficult & ~t.crowd).sum()) for t in truths)
    return outcomes, positives


def voc_area(outcomes, positives, *, eleven_points):
    found, points = 0, []
    for place, hit in enumerate(outcomes, start=1):
        found += hit
        points.append((found / positives, found / place))
    if eleven_points:
        return sum(max((p for r, p in points if r >= k / 10), default=0.0) for k in range(11)) / 11
    area, before = 0.0, 0.0
    for place, (recall, _) in enumerate(points):
        area += (recall - before) * max(p for _, p in points[place:])
        before = recall
    return area


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("eleven_points", [False, True])
def test_voc_average_precision_equals_the_development_kit_written_out(seed, eleven_points):
    truths, detections = random_set(100 + seed, pictures=8, num_classes=3, grid=seed % 2 == 0)
    generator = np.random.default_rng(seed)
    truths = [Truth(t.boxes, t.crowd, generator.random(len(t)) < 0.2) for t in truths]
    result = voc_average_precision(truths, detections, num_classes=3, eleven_points=eleven_points)
    for label in range(3):
        outcomes, positives = voc_by_the_book(truths, detections, label, 0.5)
        assert result.truths[label] == positives
        if positives == 0:
            assert np.isnan(result.by_class[label])
            continue
        assert voc_curve(truths, detections, label=label).hits.tolist() == outcomes
        expected = voc_area(outcomes, positives, eleven_points=eleven_points)
        assert result.by_class[label] == pytest.approx(expected, abs=1e-12)
    assert result.ap == pytest.approx(_mean(np.array(result.by_class)), nan_ok=True)


def test_a_second_detection_of_one_object_is_wrong_by_voc_even_where_another_is_free():
    """Two true boxes overlap; both detections lie nearest to the first one. COCO gives the second to the free box."""
    truth = Truth(Boxes([[0, 0, 10, 10], [0, 0, 10, 14]], [0, 0], None, NAMES[:1]))
    found = Boxes([[0, 0, 10, 10], [0, 0, 10, 11]], [0, 0], [0.9, 0.8], NAMES[:1])
    assert voc_curve([truth], [found], label=0).hits.tolist() == [True, False]
    assert precision_recall([truth], [found], label=0).hits.tolist() == [True, True]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.5, 0.75]))
def test_the_assignment_adds_up_to_the_curve(seed, threshold):
    truths, detections = random_set(seed, pictures=3, num_classes=2)
    for label in range(2):
        curve = precision_recall(truths, detections, label=label, iou_threshold=threshold)
        hits = misses = lost = 0
        for truth, found in zip(truths, detections, strict=True):
            result = assign(truth, found, iou_threshold=threshold)
            mine = found.labels == label
            hits += int(((result.outcome == "true positive") & mine).sum())
            misses += int(((result.outcome == "false positive") & mine).sum())
            lost += int((result.missed & (truth.boxes.labels == label)).sum())
            taken = result.taken[result.outcome == "true positive"]
            assert len(np.unique(taken)) == len(taken)
            assert not (truth.crowd & result.missed).any()
        assert (hits, misses, curve.truths) == (curve.hits.sum(), (~curve.hits).sum(), hits + lost)


def test_the_101_points_of_a_curve_are_those_of_the_whole_evaluation():
    truths, detections = random_set(3, pictures=10, num_classes=2, crowds=0)
    result = coco_average_precision(truths, detections, num_classes=2)
    assert result.by_class[0].truths > 5
    for row in result.by_class:
        curve = precision_recall(truths, detections, label=row.label)
        assert area_under(curve) == pytest.approx(row.ap50, nan_ok=True, abs=1e-9)


@pytest.mark.parametrize(("order", "hits"), [([0, 1], [True, True]), ([1, 0], [True, False])])
def test_of_two_true_boxes_overlapped_alike_the_last_is_taken_as_pycocotools_does(order, hits):
    """The first detection lies between both true boxes, the second on the left one alone."""
    truth = Truth(Boxes([[0, 0, 10, 10], [4, 0, 14, 10]], [0, 0], None, NAMES[:1])[order])
    found = Boxes([[2, 0, 12, 10], [0, 0, 9, 10]], [0, 0], [0.9, 0.8], NAMES[:1])
    assert precision_recall([truth], [found], label=0).hits.tolist() == hits
    expected, _ = pycocotools_figures([truth], [found], NAMES[:1])
    np.testing.assert_allclose(figures(coco_average_precision([truth], [found], num_classes=1)), expected)


def test_a_crowd_swallows_detections_and_is_never_missed():
    truth = Truth(Boxes([[0, 0, 100, 100], [200, 0, 220, 20]], [0, 0], None, NAMES[:1]), crowd=[True, False])
    found = Boxes([[0, 0, 9, 9], [50, 50, 70, 70], [90, 0, 120, 10]], [0, 0, 0], [0.9, 0.8, 0.7], NAMES[:1])
    result = assign(truth, found)
    assert result.outcome.tolist() == ["ignored", "ignored", "false positive"]
    assert result.taken.tolist() == [0, 0, -1]
    assert result.missed.tolist() == [False, True]


def test_difficult_boxes_count_neither_for_nor_against():
    truth = Truth(Boxes([[0, 0, 10, 10], [20, 0, 30, 10]], [0, 0], None, NAMES[:1]), difficult=[True, False])
    found = Boxes([[0, 0, 10, 10], [20, 0, 30, 10]], [0, 0], [0.9, 0.8], NAMES[:1])
    assert coco_average_precision([truth], [found], num_classes=1).ap == pytest.approx(1)
    assert coco_average_precision([truth], [found[[1]]], num_classes=1).ap == pytest.approx(1)
    assert assign(truth, found[[]]).missed.tolist() == [False, True]


def test_nothing_to_find_and_nothing_found():
    nothing = [Truth(Boxes.empty(NAMES))]
    assert np.isnan(figures(coco_average_precision(nothing, [Boxes.empty(NAMES)], num_classes=5))).all()
    assert np.isnan(voc_average_precision(nothing, [Boxes.empty(NAMES)], num_classes=5).ap)
    assert np.isnan(coco_average_precision([], [], num_classes=0).ap)
    missed = [Truth(Boxes([[0, 0, 50, 50]], [1], None, NAMES))]
    result = coco_average_precision(missed, [Boxes.empty(NAMES)], num_classes=2)
    assert (result.ap, result.recall, result.medium) == (0, 0, 0)
    assert np.isnan(result.small)
    assert np.isnan(result.by_class[0].ap)


def test_lists_that_do_not_belong_together_are_refused():
    box = Boxes([[0, 0, 1, 1]], [3], None, NAMES)
    with pytest.raises(InputError, match=r"truths=2, detections=1"):
        coco_average_precision([Truth(box)] * 2, [box], num_classes=5)
    with pytest.raises(InputError, match="Give 4 classes"):
        voc_average_precision([Truth(box)], [box], num_classes=3)
    with pytest.raises(InputError, match="one flag and one area"):
        Truth(box, crowd=[True, False])
    with pytest.raises(InputError, match="threshold"):
        assign(Truth(box), box, iou_threshold=0)
