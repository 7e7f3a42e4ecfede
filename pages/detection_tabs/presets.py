"""Try this: settings of the tab Boxes that teach something."""

from typing import Any

from cnn_core.samples import CELLS, SCENE

# What the control `detection_material` is called where the shared picture is looked at.
PICTURE = "The picture"


def _scene(number: int, **settings: Any) -> dict[str, Any]:
    """A scene with its ground truth, and the controls where they begin but for those given."""
    values = {
        "threshold": 0.35,
        "method": "nms",
        "iou": 0.5,
        "agnostic": False,
        "classes": [],
        "model": "fitting",
        "material": PICTURE,
    }
    return {
        "picture_source": "sample",
        "picture_sample": SCENE,
        "picture_scene": number,
        **{f"detection_{name}": value for name, value in (values | settings).items()},
    }


PRESETS = {
    "Shapes": (
        "Every shape gets a box: compare with the ground truth in the sidebar. Point at a box, or at its row.",
        _scene(11),
    ),
    "NMS off": (
        "Each object is proposed by several neighbouring cells. Non-maximum suppression keeps the best of each heap.",
        _scene(3, method="none", threshold=0.05),
    ),
    "Low threshold": (
        "At 0.03 the network's faintest guesses show: found objects stay, false ones join them.",
        _scene(20, threshold=0.03),
    ),
    "Touching": (
        "With an IoU threshold of 0.05 two different objects that merely touch suppress one another, across classes.",
        _scene(8, iou=0.05, agnostic=True),
    ),
    "Averaged": (
        "Weighted fusion makes one box of all that overlap, each with the weight of its score. The scores fall: weak "
        "boxes count too.",
        _scene(3, method="fusion", threshold=0.05),
    ),
    "Cells": (
        "Another network for other pictures: red cells, a white one, and platelets, of which it is least sure.",
        {**_scene(0), "picture_sample": CELLS},
    ),
    "Cat's eyes": (
        "A detector answers with what it knows. This one has only ever seen drawn shapes: the cat's eyes are rings.",
        {**_scene(0, model="starter_detector_shapes"), "picture_sample": "cat"},
    ),
}
