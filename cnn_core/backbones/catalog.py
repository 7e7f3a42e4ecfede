"""What backbones there are: where their weights come from, how large they are, and what pixels they want.

Files, addresses and hashes are those of `keras.applications` in Keras 3.15; sizes are four bytes a parameter.
"""

import re
from dataclasses import dataclass

from cnn_core.errors import InputError

_STORE = "https://storage.googleapis.com/tensorflow/keras-applications"
_TF_KERNELS = "weights_tf_dim_ordering_tf_kernels_notop.h5"

STARTER = "starter"
STARTER_MODEL = "starter_classifier"
# The layer whose maps are the starter's features.
STARTER_FEATURES = "block3"


@dataclass(frozen=True)
class Backbone:
    """A pretrained network whose classifier is left out.

    Attributes:
        name: its key in `BACKBONES`.
        title: what people call it.
        family: the paper's authors and year.
        builder: its name in `keras.applications`; "" for the starter.
        pixels: the preprocessing, one of `preprocessing.PIXELS`.
        sizes: rows and columns to offer, the first is the default.
        smallest: rows and columns below which the network cannot be built.
        channels: of its last feature maps.
        weights_bytes: of the download, about; 0 where nothing is downloaded.
        licence: of the weights.
        file: the weights in `KERAS_HOME/models`.
        url: where Keras downloads them.
        file_hash: MD5 or SHA-256 of the file, "" where Keras checks none.
        stage: a regular expression that finds the stage's name at the beginning of a layer's name.
        stages: names that `fine_tuning.layers` may give, from the input on.
        lite_gain: how many times as fast LiteRT was found to be on two cores; 1 where it was not measured.
    """

    name: str
    title: str
    family: str
    builder: str
    pixels: str
    sizes: tuple[int, ...]
    smallest: int
    channels: int
    weights_bytes: int
    licence: str
    file: str
    url: str
    file_hash: str
    stage: str
    stages: tuple[str, ...]
    lite_gain: float = 1.0


def _numbered(prefix: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{number}" for number in range(first, last + 1))


def _application(
    name: str,
    title: str,
    family: str,
    builder: str,
    *,
    pixels: str,
    smallest: int,
    channels: int,
    megabytes: float,
    licence: str,
    file: str,
    folder: str,
    file_hash: str = "",
    stage: str = "",
    stages: tuple[str, ...] = (),
    sizes: tuple[int, ...] = (224, 160, 128, 96),
    lite_gain: float = 1.0,
) -> Backbone:
    return Backbone(
        name=name,
        title=title,
        family=family,
        builder=builder,
        pixels=pixels,
        sizes=sizes,
        smallest=smallest,
        channels=channels,
        weights_bytes=round(megabytes * 1e6),
        licence=licence,
        file=file,
        url=f"{_STORE}/{folder}/{file}" if folder else f"https://storage.googleapis.com/keras-applications/{file}",
        file_hash=file_hash,
        stage=stage,
        stages=stages,
        lite_gain=lite_gain,
    )


_ALL = (
    Backbone(
        name=STARTER,
        title="Starter",
        family="Trained by this project on CIFAR-10 (airbench, Jordan 2024)",
        builder="",
        pixels="own",
        sizes=(64, 96, 128),
        smallest=16,
        channels=0,
        weights_bytes=0,
        licence="this project's",
        file="",
        url="",
        file_hash="",
        stage=r"block\d",
        stages=_numbered("block", 1, 3),
        lite_gain=1.0,
    ),
    _application(
        *("mobilenet_v2", "MobileNetV2", "Sandler et al. 2018", "MobileNetV2"),
        pixels="signed",
        smallest=32,
        channels=1280,
        megabytes=9.4,
        licence="Apache-2.0",
        file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        folder="mobilenet_v2",
        stage=r"block_\d+",
        stages=_numbered("block_", 1, 16),
        lite_gain=3.6,
    ),
    _application(
        *("resnet50", "ResNet-50", "He et al. 2015", "ResNet50"),
        pixels="caffe",
        smallest=32,
        channels=2048,
        megabytes=94.8,
        licence="MIT",
        file=f"resnet50_{_TF_KERNELS}",
        folder="resnet",
        file_hash="4d473c1dd8becc155b73f8504c6f6626",
        stage=r"conv\d",
        stages=_numbered("conv", 2, 5),
        lite_gain=1.6,
    ),
    _application(
        *("vgg16", "VGG-16", "Simonyan and Zisserman 2014", "VGG16"),
        pixels="caffe",
        smallest=32,
        channels=512,
        megabytes=58.9,
        licence="CC BY 4.0",
        file=f"vgg16_{_TF_KERNELS}",
        folder="vgg16",
        file_hash="6d6bbae143d832006294945121d1f1fc",
        stage=r"block\d",
        stages=_numbered("block", 1, 5),
    ),
    _application(
        *("efficientnet_b0", "EfficientNet-B0", "Tan and Le 2019", "EfficientNetB0"),
        pixels="own",
        smallest=32,
        channels=1280,
        megabytes=16.7,
        licence="Apache-2.0",
        file="efficientnetb0_notop.h5",
        folder="",
        file_hash="50bc09e76180e00e4465e1a485ddc09d",
        stage=r"block\d",
        stages=_numbered("block", 1, 7),
        lite_gain=3.1,
    ),
    _application(
        *("efficientnet_v2_b0", "EfficientNetV2-B0", "Tan and Le 2021", "EfficientNetV2B0"),
        pixels="own",
        smallest=32,
        channels=1280,
        megabytes=24.3,
        licence="Apache-2.0",
        file="efficientnetv2-b0_notop.h5",
        folder="efficientnet_v2",
        file_hash="893217f2bb855e2983157299931e43ff",
        stage=r"block\d",
        stages=_numbered("block", 1, 6),
    ),
    _application(
        *("mobilenet_v3_small", "MobileNetV3 small", "Howard et al. 2019", "MobileNetV3Small"),
        pixels="own",
        smallest=32,
        channels=576,
        megabytes=4.3,
        licence="Apache-2.0",
        file="weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        folder="mobilenet_v3",
        file_hash="d3e8ec802a04aa4fc771ee12a9a9b836",
        stage=r"expanded_conv_\d+",
        stages=_numbered("expanded_conv_", 1, 10),
    ),
    _application(
        *("resnet50_v2", "ResNet-50 V2", "He et al. 2016", "ResNet50V2"),
        pixels="signed",
        smallest=32,
        channels=2048,
        megabytes=94.7,
        licence="MIT",
        file=f"resnet50v2_{_TF_KERNELS}",
        folder="resnet",
        file_hash="fac2f116257151a9d068a22e544a4917",
        stage=r"conv\d",
        stages=_numbered("conv", 2, 5),
    ),
    _application(
        *("densenet121", "DenseNet-121", "Huang et al. 2016", "DenseNet121"),
        pixels="torch",
        smallest=32,
        channels=1024,
        megabytes=29.1,
        licence="BSD-3-Clause",
        file=f"densenet121_{_TF_KERNELS}",
        folder="densenet",
        file_hash="30ee3e1110167f948a6b9946edeeb738",
        stage=r"conv\d",
        stages=_numbered("conv", 2, 5),
    ),
    _application(
        *("inception_v3", "Inception V3", "Szegedy et al. 2015", "InceptionV3"),
        pixels="signed",
        smallest=75,
        channels=2048,
        megabytes=87.9,
        licence="Apache-2.0",
        file=f"inception_v3_{_TF_KERNELS}",
        folder="inception_v3",
        file_hash="bcbd6486424b2319ff4ef7d526e38f63",
        sizes=(299, 224, 160),
    ),
    _application(
        *("xception", "Xception", "Chollet 2016", "Xception"),
        pixels="signed",
        smallest=71,
        channels=2048,
        megabytes=83.7,
        licence="MIT",
        file=f"xception_{_TF_KERNELS}",
        folder="xception",
        file_hash="b0042744bf5b25fce3cb969f33bebb97",
        stage=r"block\d+",
        stages=_numbered("block", 1, 14),
        sizes=(299, 224, 160),
    ),
)

# Every backbone by its name; the starter, which needs no download, comes first.
BACKBONES: dict[str, Backbone] = {backbone.name: backbone for backbone in _ALL}


def backbone_named(name: str) -> Backbone:
    """The backbone of this name.

    Raises:
        InputError: there is none.

    Example:
        >>> backbone_named("vgg16").title
        'VGG-16'
    """
    if name not in BACKBONES:
        raise InputError("There is no backbone of this name", f"Choose one of {', '.join(BACKBONES)}", backbone=name)
    return BACKBONES[name]


def stage_of(backbone: Backbone, layer: str) -> str:
    """The stage that a layer belongs to; "" where its name names none.

    Example:
        >>> stage_of(BACKBONES["mobilenet_v2"], "block_16_expand_BN")
        'block_16'
    """
    found = re.match(backbone.stage, layer) if backbone.stage else None
    return found[0] if found else ""
