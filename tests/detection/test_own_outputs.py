"""Heads told apart by their shapes, and random outputs of each kind against a loop over their rows."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_core.detection.candidates import LEAST_SCORE, found
from cnn_core.detection.head_plan import HEADS, HeadPlan, plan_head
from cnn_core.detection.head_rows import read_outputs
from cnn_core.errors import InputError
from cnn_core.letterbox import Letterboxed, letterbox

NAMES = ("cat", "dog", "bird")
SIZE = (64, 96)
STRIDES = (8, 16, 32)
CELLS = [(64 // stride, 96 // stride) for stride in STRIDES]
N = sum(rows * columns for rows, columns in CELLS)

SHAPES = [
    ("YOLOX nano", [(1, 3549, 85)], (416, 416), None, ("yolox", 80, False, (8, 16, 32))),
    ("YOLOX at another size", [(1, 5040, 8)], (480, 512), None, ("yolox", 3, False, (8, 16, 32))),
    ("YOLOX of four grids", [(1, 8500, 85)], (640, 640), None, ("yolox", 80, False, (8, 16, 32, 64))),
    ("YOLOX, channels first", [(1, 85, 3549)], (416, 416), 80, ("yolox", 80, True, (8, 16, 32))),
    ("YOLOX in three grids", [(1, 52, 52, 85), (1, 13, 13, 85), (1, 26, 26, 85)], (416, 416), None,
     ("yolox", 80, False, (8, 16, 32))),
    ("YOLOX in three grids, channels first", [(1, 85, 52, 52), (1, 85, 26, 26), (1, 85, 13, 13)], (416, 416), None,
     ("yolox", 80, True, (8, 16, 32))),
    ("YOLOv8", [(1, 84, 8400)], (640, 640), None, ("yolov8", 80, True, ())),
    ("YOLOv8 of one class", [(1, 5, 8400)], (640, 640), None, ("yolov8", 1, True, ())),
    ("YOLOv8 at 416 x 320", [(1, 7, 2730)], (320, 416), None, ("yolov8", 3, True, ())),
    ("YOLOv8, transposed", [(1, 8400, 84)], (640, 640), None, ("yolov8", 80, False, ())),
    ("YOLOv8, transposed, three classes", [(1, 8400, 7)], (640, 640), 3, ("yolov8", 3, False, ())),
    ("YOLOv8 of unusual strides", [(1, 84, 777)], (640, 640), None, ("yolov8", 80, True, ())),
    ("YOLOv8 segmenter", [(1, 116, 8400), (1, 32, 160, 160)], (640, 640), None, ("yolov8", 80, True, ())),
    ("YOLOv5", [(1, 25200, 85)], (640, 640), None, ("yolov5", 80, False, ())),
    ("behind suppression", [(1, 300, 6)], (640, 640), None, ("suppressed", None, False, ())),
    ("behind suppression, as many as cells of stride 32", [(1, 300, 6)], (480, 640), None,
     ("suppressed", None, False, ())),
    ("YOLOX of one class", [(1, 756, 6)], (192, 192), None, ("yolox", 1, False, (8, 16, 32))),
    ("this project's", [(1, 24, 32, 8)], (192, 256), None, ("grid", 3, False, (8,))),
    ("LiteRT's SSD", [(1, 10, 4), (1, 10), (1, 10), (1,)], (300, 300), None, ("ssd", None, False, ())),
    ("SSD of TensorFlow 2", [(1, 10), (1, 10, 4), (1,), (1, 10)], (300, 300), None, ("ssd", None, False, ())),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shapes", "size", "classes", "wanted"), [case[1:] for case in SHAPES], ids=[c[0] for c in SHAPES]
)
def test_heads_are_told_apart(shapes: list, size: tuple[int, int], classes: int | None, wanted: tuple) -> None:
    plan = plan_head(shapes, size, classes=classes)
    assert (plan.kind, plan.classes, plan.channels_first, plan.strides) == wanted
    assert set(HEADS) >= {plan.kind}
    again = plan_head(shapes, size, classes=classes, head=plan.kind)
    assert again == plan


@pytest.mark.parametrize("shape", [(1, 512, 512, 21), (1, 21, 256, 256)])
def test_a_segmenters_output_is_no_head(shape: tuple[int, ...]) -> None:
    for head in ("auto", "grid"):
        with pytest.raises(InputError, match="no head that can be read"):
            plan_head([shape], (512, 512), head=head)


def test_grids_are_sorted_by_their_strides() -> None:
    plan = plan_head([(1, 52, 52, 85), (1, 13, 13, 85), (1, 26, 26, 85)], (416, 416))
    assert (plan.outputs, plan.strides) == ((0, 2, 1), (8, 16, 32))


def test_one_grid_may_be_said_to_be_of_yolox() -> None:
    assert plan_head([(1, 24, 32, 8)], (192, 256), head="yolox").kind == "yolox"


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([(1, 1000)], {}, r"no head that can be read.*\(1, 1000\)"),
        ([(1, 7, 7, 512)], {}, "no head"),
        ([], {}, "no head"),
        ([(1, 21, 513, 513)], {}, "no head"),
        ([(1, 3549, 85)], {"classes": 3}, "scores for 80 or 81 classes, and there are 3 names"),
        ([(1, 84, 3549)], {"head": "suppressed"}, "no head"),
        ([(1, 84, 3549)], {"head": "ssd2"}, "no such head"),
    ],
)
def test_what_is_no_head_is_refused(shapes: list, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_head(shapes, (416, 416), **options)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def framed(size: tuple[int, int] = (50, 90), *, centred: bool = True) -> Letterboxed:
    return letterbox(np.zeros((*size, 3)), SIZE, centred=centred)


def in_photo(box: list[float], frame: Letterboxed) -> list[float]:
    left, top = frame.offset
    places = [(box[0] - left) / frame.scale[0], (box[1] - top) / frame.scale[1]]
    places += [(box[2] - left) / frame.scale[0], (box[3] - top) / frame.scale[1]]
    limits = [frame.size[1], frame.size[0]] * 2
    return [min(max(place, 0), limit) for place, limit in zip(places, limits, strict=True)]


def compare(
    plan: HeadPlan, outputs: list[np.ndarray], rows: list[tuple[float, int, list[float]]], frame: Letterboxed
) -> None:
    """Candidates against (score, label, box in the input) of a loop."""
    seen = read_outputs(plan, outputs, frame, names=NAMES)
    boxes = [(score, label, in_photo(box, frame)) for score, label, box in rows if score >= LEAST_SCORE]
    boxes = sorted((one for one in boxes if one[2][2] > one[2][0] and one[2][3] > one[2][1]), key=lambda one: -one[0])
    np.testing.assert_allclose(seen.boxes.scores, [one[0] for one in boxes], rtol=1e-4, atol=1e-5)
    assert seen.boxes.labels.tolist() == [one[1] for one in boxes]
    np.testing.assert_allclose(seen.boxes.corners, np.reshape([one[2] for one in boxes], (-1, 4)), rtol=1e-3, atol=1e-2)
    assert seen.size == frame.size


def best(scores: np.ndarray) -> tuple[float, int]:
    return float(scores.max()), int(scores.argmax())


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_rows_of_yolox_are_the_loop(seed: int, logits: bool, split: bool) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(N, 8)).astype(np.float32)
    rows[:, 4:] = 3 * rows[:, 4:] if logits else random.random((N, 4))
    expected, place = [], 0
    for stride, (high, wide) in zip(STRIDES, CELLS, strict=True):
        for row in range(high):
            for column in range(wide):
                x, y, w, h, sure, *scores = (float(value) for value in rows[place])
                place += 1
                score, label = best(np.array(scores))
                score = sigmoid(score) * sigmoid(sure) if logits else score * sure
                x, y, w, h = (column + x) * stride, (row + y) * stride, math.exp(w) * stride, math.exp(h) * stride
                expected.append((score, label, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]))
    outputs = [rows[None]]
    if split:
        ends = np.cumsum([high * wide for high, wide in CELLS])[:-1]
        outputs = [part.reshape(1, *cells, 8) for part, cells in zip(np.split(rows, ends), CELLS, strict=True)]
    plan = plan_head([output.shape for output in outputs], SIZE)
    assert plan.kind == "yolox"
    compare(plan, outputs, expected, framed(centred=False))
    assert len(read_outputs(plan, outputs, framed(), names=NAMES).heads) == 3


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(["first", "last", "parts", "objectness"]))
def test_decoded_rows_are_the_loop(seed: int, way: str) -> None:
    random = np.random.default_rng(seed)
    objectness = way == "objectness"
    count = 3 * N if objectness else N
    scores = random.random((count, 4 if objectness else 3)).astype(np.float32)
    boxes = (random.random((count, 4)) * [96, 64, 50, 50]).astype(np.float32)
    expected = []
    for box, values in zip(boxes, scores, strict=True):
        x, y, w, h = map(float, box)
        score, label = best(values[1:] if objectness else values)
        score *= float(values[0]) if objectness else 1
        expected.append((score, label, [x - w / 2, y - h / 2, x + w / 2, y + h / 2]))
    given_boxes = boxes / [96, 64, 96, 64] if way == "parts" else boxes
    output = np.concatenate([given_boxes, scores], axis=1)[None].astype(np.float32)
    if way in {"first", "parts"}:
        output = output.swapaxes(1, 2)
    plan = plan_head([output.shape], SIZE, classes=3)
    assert plan.kind == ("yolov5" if objectness else "yolov8")
    compare(plan, [output], expected, framed())


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_suppressed_rows_are_the_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = np.sort((random.random((20, 2, 2)) * [96, 64]), axis=1).reshape(20, 4)
    scores, labels = np.sort(random.random(20))[::-1], random.integers(0, 3, 20)
    output = np.concatenate([corners, scores[:, None], labels[:, None]], axis=1)[None].astype(np.float32)
    rows = [(float(score), int(label), [float(side) for side in box])
            for score, label, box in zip(scores, labels, corners, strict=True)]  # fmt: skip
    plan = plan_head([output.shape], SIZE)
    compare(plan, [output], rows, framed())
    assert read_outputs(plan, [output], framed(), names=NAMES).suppressed


def test_the_answer_of_an_ssd_is_read_in_either_order() -> None:
    boxes = np.array([[[0.25, 0.5, 0.75, 1.0], [0, 0, 0.5, 0.25], [9, 9, 9, 9]]], np.float32)
    classes, scores = np.array([[2, 0, 0]], np.float32), np.array([[0.9, 0.4, 0.8]], np.float32)
    count = np.array([2], np.float32)
    frame = letterbox(np.zeros((*SIZE, 3)), SIZE)
    for outputs in ([boxes, classes, scores, count], [scores, boxes, count, classes]):
        seen = read_outputs(plan_head([one.shape for one in outputs], SIZE), outputs, frame, names=NAMES)
        assert seen.boxes.labels.tolist() == [2, 0]
        assert seen.boxes.corners.tolist() == [[48, 16, 96, 48], [0, 0, 24, 32]]
        assert seen.suppressed


def test_decoded_yolox_is_not_decoded_again() -> None:
    rows = np.zeros((1, N, 8), np.float32)
    rows[0, 5] = [48, 32, 20, 10, 0.9, 0.1, 0.8, 0.1]
    seen = read_outputs(plan_head([rows.shape], SIZE), [rows], letterbox(np.zeros((*SIZE, 3)), SIZE), names=NAMES)
    assert seen.boxes.corners.tolist() == [[38, 27, 58, 37]]
    assert seen.boxes.scores.tolist() == pytest.approx([0.72])
    assert (seen.boxes.labels.tolist(), seen.heads) == ([1], ())
    assert len(found(seen)) == 1


@pytest.mark.parametrize("shape", [(1, N, 8), (1, 7, N), (1, 300, 6), (1, 8, 12, 8)])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_outputs_that_are_not_numbers_are_refused(shape: tuple[int, ...], value: float) -> None:
    output = np.zeros(shape, np.float32)
    output[0, 2, 3] = value
    with pytest.raises(InputError, match="values that are not numbers"):
        read_outputs(plan_head([shape], SIZE), [output], framed(), names=NAMES)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_class_without_a_name_is_refused(label: int) -> None:
    output = np.array([[[0, 0, 9, 9, 0.9, 0], [0, 0, 9, 9, 0.8, label]]], np.float32)
    with pytest.raises(InputError, match=f"names class {label}, and there are 3 class names"):
        read_outputs(plan_head([output.shape], SIZE), [output], framed(), names=NAMES)
