"""Kinds of mistakes: one by one, against a plain loop over the rules, and what mending them is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.average_precision import coco_average_precision
from cnn_core.box_matching import Truth, assign
from cnn_core.boxes import Boxes, iou
from cnn_core.detection.error_kinds import BACKGROUND, FOREGROUND, KINDS, WRONG, error_costs, errors_of
from cnn_core.errors import InputError

NAMES = ("cat", "dog", "cow")
# A true cat of 100 x 100 pixels.
CAT = (0, 0, 100, 100)


def boxes(*rows: tuple[tuple[float, ...], int, float]) -> Boxes:
    corners, labels, scores = zip(*rows, strict=True) if rows else ((), (), ())
    return Boxes(np.array(corners, float).reshape(-1, 4), np.array(labels, int), scores, NAMES)


def true(*rows: tuple[tuple[float, ...], int]) -> Truth:
    return Truth(boxes(*((corners, label, 1.0) for corners, label in rows)))


ONE_BY_ONE = {
    "": ((0, 0, 100, 60), 0),
    "localisation": ((0, 0, 100, 40), 0),
    "confusion": ((0, 0, 100, 60), 1),
    "both": ((0, 0, 100, 40), 1),
    "background": ((0, 0, 100, 9), 0),
}


@pytest.mark.parametrize("kind", ONE_BY_ONE)
def test_one_box_beside_one_true_box(kind: str) -> None:
    corners, label = ONE_BY_ONE[kind]
    errors = errors_of(true((CAT, 0)), boxes((corners, label, 0.9)))
    assert [WRONG[place] if place >= 0 else "" for place in errors.kind] == [kind]
    assert errors.right.tolist() == [kind == ""]
    # Near enough to the object to say what went wrong with it: it is not counted once more.
    assert errors.missed.tolist() == [kind in {"both", "background"}]
    assert errors.unfound.tolist() == [kind != ""]


def test_the_worse_of_two_boxes_on_one_object_is_a_duplicate() -> None:
    found = boxes(((0, 0, 100, 90), 0, 0.6), ((0, 0, 100, 80), 0, 0.9))
    errors = errors_of(true((CAT, 0)), found)
    assert errors.kind.tolist() == [WRONG.index("duplicate"), -1]
    assert errors.meant.tolist() == [0, 0]
    assert errors.counts() == dict.fromkeys(KINDS, 0) | {"duplicate": 1}


def test_crowds_and_difficult_boxes_count_neither_for_nor_against() -> None:
    truth = Truth(boxes((CAT, 0, 1.0), ((200, 0, 300, 100), 0, 1.0)), crowd=[True, False], difficult=[False, True])
    errors = errors_of(truth, boxes(((10, 10, 60, 60), 0, 0.9), ((200, 0, 300, 90), 0, 0.8)))
    assert errors.kind.tolist() == [-1, -1]
    assert not errors.right.any()
    assert not errors.missed.any()
    assert sum(errors_of(truth, boxes()).counts().values()) == 0


def test_nothing_true_and_nothing_found() -> None:
    assert errors_of(true(), boxes()).counts() == dict.fromkeys(KINDS, 0)
    assert errors_of(true((CAT, 0)), boxes()).counts()["missed"] == 1
    assert errors_of(true(), boxes((CAT, 0, 0.9))).counts()["background"] == 1


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="out of order"):
        errors_of(true(), boxes(), foreground=0.1, background=0.5)


def by_the_rules(truth: Truth, found: Boxes) -> tuple[list[str], list[bool]]:
    """The kinds, box by box, and the missed true boxes, as section 2.2 of the paper says it."""
    outcome = assign(truth, found, iou_threshold=FOREGROUND)
    kinds, excused = [], set()
    for number in range(len(found)):
        if outcome.outcome[number] != "false positive":
            kinds.append("")
            continue
        own, other = [(0.0, -1)], [(0.0, -1)]
        for place in range(len(truth)):
            if truth.crowd[place] or truth.difficult[place]:
                continue
            overlap = float(iou(found.corners[[number]], truth.boxes.corners[[place]])[0, 0])
            (own if truth.boxes.labels[place] == found.labels[number] else other).append((overlap, -place))
        (a, own_place), (b, other_place) = max(own), max(other)
        if BACKGROUND <= a < FOREGROUND:
            kinds.append("localisation")
            excused.add(-own_place)
        elif b >= FOREGROUND:
            kinds.append("confusion")
            excused.add(-other_place)
        elif a >= FOREGROUND:
            kinds.append("duplicate")
        elif a < BACKGROUND and b < BACKGROUND:
            kinds.append("background")
        else:
            kinds.append("both")
    return kinds, [bool(missed) and place not in excused for place, missed in enumerate(outcome.missed)]


def drawn(random: np.random.Generator) -> tuple[Truth, Boxes]:
    """True boxes, and boxes found that are shifted copies of them or lie anywhere."""
    count, more = random.integers(0, 5), random.integers(0, 8)
    low = random.integers(0, 40, (count, 2))
    corners = np.concatenate([low, low + random.integers(5, 30, (count, 2))], axis=1).astype(float)
    labels = random.integers(0, 3, count)
    truth = Truth(
        Boxes(corners, labels, None, NAMES), crowd=random.random(count) < 0.1, difficult=random.random(count) < 0.1
    )
    anywhere = random.integers(0, 40, (more, 2))
    guesses = np.concatenate([anywhere, anywhere + random.integers(5, 30, (more, 2))], axis=1).astype(float)
    if count:
        near = random.random(more) < 0.8
        guesses[near] = (corners[random.integers(0, count, more)] + random.integers(0, 6, (more, 4)))[near]
    scores = random.integers(1, 10, more) / 10
    return truth, Boxes(
        np.sort(guesses.reshape(-1, 2, 2), axis=1).reshape(-1, 4), random.integers(0, 3, more), scores, NAMES
    )


@given(st.integers(0, 100_000))
@settings(max_examples=200, deadline=None)
def test_kinds_equal_a_plain_loop_over_the_rules(seed: int) -> None:
    truth, found = drawn(np.random.default_rng(seed))
    errors = errors_of(truth, found)
    kinds, missed = by_the_rules(truth, found)
    assert [WRONG[place] if place >= 0 else "" for place in errors.kind] == kinds
    assert errors.missed.tolist() == missed


@given(st.integers(0, 100_000))
@settings(max_examples=20, deadline=None)
def test_average_precision_as_it_is_equals_cocos_and_mending_never_costs(seed: int) -> None:
    random = np.random.default_rng(seed)
    truths, found = zip(*(drawn(random) for _ in range(4)), strict=True)
    costs = error_costs(truths, found, num_classes=3)
    coco = coco_average_precision(truths, found, num_classes=3)
    assert costs.ap50 == pytest.approx(coco.ap50, abs=1e-9, nan_ok=True)
    for kind in ("duplicate", "background", "both", "localisation"):
        assert not costs.costs[kind] < -1e-9, kind


def test_mending_the_only_kind_there_is_gives_full_marks() -> None:
    cat, dog = (CAT, 0), ((200, 0, 300, 100), 1)
    cases = {
        "localisation": boxes(((0, 0, 100, 40), 0, 0.9), ((200, 0, 300, 90), 1, 0.8)),
        "confusion": boxes((CAT, 2, 0.9), ((200, 0, 300, 90), 1, 0.8)),
        "duplicate": boxes((CAT, 0, 0.9), ((0, 0, 100, 90), 0, 0.85), ((200, 0, 300, 90), 1, 0.8)),
        "background": boxes((CAT, 0, 0.8), ((400, 0, 500, 90), 0, 0.9), ((200, 0, 300, 90), 1, 0.8)),
        "both": boxes((CAT, 0, 0.8), ((200, 0, 300, 40), 0, 0.9), ((200, 0, 300, 90), 1, 0.8)),
        "missed": boxes((CAT, 0, 0.8)),
    }
    for kind, found in cases.items():
        costs = error_costs([true(cat, dog)], [found], num_classes=3)
        if kind != "duplicate":
            # A duplicate behind the last true box costs nothing.
            assert costs.ap50 < 0.8, kind
            assert costs.costs[kind] == pytest.approx(1 - costs.ap50, abs=1e-6), kind
        assert all(abs(value) < 1e-9 for name, value in costs.costs.items() if name != kind), (kind, costs)


def test_only_the_best_box_for_an_object_is_mended() -> None:
    """Two boxes of the wrong class on one cat, then one beside a dog that was found: one hit more, the others go."""
    truth = true((CAT, 0), ((200, 0, 300, 100), 1))
    found = boxes(((200, 0, 300, 90), 1, 0.9), (CAT, 2, 0.5), (CAT, 2, 0.4), ((200, 0, 300, 40), 1, 0.95))
    costs = error_costs([truth], [found], num_classes=3)
    assert costs.ap50 == pytest.approx((0 + 0.5) / 2, abs=0.01)
    assert costs.costs["confusion"] == pytest.approx(0.5, abs=0.01)
    assert costs.costs["localisation"] == pytest.approx(0.25, abs=0.01)
