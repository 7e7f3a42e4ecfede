"""The code that finds the boxes that a page shows."""

from collections.abc import Collection

from cnn_core.annotation_files.picture import clean_name
from cnn_core.detection.candidates import METHODS
from cnn_core.detection.detector import Detector

_START = """\
from cnn_core.images import load_image

image = load_image("{file}")
"""
_END = """\
from cnn_core.detection.candidates import found

boxes = found(
    candidates,
    {arguments}
)
for name, score, corners in zip((boxes.names[label] for label in boxes.labels), boxes.scores, boxes.corners):
    print(f"{{name:12}} {{score:.2f}}  {{corners.round(1).tolist()}}")
"""


def boxes_code(
    detector: Detector,
    *,
    file: str = "picture.png",
    threshold: float,
    iou_threshold: float,
    classes: Collection[int] | None,
    method: str,
    agnostic: bool,
) -> str:
    """A script that reads a picture, asks the detector, and prints the boxes that are left.

    Args:
        detector: who is asked.
        file: the picture's file.
        threshold, iou_threshold, classes, method, agnostic: as in `found`.

    Example:
        >>> detector = Detector("a", "A", ("cat",), "", "candidates = look(image)", lambda image: None)
        >>> code = boxes_code(detector, threshold=0.4, iou_threshold=0.5, classes=None, method="none", agnostic=False)
        >>> [line for line in code.splitlines() if "threshold" in line]
        ['    threshold=0.4,']
    """
    arguments = [f"threshold={threshold:g},"]
    if method in {"nms", "fusion"}:
        arguments.append(f"iou_threshold={iou_threshold:g},")
    if classes is not None:
        names = ", ".join(clean_name(detector.classes[place]) for place in sorted(classes))
        arguments.append(f"classes={sorted(classes)},  # {names}")
    arguments.append(f'method="{method}",  # {METHODS[method]}')
    if agnostic and method in {"nms", "soft"}:
        arguments.append("agnostic=True,")
    return imports_first(_START.format(file=file), detector.code, _END.format(arguments="\n    ".join(arguments)))


def imports_first(*parts: str) -> str:
    """Pieces of a script as one script, with all imports at its top, each once.

    Example:
        >>> print(imports_first("import os\\n\\na = 1\\n", "import os\\nimport re\\n\\nb = 2\\n"))
        import os
        import re
        <BLANKLINE>
        a = 1
        <BLANKLINE>
        b = 2
        <BLANKLINE>
    """
    lines = [part.strip().splitlines() for part in parts]
    imports = sorted({line for part in lines for line in part if line.startswith(("import ", "from "))})
    bodies = ["\n".join(line for line in part if line not in imports).strip() for part in lines]
    return "\n".join(imports) + "\n\n" + "\n\n".join(body for body in bodies if body) + "\n"
