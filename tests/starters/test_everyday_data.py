"""Pseudo-labels: the teacher's output decoded, and what is believed of it."""

import math

import numpy as np
import pytest

from cnn_core.starters.everyday_data import EXPECTED, SURE, pseudo_boxes
from cnn_core.starters.teacher_boxes import COCO, SIZE, decode_yolox

NAMES = ("person", "cat", "dog")


def said(kind: str, score: float, box: list[float]) -> dict[str, object]:
    return {"class": kind, "score": score, "box": box}


def test_in_the_folder_of_cats_each_cat_or_dog_is_a_cat() -> None:
    found = [said("dog", 0.6, [0, 0, 50, 50]), said("cat", 0.5, [100, 0, 150, 50]), said("person", 0.9, [0, 0, 9, 90])]
    boxes = pseudo_boxes(found, NAMES, known="cat")
    assert boxes is not None
    assert sorted(zip(boxes.labels.tolist(), boxes.corners[:, 0].tolist(), strict=True)) == [(0, 0), (1, 0), (1, 100)]


def test_one_animal_that_is_called_cat_and_dog_is_one_box() -> None:
    found = [said("dog", 0.6, [0, 0, 50, 50]), said("cat", 0.5, [0, 0, 50, 52])]
    boxes = pseudo_boxes(found, NAMES, known="dog")
    assert boxes is not None
    assert boxes.corners.tolist() == [[0, 0, 50, 50]]


@pytest.mark.parametrize(("kind", "least"), [("person", SURE), ("cat", EXPECTED)])
def test_what_is_expected_needs_a_lower_score(kind: str, least: float) -> None:
    sure = said("cat", 0.9, [200, 0, 250, 50])
    for score, count in ((least + 0.01, 2), (least - 0.01, 1)):
        boxes = pseudo_boxes([sure, said(kind, score, [0, 0, 50, 50])], NAMES, known="cat")
        assert boxes is not None
        assert len(boxes) == count


def test_a_photo_without_what_it_is_known_to_show_is_left_out() -> None:
    assert pseudo_boxes([said("bed", 0.9, [0, 0, 9, 9]), said("person", 0.9, [0, 0, 9, 9])], NAMES, known="dog") is None
    assert pseudo_boxes([], NAMES, known="person") is None


def test_classes_that_are_not_learned_are_dropped() -> None:
    boxes = pseudo_boxes([said("person", 0.9, [0, 0, 9, 9]), said("tie", 0.9, [3, 3, 5, 9])], NAMES, known="person")
    assert boxes is not None
    assert boxes.labels.tolist() == [0]


def test_a_box_written_into_the_teacher_s_output_comes_back() -> None:
    assert len(COCO) == len(set(COCO)) == 80
    box, stride, row, column = [120.0, 40.0, 200.0, 300.0], 16, 10, 10
    raw = np.zeros((3549, 85), np.float32)
    cell = (SIZE // 8) ** 2 + row * (SIZE // stride) + column
    raw[cell, :4] = [160 / stride - column, 170 / stride - row, math.log(80 / stride), math.log(260 / stride)]
    raw[cell, 4], raw[cell, 5 + COCO.index("dog")] = 0.9, 0.8
    found = decode_yolox(raw)
    assert [COCO[label] for label in found.labels] == ["dog"]
    assert found.scores[0] == pytest.approx(0.72, abs=1e-6)
    np.testing.assert_allclose(found.corners[0], box, atol=1e-3)
