"""Try this: settings of the tab Masks that teach something."""

from typing import Any

from cnn_core.samples import SCENE

# What the control `segmentation_material` is called where the shared picture is looked at.
PICTURE = "The picture"


def _settings(sample: str, model: str = "fitting", **look: Any) -> dict[str, Any]:
    """A sample and a model, and the controls where they begin but for those given."""
    number = look.pop("scene", 11)
    way = look.pop("way", "whole")
    shown = {"view": "both", "opacity": 0.5, "least": 0.0, "outline": 2, "dim": False, "compare": False}
    return {
        "picture_source": "sample",
        "picture_sample": sample,
        **({"picture_scene": number} if sample == SCENE else {}),
        "segmentation_model": model,
        "segmentation_way": way,
        "segmentation_material": PICTURE,
        **{f"segmentation_masks_{name}": value for name, value in (shown | look).items()},
    }


PRESETS = {
    "Point at a shape": (
        "Every pixel has a class. Point at a shape: it stands out, with its area and how sure the network is of it.",
        _settings(SCENE),
    ),
    "How sure": (
        "With a least confidence of 0.95 the borders of the shapes go first: there the network hesitates.",
        _settings(SCENE, least=0.95, dim=True),
    ),
    "Coarse": (
        "FCN-32s decides once for each 32 × 32 pixels of its input and enlarges that: the shapes lose their corners. "
        "Choose FCN-16s and FCN-8s, which add finer maps.",
        _settings(SCENE, "starter_fcn32s"),
    ),
    "Cut out": (
        "The person without what is around her, as a PNG with a transparent background. Drag the divider.",
        _settings("astronaut", view="cutout", compare=True),
    ),
    "Whole or tiles": (
        "The rocket in tiles: each is shown alone, and the network takes a quarter of the picture for a person. Whole, "
        "it sees that there is none. Tiles are for networks that look at small things, such as membranes.",
        _settings("rocket", "starter_segmenter_people", way="tiles"),
    ),
}
