"""The blocks of the catalog, each as a network of its own. Importing this loads no Keras."""

from cnn_core.architectures.architecture import Architecture, Option
from cnn_core.architectures.later import later


def _block(
    name: str,
    *,
    title: str,
    year: int,
    paper: str,
    url: str,
    sentence: str,
    input_shape: tuple[int, int, int] = (56, 56, 64),
    options: tuple[Option, ...] = (),
) -> tuple[str, Architecture]:
    return name, Architecture(
        title=title,
        year=year,
        paper=paper,
        url=url,
        sentence=sentence,
        build=later("blocks.alone", "block_alone", block=name),
        input_shape=input_shape,
        num_classes=0,
        options=options,
        task="block",
    )


_RATIO = Option("ratio", "Channels per hidden unit", None, 16, 1, 256)
_STRIDE = Option("stride", "Stride", None, 1, 1, 4)
_UNITS = Option("units", "Channels of query, key and value", None, 64, 1, 4096)

BLOCKS: dict[str, Architecture] = dict(
    [
        _block(
            "residual_block",
            title="Residual block",
            year=2015,
            paper="He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016",
            url="https://arxiv.org/abs/1512.03385",
            sentence="The convolutions learn only what is to be added to their input.",
            options=(
                Option("kind", "Kind", ("basic", "bottleneck"), "basic"),
                Option("filters", "Filters", None, 64, 1, 4096),
                _STRIDE,
                Option("shortcut", "Shortcut", None, True),
            ),
        ),
        _block(
            "inverted_residual",
            title="Inverted residual",
            year=2018,
            paper="Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018",
            url="https://arxiv.org/abs/1801.04381",
            sentence="Widens, filters each channel by itself, narrows; the shortcut joins the narrow ends.",
            options=(
                Option("filters", "Filters", None, 64, 1, 4096),
                Option("expansion", "Expansion", None, 6, 1, 12),
                _STRIDE,
            ),
        ),
        _block(
            "inception_module",
            title="Inception module",
            year=2014,
            paper="Szegedy et al., Going Deeper with Convolutions, CVPR 2015",
            url="https://arxiv.org/abs/1409.4842",
            sentence="1 × 1, 3 × 3, 5 × 5 and pooling side by side, each kept cheap by a 1 × 1 convolution.",
            input_shape=(28, 28, 192),
            options=tuple(
                Option(name, title, None, default, 1, 4096)
                for name, title, default in (
                    ("filters_1x1", "1 × 1", 64),
                    ("filters_3x3_reduce", "In front of 3 × 3", 96),
                    ("filters_3x3", "3 × 3", 128),
                    ("filters_5x5_reduce", "In front of 5 × 5", 16),
                    ("filters_5x5", "5 × 5", 32),
                    ("filters_pool", "Behind the pooling", 32),
                )
            ),
        ),
        _block(
            "depthwise_separable",
            title="Depthwise separable convolution",
            year=2017,
            paper="Howard et al., MobileNets: Efficient CNNs for Mobile Vision Applications, 2017",
            url="https://arxiv.org/abs/1704.04861",
            sentence="First each channel in space, then all channels at each place.",
            options=(Option("filters", "Filters", None, 128, 1, 4096), _STRIDE),
        ),
        _block(
            "squeeze_excite",
            title="Squeeze and excitation",
            year=2017,
            paper="Hu, Shen and Sun, Squeeze-and-Excitation Networks, CVPR 2018",
            url="https://arxiv.org/abs/1709.01507",
            sentence="The means of all channels decide how much each channel counts.",
            options=(_RATIO,),
        ),
        _block(
            "cbam",
            title="CBAM",
            year=2018,
            paper="Woo, Park, Lee and Kweon, CBAM: Convolutional Block Attention Module, ECCV 2018",
            url="https://arxiv.org/abs/1807.06521",
            sentence="Weighs the channels, then the places.",
            options=(_RATIO, Option("kernel", "Window over the places", None, 7, 1, 31)),
        ),
        _block(
            "product_attention",
            title="Product with a channel softmax",
            year=2017,
            paper="Vaswani et al., Attention Is All You Need, NeurIPS 2017 (what it is not)",
            url="https://arxiv.org/abs/1706.03762",
            sentence="Often shown as self-attention, though each place looks at itself alone.",
            options=(_UNITS,),
        ),
        _block(
            "self_attention",
            title="Dot-product self-attention",
            year=2017,
            paper="Wang, Girshick, Gupta and He, Non-local Neural Networks, CVPR 2018",
            url="https://arxiv.org/abs/1711.07971",
            sentence="Every place looks at every other and takes from those that match.",
            input_shape=(14, 14, 128),
            options=(_UNITS,),
        ),
        _block(
            "aspp",
            title="Atrous spatial pyramid pooling",
            year=2017,
            paper="Chen, Papandreou, Schroff and Adam, Rethinking Atrous Convolution for Semantic Segmentation, 2017",
            url="https://arxiv.org/abs/1706.05587",
            sentence="Dilated convolutions at three rates and the mean of the whole map see several scales at once.",
            input_shape=(32, 32, 512),
            options=(
                Option("filters", "Filters", None, 256, 1, 4096),
                Option("output_stride", "Input pixels per cell", (16, 8), 16),
            ),
        ),
    ]
)
