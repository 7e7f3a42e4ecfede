"""Networks to start one's own from."""

from dataclasses import dataclass

from cnn_core.own_network.layers import LayerSpec, layer


@dataclass(frozen=True)
class NetworkPreset:
    """A network to start from.

    Attributes:
        title: what the button says.
        why: what there is to see or to try.
        input_shape: rows, columns, channels.
        specs: the layers.
    """

    title: str
    why: str
    input_shape: tuple[int, int, int]
    specs: tuple[LayerSpec, ...]


def _conv(filters: int, **options: object) -> LayerSpec:
    return layer("convolution", filters=filters, **options)


_POOL = layer("pooling")
_FLATTEN = layer("flatten")
_MEAN = layer("global_pooling")


def _answer(units: int) -> LayerSpec:
    return layer("dense", units=units, activation="softmax")


def _residual_network(*, shortcut: bool) -> tuple[LayerSpec, ...]:
    blocks = [(16, 1), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)]
    return (
        _conv(16, bias=False, activation="linear"),
        layer("batch_norm"),
        layer("activation"),
        *(layer("residual", filters=filters, stride=stride, shortcut=shortcut) for filters, stride in blocks),
        _MEAN,
        _answer(10),
    )


_VGG_BODY = (_conv(32), _conv(32), _POOL, _conv(64), _conv(64), _POOL, _conv(128), _conv(128), _POOL)

PRESETS: dict[str, NetworkPreset] = {
    "lenet": NetworkPreset(
        "Like LeNet-5",
        "Two convolutions, two poolings, three dense layers: 61,706 parameters, most of them in the first dense layer.",
        (32, 32, 1),
        (
            _conv(6, kernel=5, padding="valid", activation="tanh"),
            layer("pooling", mode="average"),
            _conv(16, kernel=5, padding="valid", activation="tanh"),
            layer("pooling", mode="average"),
            _FLATTEN,
            layer("dense", units=120, activation="tanh"),
            layer("dense", units=84, activation="tanh"),
            _answer(10),
        ),
    ),
    "vgg_flatten": NetworkPreset(
        "Like VGG, with Flatten and Dense",
        "Compare with the same network with global pooling: the first dense layer has most of the parameters.",
        (32, 32, 3),
        (*_VGG_BODY, _FLATTEN, layer("dense", units=512), layer("dropout"), _answer(10)),
    ),
    "vgg_pooled": NetworkPreset(
        "Like VGG, with global pooling",
        "One number per channel instead of all positions: fewer parameters, and the input may have another size.",
        (32, 32, 3),
        (*_VGG_BODY, _MEAN, _answer(10)),
    ),
    "residual": NetworkPreset(
        "Residual",
        "Six residual blocks. Switch a shortcut off: the shapes stay, and the gradient loses its direct way.",
        (32, 32, 3),
        _residual_network(shortcut=True),
    ),
    "plain": NetworkPreset(
        "The same without shortcuts",
        "The residual network's layers without its shortcuts, for comparison.",
        (32, 32, 3),
        _residual_network(shortcut=False),
    ),
    "separable": NetworkPreset(
        "Separable convolutions",
        "Depthwise and 1 × 1 convolutions in place of full ones: about an eighth of the parameters.",
        (32, 32, 3),
        (
            _conv(32),
            layer("separable", filters=64, stride=2),
            layer("separable", filters=128, stride=2),
            layer("squeeze_excite"),
            layer("separable", filters=256, stride=2),
            _MEAN,
            _answer(10),
        ),
    ),
    "inception": NetworkPreset(
        "Two inception modules",
        "Paths of different kernel sizes side by side; their channels are joined.",
        (56, 56, 3),
        (_conv(64, kernel=7, stride=2), _POOL, layer("inception"), layer("inception"), _MEAN, _answer(10)),
    ),
    "mistake": NetworkPreset(
        "With a mistake",
        "Four poolings leave 2 × 2 cells of 32 × 32: the last convolution does not fit. Repair it in three ways.",
        (32, 32, 3),
        (
            _conv(16),
            _POOL,
            _conv(32),
            _POOL,
            _conv(64),
            _POOL,
            _conv(64),
            _POOL,
            _conv(128, padding="valid"),
            _FLATTEN,
            _answer(10),
        ),
    ),
}
