"""The detectors of KerasHub 0.32: an optional extra (requirements-hub.txt), downloaded on request, run in a child.

Parameters are KerasHub's own (`keras_hub/src/models/*/…_presets.py` of 0.32), megabytes four bytes a parameter. AP is
that of the weights' origin on COCO's val2017: for D-FINE https://github.com/Peterande/D-FINE (Peng et al. 2024,
https://arxiv.org/abs/2410.13842), for RetinaNet torchvision (https://docs.pytorch.org/vision/stable/models.html), from
which KerasHub converted them. Where an origin gives none for exactly these weights, none is told.
"""

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cnn_core.arrays import as_rgb
from cnn_core.coco_names import COCO, COCO_IDS
from cnn_core.detection.candidates import LEAST_SCORE, Candidates
from cnn_core.detection.detector import Detector
from cnn_core.detection.heads import best_in_photo
from cnn_core.errors import InputError
from cnn_core.hub_preset import HubPreset as Preset
from cnn_core.letterbox import letterbox, stretched
from cnn_core.untrusted.network_worker import Described, NetworkFiles, ask, describe

_MEMORY = 6_000_000_000
# KerasHub is imported and traces the network at the first photo.
_SECONDS = 600.0
# RetinaNet's classes are COCO's own numbers from 0, which is the background, to 90.
_COCO_NUMBERS = 91


_D_FINE, _RETINANET = "keras/d-fine/keras/{}/1", "keras/retinanet/keras/{}/{}"
_ALL = (
    Preset("dfine_nano_coco", "D-FINE nano", 3_788_625, "Apache-2.0", 42.8, _D_FINE.format("dfine_nano_coco")),
    Preset("dfine_small_coco", "D-FINE small", 10_329_321, "Apache-2.0", 48.5, _D_FINE.format("dfine_small_coco")),
    Preset("dfine_medium_coco", "D-FINE medium", 19_621_160, "Apache-2.0", 52.3, _D_FINE.format("dfine_medium_coco")),
    Preset("dfine_large_coco", "D-FINE large", 31_344_064, "Apache-2.0", 54.0, _D_FINE.format("dfine_large_coco")),
    Preset("dfine_xlarge_coco", "D-FINE xlarge", 62_834_048, "Apache-2.0", 55.8, _D_FINE.format("dfine_xlarge_coco")),
    Preset(
        *("dfine_small_obj2coco", "D-FINE small, pretrained on Objects365", 10_329_321, "Apache-2.0", None),
        _D_FINE.format("dfine_small_obj2coco"),
    ),
    Preset(
        *("dfine_medium_obj2coco", "D-FINE medium, pretrained on Objects365", 19_621_160, "Apache-2.0", None),
        _D_FINE.format("dfine_medium_obj2coco"),
    ),
    Preset(
        *("dfine_large_obj2coco_e25", "D-FINE large, pretrained on Objects365", 31_344_064, "Apache-2.0", None),
        _D_FINE.format("dfine_large_obj2coco_e25"),
    ),
    Preset(
        *("dfine_xlarge_obj2coco", "D-FINE xlarge, pretrained on Objects365", 62_834_048, "Apache-2.0", None),
        _D_FINE.format("dfine_xlarge_obj2coco"),
    ),
    Preset(
        *("retinanet_resnet50_fpn_coco", "RetinaNet, ResNet-50", 34_121_239, "BSD-3-Clause", 36.4),
        _RETINANET.format("retinanet_resnet50_fpn_coco", 4),
    ),
    Preset(
        *("retinanet_resnet50_fpn_v2_coco", "RetinaNet v2, ResNet-50", 31_558_592, "BSD-3-Clause", 41.5),
        _RETINANET.format("retinanet_resnet50_fpn_v2_coco", 3),
    ),
)

# The presets whose classes are COCO's, by name.
PRESETS = {preset.name: preset for preset in _ALL}


def load_preset(name: str) -> Detector:
    """A preset that was downloaded, as a detector.

    Raises:
        InputError: no such preset, it is not here yet, or KerasHub is not installed.
    """
    if name not in PRESETS:
        raise InputError("KerasHub has no such detector", f"Choose one of {', '.join(PRESETS)}", name=name)
    preset = PRESETS[name]
    folder = preset.folder()
    measured = "not stated by its origin" if preset.figure is None else f"{preset.figure} on val2017"
    about = (
        f"{preset.title} of KerasHub, trained on COCO: 80 classes of everyday things. COCO AP {measured}. "
        f"{preset.licence}, {preset.parameters / 1e6:.1f} million parameters."
    )
    code = (
        "from cnn_core.detection.loading import load_detector\n\n"
        f"detector = load_detector({preset.name!r})\n"
        "candidates = detector.look(image)\n"
    )
    return open_preset_folder(folder, name=preset.name, title=preset.title, about=about, code=code)


def open_preset_folder(folder: Path, *, name: str, title: str, about: str, code: str) -> Detector:
    """A detector from a folder that `save_to_preset` wrote.

    Args:
        folder: of the preset.
        name, title, about, code: of the detector.

    Raises:
        InputError: KerasHub is not installed, or the folder holds no detector.
    """

    def write(_: Path) -> None:
        """Nothing: the preset is read where it is."""

    task = {"preset": str(folder), "readable": [str(folder)]}
    files = NetworkFiles(f"preset {folder}", "preset", title, write, _MEMORY, task)
    described = describe(files, seconds=_SECONDS)
    count = described.facts["classes"]
    names = COCO if count in {len(COCO), _COCO_NUMBERS} else tuple(f"class {number}" for number in range(count))

    def look(image: npt.NDArray) -> Candidates:
        return _look(files, described, image, names)

    return Detector(name=name, title=title, classes=names, about=about, code=code, look=look)


def _look(files: NetworkFiles, described: Described, image: npt.NDArray, names: tuple[str, ...]) -> Candidates:
    begin = time.perf_counter()
    picture = as_rgb(image)
    size = described.input_shape[1], described.input_shape[2]
    framed = letterbox(picture, size, fill=0.0) if described.facts["pad"] else stretched(picture, size)
    batch = np.rint(np.clip(framed.image, 0, 1) * 255).astype(np.uint8)[None]
    resized = time.perf_counter()
    corners, scores, labels = ask(files, batch, loading=_SECONDS)
    answered = time.perf_counter()
    if not all(np.isfinite(given).all() for given in (corners, scores, labels)):
        raise InputError("The network's output holds values that are not numbers", "Download the preset again")
    classes = labels.astype(np.int64)
    kept = scores >= LEAST_SCORE
    if described.facts["classes"] == _COCO_NUMBERS:
        places = np.full(_COCO_NUMBERS, -1)
        places[list(COCO_IDS)] = np.arange(len(COCO_IDS))
        classes = places[classes]
        kept &= classes >= 0
    turned = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])], axis=1
    )
    boxes, _ = best_in_photo(turned[kept], classes[kept], np.clip(scores[kept], 0, 1), framed, names)
    seconds = {"resize": resized - begin, "inference": answered - resized, "decoding": time.perf_counter() - answered}
    return Candidates(boxes=boxes, size=framed.size, framed=framed, seconds=seconds)
