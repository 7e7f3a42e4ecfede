"""Try this: settings of the tab Boxes that teach something."""

from typing import Any

from cnn_core.samples import SCENE


def _scene(number: int, **settings: Any) -> dict[str, Any]:
    """A scene with its ground truth, and the controls where they begin but for those given."""
    values = {
        "threshold": 0.35,
        "method": "nms",
        "iou": 0.5,
        "agnostic": False,
        "classes": [],
        "model": "fitting",
        "material": "picture",
    }
    return {
        "picture_source": "sample",
        "picture_sample": SCENE,
        "picture_scene": number,
        **{f"detection_{name}": value for name, value in (values | settings).items()},
    }


PRESETS = {
    "Shapes, found": (
        "Every shape gets a box: compare with the ground truth in the sidebar. Point at a box, or at its row.",
        _scene(3),
    ),
    "Without suppression": (
        "Each object is proposed by several neighbouring cells. Non-maximum suppression keeps the best of each heap.",
        _scene(3, method="none", threshold=0.05),
    ),
    "Too low a threshold": (
        "At 0.03 the network's faintest guesses show: found objects stay, false ones join them.",
        _scene(3, threshold=0.03),
    ),
    "Suppressed by a neighbour": (
        "With an IoU threshold of 0.05 two different objects that merely touch suppress one another, across classes.",
        _scene(0, iou=0.05, agnostic=True),
    ),
    "The average of a heap": (
        "Weighted fusion makes one box of all that overlap, each with the weight of its score; none is thrown away.",
        _scene(3, method="fusion", threshold=0.05),
    ),
}
