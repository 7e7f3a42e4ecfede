"""The figures of a detector that result.json holds."""

import math
from typing import Any

from cnn_core.average_precision import coco_average_precision
from cnn_core.detection.judged import Judged


def figures_of(judged: Judged) -> dict[str, Any]:
    """COCO's average precision of some pictures; what is not known is left out.

    Example:
        >>> figures_of(Judged(("cat",), ()))
        {'pictures': 0}
    """
    coco = coco_average_precision(judged.truths, judged.found, num_classes=len(judged.names))
    figures = {"map50": coco.ap50, "map": coco.ap, "map75": coco.ap75}
    figures |= {f"ap50_{row.name}": row.ap50 for row in coco.by_class}
    known = {name: value for name, value in figures.items() if not math.isnan(value)}
    return {"pictures": len(judged.pictures)} | known
