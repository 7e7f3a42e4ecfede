"""The networks of the catalog. Importing this loads no Keras."""

from cnn_core.architectures.architecture import Architecture, Option
from cnn_core.architectures.later import later

KERAS_TABLE = "https://keras.io/api/applications (ImageNet validation, one crop)"
TORCHVISION = "https://docs.pytorch.org/vision/stable/models.html (ImageNet validation, one crop)"

_IMAGENET = (224, 224, 3)

_VGG_OPTIONS = (
    Option("batch_norm", "Batch norm after each convolution", None, False),
    Option("dense_units", "Units of fc1 and fc2", None, 4096, 1, 16384),
    Option("dropout", "Dropout behind fc1 and fc2", None, 0.0, 0.0, 0.95),
    Option("base_filters", "Filters of the first stage", None, 64, 1, 256),
)
_VGG_TOP1 = {
    11: (69.02, TORCHVISION),
    13: (69.93, TORCHVISION),
    16: (71.3, KERAS_TABLE),
    19: (71.3, KERAS_TABLE),
}
_RESNET_OPTIONS = (
    Option("plain", "Plain: no shortcuts", None, False),
    Option("base_filters", "Filters of the first stage", None, 64, 1, 256),
)
_RESNET_TOP1 = {
    18: (69.76, TORCHVISION),
    34: (73.31, TORCHVISION),
    50: (74.9, KERAS_TABLE),
}
_RESNET_SENTENCES = {
    18: "Shortcuts around pairs of 3 × 3 convolutions let gradients reach the first layers.",
    34: "Plain, this depth trained worse than 18 layers; with shortcuts it trained better.",
    50: "Bottlenecks of 1 × 1, 3 × 3 and 1 × 1 convolutions make 50 layers as cheap as 34 basic ones.",
}


def _vgg(depth: int) -> Architecture:
    top1, source = _VGG_TOP1[depth]
    return Architecture(
        title=f"VGG-{depth}",
        year=2014,
        paper="Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015",
        url="https://arxiv.org/abs/1409.1556",
        sentence=f"{depth} layers of nothing but 3 × 3 convolutions, pooling and dense layers.",
        build=later("vgg", "vgg", depth=depth),
        input_shape=_IMAGENET,
        num_classes=1000,
        options=_VGG_OPTIONS,
        top1=top1,
        top1_source=source,
    )


def _resnet(depth: int) -> Architecture:
    top1, source = _RESNET_TOP1[depth]
    return Architecture(
        title=f"ResNet-{depth}",
        year=2015,
        paper="He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016",
        url="https://arxiv.org/abs/1512.03385",
        sentence=_RESNET_SENTENCES[depth],
        build=later("resnet", "resnet", depth=depth),
        input_shape=_IMAGENET,
        num_classes=1000,
        options=_RESNET_OPTIONS,
        top1=top1,
        top1_source=source,
    )


NETWORKS: dict[str, Architecture] = {
    "lenet5": Architecture(
        title="LeNet-5",
        year=1998,
        paper=(
            "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, "
            "Proceedings of the IEEE 86(11), 1998"
        ),
        url="https://doi.org/10.1109/5.726791",
        sentence="Read handwritten digits on cheques: two convolutions, two poolings, three dense layers.",
        build=later("lenet", "lenet5"),
        input_shape=(32, 32, 1),
        num_classes=10,
        options=(
            Option("activation", "Activation", ("tanh", "relu"), "tanh"),
            Option("pooling", "Pooling", ("average", "max"), "average"),
        ),
    ),
    **{f"vgg{depth}": _vgg(depth) for depth in (11, 13, 16, 19)},
    **{f"resnet{depth}": _resnet(depth) for depth in (18, 34, 50)},
}
