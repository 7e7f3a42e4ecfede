"""Architectures of the catalogue with random weights of a fixed seed: what layers do before they have learned.

The dense layers of the oldest networks, which would take hundreds of megabytes, are narrower here.
"""

from typing import TYPE_CHECKING

from cnn_core.architectures.catalog import ARCHITECTURES, Architecture
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

SEED = 0
_NARROW = 256
_DENSE = ("dense_units", "fc_filters")
# The attribute of a layer that holds the weight -> the attribute with its initializer.
_DRAWN = {
    "kernel": ("kernel_initializer", "depthwise_initializer"),
    "depthwise_kernel": ("depthwise_initializer",),
    "pointwise_kernel": ("pointwise_initializer",),
}


def untrained_names() -> tuple[str, ...]:
    """The architectures to choose among: networks, no single blocks.

    Example:
        >>> "vgg16" in untrained_names(), "residual_block" in untrained_names()
        (True, False)
    """
    return tuple(name for name, entry in ARCHITECTURES.items() if entry.task != "block")


def untrained_architecture(name: str) -> Architecture:
    """The catalogue's entry.

    Raises:
        InputError: no such network.
    """
    if name not in untrained_names():
        raise InputError("There is no such network", f"Choose one of {', '.join(untrained_names())}", name=name)
    return ARCHITECTURES[name]


def narrowed(name: str) -> dict[str, int]:
    """The options with which a network is built narrower than it was published.

    Example:
        >>> narrowed("vgg16"), narrowed("resnet50")
        ({'dense_units': 256}, {})
    """
    options = untrained_architecture(name).options
    return {option.name: _NARROW for option in options if option.name in _DENSE and option.default > _NARROW}


def untrained_model(name: str, *, seed: int = SEED) -> "keras.Model":
    """The network with kernels drawn by its own layers' rules, the same for the same seed; imports Keras.

    Raises:
        InputError: no such network.

    Example:
        >>> untrained_model("lenet5").output_shape
        (None, 10)
    """
    entry = untrained_architecture(name)
    model = entry.build(input_shape=entry.input_shape, num_classes=entry.num_classes, **narrowed(name))
    number = seed * 100_000
    for layer in model._flatten_layers(include_self=False):
        for weight, initializers in _DRAWN.items():
            variable = getattr(layer, weight, None)
            rule = next((getattr(layer, one) for one in initializers if hasattr(layer, one)), None)
            if variable is None or rule is None:
                continue
            number += 1
            fresh = type(rule).from_config({**rule.get_config(), "seed": number})
            variable.assign(fresh(variable.shape, dtype=variable.dtype))
    return model
