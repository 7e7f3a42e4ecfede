"""What each box is at a step of suppression, and whether a guess is judged as the step says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.boxes import Boxes, iou
from cnn_core.detection.trace import STATES, choices, judge, said, states, trace, waiting_boxes
from cnn_core.suppression import nms

NAMES = ("cat", "dog")
CASES = st.tuples(st.integers(0, 10_000), st.integers(1, 14), st.sampled_from([0.0, 0.2, 0.5, 0.8]), st.booleans())


def some_boxes(seed: int, count: int) -> Boxes:
    random = np.random.default_rng(seed)
    corners = random.integers(0, 6, (count, 4))
    corners[:, 2:] += corners[:, :2] + 1
    return Boxes(corners, random.integers(0, 2, count), random.integers(1, 9, count) / 10, NAMES)


@given(CASES)
def test_states_follow_the_boxes_from_waiting_to_kept_or_gone(case):
    seed, count, threshold, agnostic = case
    boxes = some_boxes(seed, count)
    steps = trace(boxes, iou_threshold=threshold, agnostic=agnostic)
    kept = nms(boxes.corners, boxes.scores, None if agnostic else boxes.labels, iou_threshold=threshold)
    assert [step.kept for step in steps] == kept.tolist()
    before = np.full(count, "waiting", "<U9")
    for number in range(len(steps)):
        now = states(steps, number, count=count)
        assert set(now) <= set(STATES)
        assert (now == "current").sum() == 1
        assert (now == "kept").sum() == number
        # A box that was kept or that went stays so; only the waiting change.
        settled = np.isin(before, ["kept", "current", "going", "gone"])
        became = {"current": "kept", "kept": "kept", "going": "gone", "gone": "gone"}
        assert [became[state] for state in before[settled]] == now[settled].tolist()
        untold = states(steps, number, count=count, told=False)
        assert "going" not in untold
        assert ((untold == now) | ((untold == "waiting") & (now == "going"))).all()
        before = now
    assert "waiting" not in before


@settings(max_examples=30)
@given(CASES)
def test_guesses_are_judged_by_the_overlap(case):
    seed, count, threshold, agnostic = case
    boxes = some_boxes(seed, count)
    for step in trace(boxes, iou_threshold=threshold, agnostic=agnostic):
        rows = waiting_boxes(step, boxes)
        assert [row.overlap for row in rows] == sorted((row.overlap for row in rows), reverse=True)
        for row in rows:
            overlap = iou([boxes.corners[step.kept]], [boxes.corners[row.box]])[0, 0]
            same = agnostic or boxes.labels[row.box] == boxes.labels[step.kept]
            verdict = judge(step, boxes, row.box, iou_threshold=threshold, agnostic=agnostic)
            assert verdict.right == (np.float32(overlap) > np.float32(threshold) and same)
            assert float(verdict.why.replace(",", " ").split()[1]) == pytest.approx(overlap, abs=6e-4)
        nothing = judge(step, boxes, None, iou_threshold=threshold, agnostic=agnostic)
        assert nothing.right == (not step.suppressed.any())
        asked = choices(step, boxes, most=4)
        assert len(asked) == min(4, len(rows))
        assert len(set(asked)) == len(asked)
        assert set(asked) <= set(step.waiting.tolist())
        going = set(step.waiting[step.suppressed].tolist())
        # Where there are both, both are asked about.
        assert not going or set(asked) & going
        assert len(going) == len(rows) or len(asked) < 2 or set(asked) - going


def test_a_box_of_another_class_stays_and_the_words_say_why():
    boxes = Boxes([[0, 0, 4, 4], [0, 0, 4, 5]], [0, 1], [0.9, 0.6], NAMES)
    step = trace(boxes, iou_threshold=0.5)[0]
    assert judge(step, boxes, 1, iou_threshold=0.5).why == ("IoU 0.800, but a cat suppresses no dog: the box stays.")
    assert judge(step, boxes, None, iou_threshold=0.5).why == "No box of the kept one's class is waiting."
    assert not judge(step, boxes, 0, iou_threshold=0.5).right
    together = trace(boxes, iou_threshold=0.5, agnostic=True)[0]
    assert judge(together, boxes, 1, iou_threshold=0.5, agnostic=True).right
    assert (
        judge(trace(boxes[[0]], iou_threshold=0.5)[0], boxes[[0]], None, iou_threshold=0.5).why == "No box is waiting."
    )


def test_an_overlap_at_the_threshold_is_not_above_it():
    assert said(float(np.float32(0.3)), 0.3) == "0.300 is not above 0.3"
    assert said(0.3002, 0.3) == "0.3002 is above 0.3"
