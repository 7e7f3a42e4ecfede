"""The networks of the catalog. Importing this loads no Keras."""

from cnn_core.architectures.architecture import Architecture, Option
from cnn_core.architectures.later import later

KERAS_TABLE = "https://keras.io/api/applications (ImageNet validation, one crop)"
TORCHVISION = "https://docs.pytorch.org/vision/stable/models.html (ImageNet validation, one crop)"

ALEXNET_SOURCE = (
    "https://github.com/BVLC/caffe/tree/master/models/bvlc_alexnet (the original with groups; ImageNet validation, "
    "central crop; the paper gives 59.3 for the mean of ten crops)"
)
GOOGLENET_SOURCE = (
    "https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet (with LRN; ImageNet validation, central crop)"
)

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
        smallest=32,
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
        smallest=32,
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
        smallest=16,
        options=(
            Option("activation", "Activation", ("tanh", "relu"), "tanh"),
            Option("pooling", "Pooling", ("average", "max"), "average"),
        ),
    ),
    "alexnet": Architecture(
        title="AlexNet",
        year=2012,
        paper=(
            "Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks, "
            "NeurIPS 2012"
        ),
        url="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
        sentence="Won ImageNet 2012 by a wide margin: ReLU, dropout, and 60 million parameters, most of them dense.",
        build=later("alexnet", "alexnet"),
        input_shape=(227, 227, 3),
        num_classes=1000,
        smallest=67,
        options=(
            Option("original", "As published: groups and local response normalisation", None, False),
            Option("dense_units", "Units of fc6 and fc7", None, 4096, 1, 16384),
            Option("dropout", "Dropout behind fc6 and fc7", None, 0.5, 0.0, 0.95),
        ),
        top1=57.1,
        top1_source=ALEXNET_SOURCE,
    ),
    **{f"vgg{depth}": _vgg(depth) for depth in (11, 13, 16, 19)},
    "googlenet": Architecture(
        title="GoogLeNet",
        year=2014,
        paper="Szegedy et al., Going Deeper with Convolutions, CVPR 2015",
        url="https://arxiv.org/abs/1409.4842",
        sentence="Nine inception modules look at four scales at once, with a twentieth of VGG's parameters.",
        build=later("inception", "googlenet"),
        input_shape=_IMAGENET,
        num_classes=1000,
        smallest=32,
        options=(
            Option("auxiliary", "Auxiliary heads", None, False),
            Option("lrn", "Local response normalisation", None, False),
        ),
        top1=68.7,
        top1_source=GOOGLENET_SOURCE,
    ),
    **{f"resnet{depth}": _resnet(depth) for depth in (18, 34, 50)},
    "mobilenet_v2": Architecture(
        title="MobileNetV2",
        year=2018,
        paper="Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018",
        url="https://arxiv.org/abs/1801.04381",
        sentence="Inverted residuals around depthwise convolutions: made for phones.",
        build=later("applications", "mobilenet_v2"),
        input_shape=_IMAGENET,
        num_classes=1000,
        smallest=32,
        options=(Option("alpha", "Width", (0.35, 0.5, 0.75, 1.0, 1.3, 1.4), 1.0),),
        top1=71.3,
        top1_source=KERAS_TABLE,
    ),
    "efficientnet_b0": Architecture(
        title="EfficientNet-B0",
        year=2019,
        paper="Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019",
        url="https://arxiv.org/abs/1905.11946",
        sentence="Found by search: inverted residuals with squeeze and excitation, the smallest of a family of eight.",
        build=later("applications", "efficientnet_b0"),
        input_shape=_IMAGENET,
        num_classes=1000,
        smallest=32,
        top1=77.1,
        top1_source=KERAS_TABLE,
    ),
    "separable_cnn": Architecture(
        title="Separable CNN",
        year=2017,
        paper="Chollet, Xception: Deep Learning with Depthwise Separable Convolutions, CVPR 2017 (the layer)",
        url="https://arxiv.org/abs/1610.02357",
        sentence="Two separable convolutions do with a sixth of the parameters of standard ones.",
        build=later("small", "separable_cnn"),
        input_shape=_IMAGENET,
        num_classes=10,
        smallest=5,
        options=(Option("separable", "Separable convolutions", None, True),),
    ),
    "dilated_cnn": Architecture(
        title="Dilated CNN",
        year=2016,
        paper="Yu and Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016 (the layer)",
        url="https://arxiv.org/abs/1511.07122",
        sentence="Gaps in the kernel widen what it sees and cost no parameter.",
        build=later("small", "dilated_cnn"),
        input_shape=_IMAGENET,
        num_classes=10,
        smallest=7,
        options=(Option("dilation", "Dilation", None, 2, 1, 16),),
    ),
    "cifar_cnn": Architecture(
        title="CIFAR-10 CNN",
        year=2015,
        paper="Ioffe and Szegedy, Batch Normalization, ICML 2015 (the layer)",
        url="https://arxiv.org/abs/1502.03167",
        sentence="Three blocks of two convolutions with batch norm and dropout: a first network for small pictures.",
        build=later("small", "cifar_cnn"),
        input_shape=(32, 32, 3),
        num_classes=10,
        smallest=8,
        options=(
            Option("batch_norm", "Batch norm", None, True),
            Option("dropout", "Dropout", None, True),
        ),
    ),
    "stacked_cnn": Architecture(
        title="Stacked CNN",
        year=2014,
        paper="Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015 (the pattern)",
        url="https://arxiv.org/abs/1409.1556",
        sentence="Three blocks without padding; Flatten and one dense layer take 99 % of the parameters.",
        build=later("small", "stacked_cnn"),
        input_shape=_IMAGENET,
        num_classes=10,
        smallest=36,
        options=(Option("dense_units", "Units of the dense layer", None, 512, 1, 16384),),
    ),
    "gap_cnn": Architecture(
        title="Global pooling CNN",
        year=2013,
        paper="Lin, Chen and Yan, Network In Network, ICLR 2014 (global average pooling)",
        url="https://arxiv.org/abs/1312.4400",
        sentence="Global average pooling in place of Flatten: thousands of parameters instead of millions.",
        build=later("small", "gap_cnn"),
        input_shape=_IMAGENET,
        num_classes=10,
        smallest=3,
        options=(Option("head", "Head", ("global pooling", "flatten"), "global pooling"),),
    ),
    "yolo_like": Architecture(
        title="YOLO-like detector",
        year=2016,
        paper="Redmon and Farhadi, YOLO9000: Better, Faster, Stronger, CVPR 2017",
        url="https://arxiv.org/abs/1612.08242",
        sentence="One pass over the picture gives every cell of a grid its boxes, their objectness and class scores.",
        build=later("yolo", "yolo_like"),
        input_shape=(416, 416, 3),
        num_classes=20,
        options=(
            Option("num_boxes", "Boxes per cell", None, 5, 1, 20),
            Option("grid_stride", "Pixels per grid cell", (32, 16, 8), 32),
            Option("base_filters", "Filters of the first stage", None, 32, 1, 128),
        ),
        task="detection",
    ),
    "unet": Architecture(
        title="U-Net",
        year=2015,
        paper="Ronneberger, Fischer and Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015",
        url="https://arxiv.org/abs/1505.04597",
        sentence="Down, up again, and skips across that bring back where things were.",
        build=later("unet", "unet"),
        input_shape=(256, 256, 3),
        num_classes=2,
        options=(
            Option("depth", "Halvings", None, 3, 1, 6),
            Option("base_filters", "Filters of the first level", None, 64, 1, 128),
            Option("transposed", "Transposed convolutions", None, False),
            Option("skips", "Skip connections", None, True),
        ),
        task="segmentation",
    ),
    "fcn": Architecture(
        title="FCN",
        year=2014,
        paper="Long, Shelhamer and Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015",
        url="https://arxiv.org/abs/1411.4038",
        sentence="VGG-16 with its dense layers turned into convolutions: a class for every pixel of any picture.",
        build=later("fcn", "fcn"),
        input_shape=_IMAGENET,
        num_classes=21,
        options=(
            Option("stride", "Enlarged at the end (FCN-32s, -16s, -8s)", (32, 16, 8), 8),
            Option("transposed", "Transposed convolutions", None, False),
            Option("fc_filters", "Filters of fc6 and fc7", None, 4096, 1, 16384),
            Option("dropout", "Dropout behind fc6 and fc7", None, 0.5, 0.0, 0.95),
            Option("base_filters", "Filters of the first stage", None, 64, 1, 256),
        ),
        task="segmentation",
    ),
}
