"""Python that gives the figures of the tab Inside."""

from collections.abc import Sequence

from pages.segmentation_tabs.inside_picture import SEED, scene_picture
from pages.ui.picture import Picture

_SCENE = """\
from cnn_core.scenes import scene

drawn = scene({seed}, index={index})
image, truth = drawn.image, drawn.label_map
"""
_SAMPLE = """\
from cnn_core.samples import sample_scene

drawn = sample_scene({index})
image, truth = drawn.image, drawn.label_map
"""
_PHOTO = """\
from pathlib import Path

from cnn_core.images import load_image

image = load_image(Path("picture.png"))
"""
_SKIPS = """\
from cnn_core.segmentation.inside import inside_network
from cnn_core.segmentation.inside_figures import agreement

network = inside_network({name!r})
whole = network.look(image)
seen = network.look(image, off={off!r}, fill={fill!r})
reference = {reference}
figures = agreement(seen.masks.labels, reference, num_classes=len(network.classes))
print(f"mean IoU {{figures.mean_iou:.3f}}")
for level in network.levels:
    print(level.title, seen.maps[level.layer].shape)
"""
_STRIDES = """\
from cnn_core.segmentation.inside_figures import agreement
from cnn_core.segmentation.starters import load_starter

answers = {{name: load_starter(name).predict(image) for name in {names!r}}}
reference = {reference}
for name, masks in answers.items():
    figures = agreement(masks.labels, reference, num_classes=len(masks.names))
    print(f"{{name}}: mean IoU {{figures.mean_iou:.3f}}")
"""


def skips_code(picture: Picture, name: str, *, off: Sequence[str], fill: str) -> str:
    """A forward pass with some skips off, and its figures."""
    reference = "whole.masks.labels" if picture.scene is None else "truth"
    return _picture(picture) + "\n" + _SKIPS.format(name=name, off=tuple(off), fill=fill, reference=reference)


def strides_code(picture: Picture, names: Sequence[str]) -> str:
    """The answers of some starters, and their figures."""
    reference = f"answers[{names[-1]!r}].labels" if picture.scene is None else "truth"
    return _picture(picture) + "\n" + _STRIDES.format(names=tuple(names), reference=reference)


def _picture(picture: Picture) -> str:
    if picture.scene is None:
        return _PHOTO
    number = picture.name.rpartition(" ")[2]
    own = picture is scene_picture(int(number))
    return _SCENE.format(seed=SEED, index=number) if own else _SAMPLE.format(index=number)
