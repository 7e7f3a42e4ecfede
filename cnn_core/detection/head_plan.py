"""Which kind of head a network has, told from the shapes of its outputs.

What is told apart, with K classes, and n cells in all grids of strides such as 8, 16 and 32 over the input:

- "grid": (1, rows, columns, 5 + K) numbers of one grid, as this project's detectors give them;
- "yolox": (1, n, 5 + K), or one (1, rows, columns, 5 + K) for each grid: offsets from the cell's corner, log sizes,
  objectness, class scores (Ge et al. 2021, https://arxiv.org/abs/2107.08430);
- "yolov8": (1, 4 + K, n): centre and size in pixels, class scores (YOLOv8, YOLO11);
- "yolov5": (1, 3 n, 5 + K): centre and size in pixels, objectness, class scores (YOLOv5, YOLOv7);
- "suppressed": (1, boxes, 6): corners, score and class behind non-maximum suppression;
- "ssd": boxes (1, n, 4) as parts of the input, y before x, classes, scores and their number, as LiteRT's own
  suppression gives them.

Grids and rows may also have their channels first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from cnn_core.errors import InputError
from cnn_core.grid_decoding import BOX_NUMBERS

HEADS = {
    "grid": "Grid of this project's detectors",
    "yolox": "YOLOX grids",
    "yolov8": "Rows of box and class scores (YOLOv8, YOLO11)",
    "yolov5": "Rows of box, objectness and class scores (YOLOv5, YOLOv7)",
    "suppressed": "Boxes after suppression (corners, score, class)",
    "ssd": "Boxes, classes, scores, number (SSD of LiteRT)",
}
STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32), (8, 16), (4, 8, 16), (8,), (16,), (32,), (4,))
# A segmenter's output has a place for each pixel, or nearly: no detector's grid is that fine.
_FINEST = 4
_BOXES_PER_CELL = 3
_COCO = 80
_MOST_SUPPRESSED = 1_000
# YOLOv8's segmenters give 32 numbers for a mask with each box, and the masks as another output.
_MASK_NUMBERS = 32

Shape = tuple[int, ...]


@dataclass(frozen=True)
class HeadPlan:
    """How a network's outputs are to be read.

    Attributes:
        kind: one of `HEADS`.
        classes: how many have scores; None where each row names its class.
        outputs: the places of the outputs that are read.
        channels_first: a cell's numbers lie on the axis behind the batch.
        strides: of the grids, in the order of `outputs`, or of the rows of one output.
    """

    kind: str
    classes: int | None
    outputs: tuple[int, ...]
    channels_first: bool = False
    strides: tuple[int, ...] = ()


def plan_head(
    shapes: Sequence[Shape], size: tuple[int, int], *, classes: int | None = None, head: str = "auto"
) -> HeadPlan:
    """How to read outputs of these shapes.

    Args:
        shapes: of the outputs, with the batch axis of one.
        size: rows and columns of the network's input.
        classes: how many there are, where it is known; (1, n, C) may mean 5 + K or 4 + K.
        head: one of `HEADS`, where more than one would fit; "auto" takes the first that does.

    Raises:
        InputError: no such head, or outputs that are no head that can be read.

    Example:
        >>> plan_head([(1, 3549, 85)], (416, 416))
        HeadPlan(kind='yolox', classes=80, outputs=(0,), channels_first=False, strides=(8, 16, 32))
        >>> plan_head([(1, 84, 8400)], (640, 640)).kind
        'yolov8'
    """
    if head != "auto" and head not in HEADS:
        raise InputError("There is no such head", f"Choose one of auto, {', '.join(HEADS)}", head=head)
    rows, suppressed = _rows(shapes, size), _suppressed(shapes)
    # 300 boxes behind suppression are also the cells of one grid at 640 x 480; rows of one grid alone are unusual.
    if suppressed and len(_strides_of(shapes[suppressed[0].outputs[0]][1], size)) == 1:
        rows, suppressed = suppressed, rows
    plans = [*_ssd(shapes), *_grids(shapes, size), *rows, *suppressed]
    wanted = [plan for plan in plans if head in {"auto", plan.kind}]
    fitting = [plan for plan in wanted if classes in {None, plan.classes} or plan.classes is None]
    if fitting:
        return fitting[0]
    if wanted:
        counts = sorted({plan.classes for plan in wanted if plan.classes is not None})
        raise InputError(
            f"The network gives scores for {' or '.join(map(str, counts))} classes, and there are {classes} names",
            "Give one name for each class, or none",
            outputs=list(shapes),
        )
    raise InputError(
        "The network's outputs are no head that can be read here",
        "Export a YOLO-style head: (1, cells, 5 + classes), (1, 4 + classes, cells), (1, boxes, 6) or "
        "(1, rows, columns, 5 + classes)",
        outputs=list(shapes),
        input=size,
    )


def _ssd(shapes: Sequence[Shape]) -> list[HeadPlan]:
    boxes = [place for place, shape in enumerate(shapes) if len(shape) == 3 and shape[2] == 4]
    if len(shapes) != 4 or len(boxes) != 1:
        return []
    count = shapes[boxes[0]][1]
    lists = [place for place, shape in enumerate(shapes) if tuple(shape) == (1, count)]
    number = [place for place, shape in enumerate(shapes) if shape in {(1,), (1, 1), ()}]
    # With one box its class, its score and the number look alike: they are told apart by their order.
    if count == 1 and len(number) == 3:
        lists, number = number[:2], number[2:]
    return [HeadPlan("ssd", None, (boxes[0], *lists, *number))] if len(lists) == 2 and len(number) == 1 else []


def _grids(shapes: Sequence[Shape], size: tuple[int, int]) -> list[HeadPlan]:
    for first in (False, True):
        found = []
        for place, shape in enumerate(shapes):
            if len(shape) != 4 or shape[0] != 1:
                continue
            rows, columns, numbers = (*shape[2:], shape[1]) if first else shape[1:]
            stride = size[0] // rows if rows else 0
            if stride >= _FINEST and (rows * stride, columns * stride) == size and numbers > BOX_NUMBERS:
                found.append((stride, place, numbers - BOX_NUMBERS))
        found.sort()
        if (
            len(found) == len(shapes)
            and len({one[2] for one in found}) == 1
            and len({one[0] for one in found}) == len(found)
        ):
            strides, places, counts = zip(*found, strict=True)
            kinds = ("grid", "yolox") if len(found) == 1 else ("yolox", "grid")
            return [HeadPlan(kind, counts[0], places, first, strides) for kind in kinds]
    return []


def _rows(shapes: Sequence[Shape], size: tuple[int, int]) -> list[HeadPlan]:
    places = [place for place, shape in enumerate(shapes) if len(shape) == 3 and shape[0] == 1]
    masks = [shape for shape in shapes if len(shape) == 4 and _MASK_NUMBERS in shape]
    if len(places) != 1 or len(places) + len(masks) != len(shapes):
        return []
    _, first, last = shapes[places[0]]
    spare = _MASK_NUMBERS if masks else 0
    plans = []
    for channels_first, count, numbers in ((False, first, last - spare), (True, last, first - spare)):
        if channels_first and numbers >= count:
            continue
        strides = _strides_of(count, size)
        of_each = _strides_of(count // _BOXES_PER_CELL, size) if count % _BOXES_PER_CELL == 0 else ()
        with_objectness, without = numbers - BOX_NUMBERS, numbers - BOX_NUMBERS + 1
        pairs = []
        if strides:
            pairs = [("yolox", with_objectness), ("yolov8", without)]
            # YOLOv8's channels come first, YOLOX' last; 84 numbers are COCO's 80 classes without an objectness.
            if channels_first or without == _COCO:
                pairs.reverse()
        elif of_each:
            pairs = [("yolov5", with_objectness), ("yolov8", without)]
        elif channels_first and numbers < count:
            pairs = [("yolov8", without)]
        plans += [
            HeadPlan(kind, classes, (places[0],), channels_first, strides if kind == "yolox" else ())
            for kind, classes in pairs
            if classes > 0
        ]
    return plans


def _suppressed(shapes: Sequence[Shape]) -> list[HeadPlan]:
    return [
        HeadPlan("suppressed", None, (place,))
        for place, shape in enumerate(shapes)
        if len(shape) == 3 and shape[0] == 1 and shape[2] == 6 and shape[1] <= _MOST_SUPPRESSED
    ]


def _strides_of(count: int, size: tuple[int, int]) -> tuple[int, ...]:
    """The strides of grids that have so many cells in all; empty where there are none."""
    for strides in STRIDES:
        if count == sum(ceil(size[0] / stride) * ceil(size[1] / stride) for stride in strides):
            return strides
    return ()
