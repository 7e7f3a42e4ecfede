"""The segmenters of KerasHub 0.32: an optional extra (requirements-hub.txt), downloaded on request, run in a child.

Parameters are KerasHub's own (`keras_hub/src/models/*/…_presets.py` of 0.32). The figure is the mean IoU on the data
set's validation part: for SegFormer that of the weights' origin, at a single scale (Xie et al. 2021, table 1,
https://arxiv.org/abs/2105.15203); for DeepLabV3+ KerasHub's. `segformer_b1_cityscapes_1024` is left out: 0.32 gives it
the handle of another preset. SAM is not here: it wants points or boxes beside the picture.
"""

from pathlib import Path

from cnn_core.errors import InputError
from cnn_core.hub_preset import HubPreset
from cnn_core.pixel_classes import ADE20K, CITYSCAPES
from cnn_core.segmentation.own_file import FileOptions, segmenter_of
from cnn_core.segmentation.segmenter import Segmenter
from cnn_core.untrusted.network_worker import NetworkFiles, describe
from cnn_core.untrusted.picture_network import PictureNetwork
from cnn_core.voc_names import VOC

_MEMORY = 6_000_000_000
# KerasHub is imported and traces the network at the first photo.
_SECONDS = 600.0
_NVIDIA = "NVIDIA Source Code License: research and evaluation only"
# Where a preset leaves the input's size open.
_SIZE = (512, 512)


_ALL = (
    HubPreset(
        *("deeplab_v3_plus_resnet50_pascalvoc", "DeepLabV3+, ResNet-50, Pascal VOC", 39_190_656, "Apache-2.0", 63.0),
        "keras/deeplabv3plus/keras/deeplab_v3_plus_resnet50_pascalvoc/4",
    ),
    *(
        HubPreset(
            f"segformer_b{number}_{data.lower()}_{side}",
            f"SegFormer-B{number}, {data}",
            parameters,
            _NVIDIA,
            figure,
            f"keras/segformer/keras/segformer_b{number}_{data.lower()}_{side}/{version}",
        )
        for number, data, side, parameters, figure, version in (
            (0, "ADE20K", 512, 3_719_027, 37.4, 3),
            (1, "ADE20K", 512, 13_682_643, 42.2, 5),
            (2, "ADE20K", 512, 24_727_507, 46.5, 3),
            (3, "ADE20K", 512, 44_603_347, 49.4, 3),
            (4, "ADE20K", 512, 61_373_907, 50.3, 3),
            (5, "ADE20K", 640, 81_974_227, 51.0, 3),
            (0, "Cityscapes", 1024, 3_719_027, 76.2, 3),
            (2, "Cityscapes", 1024, 24_727_507, 81.0, 3),
            (3, "Cityscapes", 1024, 44_603_347, 81.7, 3),
            (4, "Cityscapes", 1024, 61_373_907, 82.3, 3),
            (5, "Cityscapes", 1024, 81_974_227, 82.4, 3),
        )
    ),
)

PRESETS = {preset.name: preset for preset in _ALL}


def preset_classes(name: str) -> tuple[str, ...]:
    """The classes that a preset tells apart.

    Example:
        >>> len(preset_classes("segformer_b0_ade20k_512"))
        150
    """
    return ADE20K if "ade20k" in name else CITYSCAPES if "cityscapes" in name else VOC


def load_preset(name: str) -> Segmenter:
    """A preset that was downloaded, as a segmenter.

    Raises:
        InputError: no such preset, it is not here yet, or KerasHub is not installed.
    """
    if name not in PRESETS:
        raise InputError("KerasHub has no such segmenter", f"Choose one of {', '.join(PRESETS)}", name=name)
    preset = PRESETS[name]
    about = (
        f"{preset.title}, of KerasHub. Mean IoU {preset.figure} on its validation part. {preset.licence}. "
        f"{preset.parameters / 1e6:.1f} million parameters."
    )
    code = (
        "from cnn_core.segmentation.loading import load_segmenter\n\n"
        f"segmenter = load_segmenter({name!r})\n"
        "masks = segmenter.predict(image)\n"
    )
    options = FileOptions(names=preset_classes(name))
    return open_preset_folder(preset.folder(), options, name=name, title=preset.title, about=about, code=code)


def open_preset_folder(
    folder: Path, options: FileOptions, *, name: str, title: str, about: str, code: str
) -> Segmenter:
    """A segmenter from a folder that `save_to_preset` wrote.

    Args:
        folder: of the preset.
        options: its class names; the other options are the preset's own.
        name, title, about, code: of the segmenter.

    Raises:
        InputError: KerasHub is not installed, or the folder holds no segmenter that takes a picture alone.
    """

    def write(_: Path) -> None:
        """Nothing: the preset is read where it is."""

    task = {"preset": str(folder), "readable": [str(folder)], "size": _SIZE}
    files = NetworkFiles(f"segmenter {folder}", "segmenter_preset", title, write, _MEMORY, task)
    network = PictureNetwork(files, describe(files, seconds=_SECONDS), loading=_SECONDS)
    return segmenter_of(network, options, about=about, code=code, name=name, title=title)
