"""Short programs that give the numbers of the detection page's learning tabs: one cell, suppression, overlap, AP.

Each is text that runs as it is: the numbers on screen are written out in it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.detection.cell_formula import CellBox
from cnn_core.detection.truth import RULES
from cnn_core.precision_recall import PrecisionRecall

PICTURE_FILE = "picture.png"


def cell_code(box: CellBox, classes: tuple[str, ...], *, number: int, detector: str) -> Mapping[str, str]:
    """Decode one cell; leaves `corners` in pixels of the photo, `score` and `name`.

    Args:
        box: the cell.
        classes: the class names.
        number: of its head among the candidates'.
        detector: `Detector.code`, which loads it and runs it on `image`.
    """
    head, cell, framed = box.head, box.cell, box.framed
    sigmoid = "" if head.probabilities else "\n\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n\n"
    wrap = "{}" if head.probabilities else "sigmoid({})"
    middle = f" + {head.centre:g}" if head.centre else ""
    numpy = f"""import numpy as np
{sigmoid}
raw = np.array(
    {_list(cell.raw)}
)
names = {_list(map(repr, classes), plain=True)}
row, column, stride = {cell.row}, {cell.column}, {head.stride}
t_x, t_y, t_w, t_h = raw[:4]
x, y = stride * (column{middle} + t_x), stride * (row{middle} + t_y)
w, h = stride * np.exp(t_w), stride * np.exp(t_h)
corners = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
print("in the network's input:", corners.round(1))

scores = {wrap.format("raw[4]")} * {wrap.format("raw[5:]")}
name, score = names[scores.argmax()], scores.max()
print(name, score.round(3))

# The photo of {framed.size[1]} x {framed.size[0]} lies letterboxed in the input.
offset, scale = np.array({list(framed.offset)}), np.array({[float(f"{s:.6g}") for s in framed.scale]})
corners = ((corners.reshape(2, 2) - offset) / scale).clip(0, [{framed.size[1]}, {framed.size[0]}]).ravel()
print("in the photo:", corners.round(1))
"""
    photo = f"""import numpy as np
from PIL import Image

from cnn_core.detection.heads import head_cell

image = np.asarray(Image.open("{PICTURE_FILE}").convert("RGB"), np.float32) / 255
{detector.rstrip()}

cell = head_cell(candidates.heads[{number}], row={cell.row}, column={cell.column})
corners = candidates.framed.to_picture([cell.corners])[0]
name, score = candidates.boxes.names[cell.scores.argmax()], cell.scores.max()
print(name, score.round(3), corners.round(1))
"""
    return {"NumPy": numpy.replace("\n\n\n\n", "\n\n\n"), "From the photo": photo}


def suppression_code(boxes: Boxes, *, iou_threshold: float, agnostic: bool) -> Mapping[str, str]:
    """Suppress boxes; leaves `kept`, their places, best first."""
    numbers = _boxes(boxes)
    own_class = "    goes &= labels[waiting] == labels[best]  # a box suppresses only its own class\n"
    numpy = f"""import numpy as np

{numbers}

def iou(a, b):
    width = np.maximum(np.minimum(a[2], b[:, 2]) - np.maximum(a[0], b[:, 0]), 0)
    height = np.maximum(np.minimum(a[3], b[:, 3]) - np.maximum(a[1], b[:, 1]), 0)
    shared = width * height
    area = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + area - shared)


waiting = np.argsort(-scores, kind="stable")
kept = []
while len(waiting):
    best, waiting = waiting[0], waiting[1:]
    kept.append(int(best))
    overlaps = iou(boxes[best], boxes[waiting])
    goes = overlaps > {iou_threshold:g}
{"" if agnostic else own_class}\
    print("kept", best, "suppressed", waiting[goes], "IoU", overlaps[goes].round(3))
    waiting = waiting[~goes]
print(kept)
"""
    if agnostic:
        body = f"kept = tf.image.non_max_suppression(boxes, scores, len(boxes), {iou_threshold:g}).numpy().tolist()"
    else:
        body = f"""kept = []
for label in np.unique(labels):
    own = np.flatnonzero(labels == label)
    chosen = tf.image.non_max_suppression(boxes[own], scores[own], len(own), {iou_threshold:g})
    kept += own[chosen.numpy()].tolist()
kept.sort(key=lambda place: -scores[place])"""
    tensorflow = f"""import numpy as np
import tensorflow as tf

{numbers}
# IoU is the same whether x or y comes first.
{body}
print(kept)
"""
    return {"NumPy": numpy, "TensorFlow": tensorflow}


def overlap_code(first: Iterable[float], second: Iterable[float]) -> Mapping[str, str]:
    """Measure two boxes; leaves `iou`, `giou`, `diou`, `ciou`."""
    boxes = f"a = np.array({_list(first)})\nb = np.array({_list(second)})"
    numpy = f"""import numpy as np

{boxes}


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
intersection = np.maximum(high - low, 0).prod()
union = area(a) + area(b) - intersection
iou = intersection / union

hull = np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])])
giou = iou - (area(hull) - union) / area(hull)

distance = (((a[:2] + a[2:] - b[:2] - b[2:]) / 2) ** 2).sum()
diagonal = ((hull[2:] - hull[:2]) ** 2).sum()
diou = iou - distance / diagonal

aspects = [np.arctan2(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
v = 4 / np.pi**2 * (aspects[0] - aspects[1]) ** 2
alpha = v / (1 - iou + v) if v else 0
ciou = diou - alpha * v
print(np.round([iou, giou, diou, ciou], 4))
"""
    core = f"""import numpy as np

from cnn_core import boxes

{boxes}
iou, giou, diou, ciou = (measure([a], [b])[0, 0] for measure in (boxes.iou, boxes.giou, boxes.diou, boxes.ciou))
print(np.round([iou, giou, diou, ciou], 4))
"""
    return {"NumPy": numpy, "cnn_core": core}


def precision_code(
    curve: PrecisionRecall, truth: Truth, detections: Boxes, *, label: int, rule: str, iou_threshold: float
) -> Mapping[str, str]:
    """Average precision of one class in one picture; leaves `precision`, `recall` and `ap`."""
    recalls = RULES[rule][1]
    if recalls is None:
        last = "ap = np.sum(np.diff(recall, prepend=0) * best)"
    else:
        points = "np.linspace(0, 1, 101)" if rule == "coco" else "np.arange(11) / 10"
        last = f'recalls = {points}\nap = np.append(best, 0)[np.searchsorted(recall, recalls, side="left")].mean()'
    numpy = f"""import numpy as np

# The detections of {_comment(detections.names[label])}, best first: 1 where one takes a true box, 0 where it does not.
hits = np.array({_list(curve.hits.astype(int))})
truths = {curve.truths}
found = np.cumsum(hits)
recall, precision = found / truths, found / np.arange(1, len(hits) + 1)
# At each recall the best precision there or beyond.
best = np.maximum.accumulate(precision[::-1])[::-1]
{last}
print(np.round(ap, 4))
"""
    own, true = detections[detections.labels == label], truth[truth.boxes.labels == label]
    matching = "precision_recall" if rule == "coco" else "voc_curve"
    area = {"coco": "COCO_RECALLS", "voc07": "VOC_RECALLS", "area": "None"}[rule]
    needed = sorted({matching, "area_under", *([area] if area != "None" else [])}, key=lambda n: (n.islower(), n))
    core = f"""import numpy as np

from cnn_core.box_matching import Truth
from cnn_core.boxes import Boxes
from cnn_core.precision_recall import {", ".join(needed)}

names = [{detections.names[label]!r}]
{_boxes(own, labels=False)}\
found = Boxes(boxes, np.zeros(len(boxes), int), scores, names)
true = {_rows(true.boxes.corners)}
truth = Truth(
    Boxes(true, np.zeros(len(true), int), None, names),
    crowd={true.crowd.tolist()},
    difficult={true.difficult.tolist()},
)
curve = {matching}([truth], [found], label=0, iou_threshold={iou_threshold:g})
precision, recall = curve.precision, curve.recall
ap = area_under(curve, recalls={area})
print(np.round(ap, 4))
"""
    return {"NumPy": numpy, "cnn_core": core}


def _boxes(boxes: Boxes, *, labels: bool = True) -> str:
    lines = [
        f"boxes = np.array({_rows(boxes.corners)}, np.float32).reshape(-1, 4)",
        f"scores = np.array({_list(boxes.scores)}, np.float32)",
    ]
    if labels:
        lines += [f"labels = np.array({_list(boxes.labels)})  # of {_comment(', '.join(boxes.names[:6]))}"]
    return "\n".join(lines) + "\n"


def _rows(corners: npt.NDArray[np.float32]) -> str:
    if not len(corners):
        return "[]"
    return "[\n" + "".join(f"        [{', '.join(map(_number, row))}],\n" for row in corners.tolist()) + "    ]"


def _list(values: Iterable[Any], *, plain: bool = False) -> str:
    lines = [""]
    for value in values:
        text = f"{value}, " if plain else f"{_number(value)}, "
        if len(lines[-1]) + len(text) > 100:
            lines.append("")
        lines[-1] += text
    return "[" + "\n    ".join(line.rstrip() for line in lines).removesuffix(",") + "]"


def _number(value: float) -> str:
    """As many digits as float32 has, so that the program computes with the numbers of the page."""
    return f"{float(value):.8g}"


def _comment(text: str) -> str:
    """A name in a comment: on one line."""
    return " ".join(text.split())
