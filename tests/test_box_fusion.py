"""Weighted fusion against the published procedure written out with lists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.box_fusion import weighted_fusion
from cnn_core.boxes import Boxes, iou
from cnn_core.errors import InputError

NAMES = ("a", "b", "c")


def draw_models(seed, models):
    """Several models' boxes around the same few objects, some missed, some doubled."""
    generator = np.random.default_rng(seed)
    place = generator.uniform(0, 150, (6, 2))
    objects = np.concatenate([place, place + generator.uniform(20, 90, (6, 2))], axis=1)
    classes = generator.integers(0, 3, 6)
    sets = []
    for _ in range(models):
        chosen = np.flatnonzero(generator.random(6) < 0.8)
        chosen = np.concatenate([chosen, generator.integers(0, 6, 3)])
        corners = objects[chosen] + generator.normal(0, 5, (len(chosen), 4)).clip(-9, 9)
        sets.append(Boxes(corners, classes[chosen], generator.uniform(0.01, 1, len(chosen)), NAMES))
    return sets


def by_the_paper(sets, weights, threshold, least):
    """(corners, score, label) of each fused box, highest score first."""
    rows = []
    for model, boxes in enumerate(sets):
        rows += [
            (float(boxes.scores[k]) * weights[model], boxes.corners[k].astype(float), int(boxes.labels[k]))
            for k in np.flatnonzero(boxes.scores > least)
        ]
    rows.sort(key=lambda row: -row[0])
    clusters = []
    for row in rows:
        overlaps = [iou([row[1]], [mean(cluster)])[0, 0] if cluster[0][2] == row[2] else -1.0 for cluster in clusters]
        best = int(np.argmax(overlaps)) if overlaps else -1
        if overlaps and overlaps[best] > threshold:
            clusters[best].append(row)
        else:
            clusters.append([row])
    result = [
        (
            mean(cluster),
            min(np.mean([row[0] for row in cluster]) * min(len(cluster), len(sets)) / sum(weights), 1),
            cluster[0][2],
        )
        for cluster in clusters
    ]
    return sorted(result, key=lambda row: -row[1])


def mean(cluster):
    return sum(row[0] * row[1] for row in cluster) / sum(row[0] for row in cluster)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.lists(st.floats(0.2, 5), min_size=1, max_size=4), st.sampled_from([0.3, 0.55, 0.8])
)
def test_fusion_equals_the_paper_written_out(seed, weights, threshold):
    sets = draw_models(seed, len(weights))
    fused = weighted_fusion(sets, weights=weights, iou_threshold=threshold, score_threshold=0.1)
    expected = by_the_paper(sets, weights, threshold, 0.1)
    assert len(fused) == len(expected)
    np.testing.assert_allclose(fused.scores, [row[1] for row in expected], rtol=1e-5)
    np.testing.assert_allclose(fused.corners, [row[0] for row in expected], rtol=1e-4, atol=1e-3)
    assert fused.labels.tolist() == [row[2] for row in expected]


def test_what_both_models_see_scores_higher_than_what_one_sees():
    both = Boxes([[0, 0, 10, 10], [50, 50, 60, 60]], [0, 0], [0.6, 0.8], NAMES)
    fused = weighted_fusion([both, both[[0]]])
    assert fused.corners.tolist() == [[0, 0, 10, 10], [50, 50, 60, 60]]
    assert fused.scores.tolist() == pytest.approx([0.6, 0.4])


def test_classes_are_not_mixed_and_boxes_without_area_stay_alone():
    boxes = Boxes(
        [[0, 0, 10, 10], [0, 0, 10, 10], [3, 3, 3, 3], [3, 3, 3, 3]], [0, 1, 0, 0], [0.9, 0.8, 0.7, 0.6], NAMES
    )
    assert weighted_fusion([boxes]).corners.tolist() == boxes.corners.tolist()


def test_no_boxes_fuse_to_none():
    fused = weighted_fusion([Boxes.empty(NAMES), Boxes.empty(NAMES)])
    assert len(fused) == 0
    assert fused.names == NAMES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"detections": []}, "no boxes"),
        ({"detections": [Boxes.empty(NAMES), Boxes.empty(("x",))]}, "different class names"),
        ({"weights": [1, 2]}, r"weights=\[1.0, 2.0\]"),
        ({"weights": [0]}, "positive weight"),
        ({"weights": [np.nan]}, "positive weight"),
        ({"iou_threshold": -0.1}, "iou_threshold=-0.1"),
    ],
)
def test_what_cannot_be_fused_is_refused(options, message):
    options = {"detections": [Boxes.empty(NAMES)]} | options
    with pytest.raises(InputError, match=message):
        weighted_fusion(options.pop("detections"), **options)
