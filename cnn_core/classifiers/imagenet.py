"""The classifiers of `keras.applications` with ImageNet's weights: where these come from, and the network with them.

Files, addresses and hashes are those of Keras 3.15; accuracies are those of Keras' table (one central crop), but for
MobileNet 0.25 and MobileNetV3, which are those of their papers (Howard et al. 2017 and 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnn_core.backbones.catalog import BACKBONES, Backbone
from cnn_core.backbones.weights import download_file, weights_folder
from cnn_core.classifiers.preparing import Preparation
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

# How `cnn_core.classifiers.preparing` calls the ranges of `cnn_core.backbones`.
_PIXELS = {"own": "byte", "signed": "signed", "caffe": "caffe", "torch": "torch"}
_KERNELS = "weights_tf_dim_ordering_tf_kernels"


@dataclass(frozen=True)
class ImageNetNetwork:
    """A network with its classifier of 1,000 classes.

    Attributes:
        backbone: title, licence and builder; its file is the one with the classifier.
        top1: published accuracy, per cent.
        alpha: width of a MobileNet; None for others.
    """

    backbone: Backbone
    top1: float
    alpha: float | None = None

    @property
    def name(self) -> str:
        """Its key in `IMAGENET`."""
        return self.backbone.name

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of its input."""
        return self.backbone.sizes[0], self.backbone.sizes[0]

    @property
    def preparation(self) -> Preparation:
        """How a photo becomes its input."""
        return Preparation("crop", _PIXELS[self.backbone.pixels])

    @property
    def file(self) -> Path:
        """Where its weights are, or will be."""
        return weights_folder() / self.backbone.file


def _whole(name: str, top1: float, *, file: str, megabytes: float, file_hash: str = "") -> ImageNetNetwork:
    """A backbone of the fine-tuning with the file that has its classifier too."""
    backbone = BACKBONES[name]
    url = f"{backbone.url.rpartition('/')[0]}/{file}"
    return ImageNetNetwork(
        replace(backbone, file=file, url=url, weights_bytes=round(megabytes * 1e6), file_hash=file_hash), top1
    )


_V2 = BACKBONES["mobilenet_v2"]
_MOBILENET = ImageNetNetwork(
    replace(
        _V2,
        name="mobilenet_025",
        title="MobileNet 0.25",
        family="Howard et al. 2017",
        builder="MobileNet",
        channels=256,
        weights_bytes=2_100_000,
        file="mobilenet_2_5_224_tf.h5",
        url=f"{_V2.url.rpartition('/')[0].removesuffix('_v2')}/mobilenet_2_5_224_tf.h5",
    ),
    50.6,  # the paper's table 6
    alpha=0.25,
)

_ALL = (
    _whole("mobilenet_v2", 71.3, file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", megabytes=14.5),
    _MOBILENET,
    _whole(
        "mobilenet_v3_small",
        68.1,  # Keras' own table; the paper has 67.4
        file="weights_mobilenet_v3_small_224_1.0_float.h5",
        megabytes=10.6,
        file_hash="8768d4c2e7dee89b9d02b2d03d65d862",
    ),
    _whole(
        "efficientnet_b0",
        77.1,
        file="efficientnetb0.h5",
        megabytes=21.8,
        file_hash="902e53a9f72be733fc0bcb005b3ebbac",
    ),
    _whole(
        "efficientnet_v2_b0",
        78.7,
        file="efficientnetv2-b0.h5",
        megabytes=29.4,
        file_hash="21ecbf6da12460d5c40bb2f29ceb2188",
    ),
    _whole(
        "densenet121",
        75.0,
        file=f"densenet121_{_KERNELS}.h5",
        megabytes=33.2,
        file_hash="9d60b8095a5708f2dcce2bca79d332c7",
    ),
    _whole(
        "xception",
        79.0,
        file=f"xception_{_KERNELS}.h5",
        megabytes=91.9,
        file_hash="0a58e3b7378bc2990ea3b43d5981f1f6",
    ),
    _whole(
        "inception_v3",
        77.9,
        file=f"inception_v3_{_KERNELS}.h5",
        megabytes=96.1,
        file_hash="9a0d58056eeedaa3f26cb7ebd46da564",
    ),
    _whole(
        "resnet50",
        74.9,
        file=f"resnet50_{_KERNELS}.h5",
        megabytes=103.0,
        file_hash="2cb95161c43110f7111970584f804107",
    ),
    _whole(
        "resnet50_v2",
        76.0,
        file=f"resnet50v2_{_KERNELS}.h5",
        megabytes=102.9,
        file_hash="3ef43a0b657b3be2300d5770ece849e0",
    ),
    _whole(
        "vgg16",
        71.3,
        file=f"vgg16_{_KERNELS}.h5",
        megabytes=553.5,
        file_hash="64373286793e3c8b2b4e3219cbf3544b",
    ),
)

# Every network by its name, small downloads first.
IMAGENET: dict[str, ImageNetNetwork] = {network.name: network for network in _ALL}


def imagenet_network(name: str) -> ImageNetNetwork:
    """The network of this name.

    Raises:
        InputError: there is none.

    Example:
        >>> imagenet_network("vgg16").size
        (224, 224)
    """
    if name not in IMAGENET:
        raise InputError("There is no such network", f"Choose one of {', '.join(IMAGENET)}", name=name)
    return IMAGENET[name]


def imagenet_present(name: str) -> bool:
    """Whether a network can be used without a download.

    Raises:
        InputError: there is none of this name.

    Example:
        >>> imagenet_present("vgg16") in (True, False)
        True
    """
    return imagenet_network(name).file.is_file()


def download_imagenet(name: str, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """The file of a network's weights, downloaded where it is not here yet.

    Args:
        name: one of `IMAGENET`.
        progress: called with the bytes so far and the bytes in all (0 where the server does not say).

    Raises:
        InputError: no such network, no connection, a full disk, or a file that is not what Keras expects.
    """
    return download_file(imagenet_network(name).backbone, progress=progress)


def imagenet_model(name: str) -> "keras.Model":
    """The network as `keras.applications` gives it with `weights="imagenet"`; imports Keras.

    Raises:
        InputError: no such network, or its weights are not here.

    Example:
        >>> imagenet_model("mobilenet_v2").output_shape  # doctest: +SKIP
        (None, 1000)
    """
    import keras

    from cnn_core.architectures.applications import name_layers

    network = imagenet_network(name)
    if not network.file.is_file():
        raise InputError(
            f"The weights of {network.backbone.title} are not on this machine",
            "Download them first, or choose the starter",
            file=network.backbone.file,
        )
    options = {"alpha": network.alpha} if network.alpha else {}
    # Only then does Keras put in the division by the root of the deviation that these weights were trained with.
    weights = "imagenet" if name == "efficientnet_b0" else str(network.file)
    model = getattr(keras.applications, network.backbone.builder)(weights=weights, **options)
    name_layers(model)
    return model
