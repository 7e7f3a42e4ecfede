"""The network of a run: raw pixels in, probabilities out, as one flat Keras model with seeded first weights.

Every layer is made anew from its configuration, with an initial value that follows from the run's seed and the layer's
name: two networks that differ in one layer begin alike in all others. Importing this loads no Keras.
"""

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnn_core.architectures.catalog import ARCHITECTURES
from cnn_core.errors import InputError
from cnn_core.keras_code import keras_code_of
from cnn_core.runtime import usable_memory
from cnn_core.summary import summarize
from cnn_core.training.config import OWN, RECIPE, STARTER, ScratchConfig

if TYPE_CHECKING:
    import keras

    from cnn_core.own_network.layers import LayerSpec

MOST_PARAMETERS = 200_000_000
PIXELS, RESCALING, OUTPUT = "pixels", "preprocess", "predictions"
# Of the memory that this machine has, what a training may take.
_SHARE = 0.7
# Each device has weights, gradients and what the optimizer remembers, as float32.
_BYTES_PER_PARAMETER = 16
# Batch norm's, at most: at Keras' 0.99 its statistics lag hundreds of updates behind the weights, and in a short
# training the validation pictures are judged by those of the first weights.
_MOMENTUM = 0.9


def scratch_network(config: ScratchConfig, classes: int) -> "keras.Model":
    """The whole network with its first weights, uncompiled: (N, rows, columns, 3) in [0, 255] -> (N, classes) softmax.

    Args:
        config: its network, size, switches and seed count.
        classes: how many.

    Raises:
        InputError: a network that does not take this size, is too large for this machine, or does not classify.

    Example:
        >>> scratch_network(ScratchConfig(), 10).count_params()
        1342122
    """
    # Weights that do not fit must not be allocated to find that out.
    _check_size(config, classes)
    model = _built(config, classes)
    if config.network == STARTER:
        return _regularized(model, config)
    return _regularized(_whole(model, config), config)


def network_code(config: ScratchConfig, classes: int) -> str:
    """The network of a run as Keras code that ends with `model`; its first weights are drawn as Keras draws them.

    Args:
        config: of any network but the starter's, whose weights are not code.
        classes: how many.

    Raises:
        InputError: the network has a part that cannot be written as code.

    Example:
        >>> print(network_code(ScratchConfig(network="lenet5"), 10).splitlines()[2])
        pixels = keras.Input((32, 32, 3), name="pixels")
    """
    return keras_code_of(lambda: _whole(_built(config, classes), config, seeded=False))


def _built(config: ScratchConfig, classes: int) -> "keras.Model":
    if config.network == STARTER:
        return _on_starter(config, classes)
    if config.network == OWN:
        return _own(config.own, classes)
    shape = (*config.input_size, 3)
    if config.network == RECIPE:
        return recipe_network(
            input_shape=shape, num_classes=classes, batch_norm=config.batch_norm, dropout=config.dropout
        )
    return ARCHITECTURES[config.network].build(input_shape=shape, num_classes=classes, **config.options)


def recipe_network(
    *, input_shape: tuple[int, int, int], num_classes: int, batch_norm: bool, dropout: bool
) -> "keras.Model":
    """The network of the guide's CIFAR-10 example: 32, 32, 64, 64, 128, 128 filters, a dense layer of 512.

    It pads: without padding six 3 x 3 convolutions and three poolings leave nothing of 32 pixels.
    """
    from cnn_core.architectures.small import cifar_cnn

    return cifar_cnn(input_shape=input_shape, num_classes=num_classes, batch_norm=batch_norm, dropout=dropout)


def own_layers(link: str, classes: int) -> "tuple[LayerSpec, ...]":
    """The layers of a network of one's own, its last one with as many units as there are classes, and softmax.

    Raises:
        InputError: it does not end in a dense layer, or has a layer that is impossible.
    """
    from cnn_core.own_network.builder import LayerError, edit_layer
    from cnn_core.own_network.link import decode_network
    from cnn_core.own_network.shapes import check_network

    specs, shape = decode_network(link)
    if not specs or specs[-1].kind != "dense":
        raise InputError("The network does not end in a dense layer", "Put one at its end: it becomes the answer")
    specs = edit_layer(specs, len(specs), units=classes, activation="softmax")
    for status in check_network(specs, input_shape=shape):
        if status.problem:
            raise LayerError(status.number, status.title, status.problem, status.remedy)
    return specs


def _own(link: str, classes: int) -> "keras.Model":
    from cnn_core.own_network.builder import build_network
    from cnn_core.own_network.link import decode_network

    model = build_network(own_layers(link, classes), input_shape=decode_network(link)[1])
    if len(model.output.shape) != 2:
        raise InputError("The network answers for many places of the picture", "Put Flatten or global pooling in it")
    return model


def _on_starter(config: ScratchConfig, classes: int) -> "keras.Model":
    """The starter up to its features, with global pooling and a new dense layer on top."""
    from cnn_core.backbones.loading import load_backbone
    from cnn_core.transfer.config import HeadOptions
    from cnn_core.transfer.head import whole_network

    base = load_backbone("starter", input_size=config.input_size)
    for layer in base.layers:
        layer.trainable = not config.frozen
    if not config.pretrained:
        fresh = _copy(base, config.seed)
        for layer in fresh.layers:
            layer.trainable = not config.frozen
        base = fresh
    head = HeadOptions(dense=0, dropout=0.5 if config.dropout else 0.0)
    return whole_network(base, classes, options=head, seed=config.seed)


def _whole(model: "keras.Model", config: ScratchConfig, *, seeded: bool = True) -> "keras.Model":
    """The network behind a layer that takes pixels to [0, 1], unless it does so itself."""
    import keras

    def rescaled(pixels: Any) -> Any:
        if any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers):
            return pixels
        return keras.layers.Rescaling(1 / 255, name=RESCALING)(pixels)

    # In a network of one's own it is what its maker chose.
    momentum = 1.0 if config.network == OWN else _MOMENTUM
    return _copy(model, config.seed if seeded else None, before=rescaled, momentum=momentum)


def _copy(
    model: "keras.Model",
    seed: int | None,
    *,
    before: Callable[[Any], Any] = lambda pixels: pixels,
    momentum: float = _MOMENTUM,
) -> "keras.Model":
    """A copy with new first weights, and something between its input and its layers."""
    import keras

    pixels = keras.Input(model.input_shape[1:], name=PIXELS)
    first = before(pixels)

    def fresh(layer: "keras.layers.Layer") -> "keras.layers.Layer":
        return layer.__class__.from_config(_seeded(layer, seed, momentum))

    if isinstance(model, keras.Sequential):
        x = first
        for layer in model.layers:
            x = fresh(layer)(x)
        return keras.Model(pixels, x, name=model.name)

    def call(layer: "keras.layers.Layer", *inputs: Any, **options: Any) -> Any:
        return layer(*(first if one is pixels else one for one in inputs), **options)

    clone = keras.models.clone_model(model, input_tensors=pixels, clone_function=fresh, call_function=call)
    return keras.Model(pixels, clone.output, name=model.name)


def _seeded(layer: "keras.layers.Layer", seed: int | None, momentum: float) -> dict[str, Any]:
    """The layer's configuration with a seed of its own in each initialiser that has one; as it is without a seed."""
    config: dict[str, Any] = layer.get_config()
    if isinstance(config.get("momentum"), float):
        config["momentum"] = min(config["momentum"], momentum)
    if seed is None:
        return config
    for name, value in config.items():
        if name.endswith("_initializer") and isinstance(value, dict) and "seed" in value.get("config", {}):
            value["config"]["seed"] = zlib.crc32(f"{seed} {layer.name} {name}".encode())
    return config


def _regularized(model: "keras.Model", config: ScratchConfig) -> "keras.Model":
    """Squared kernels join the loss; the files of the network know nothing of it."""
    if config.l2:
        import keras

        for variable in model.trainable_variables:
            if variable.path.endswith("kernel"):
                variable.regularizer = keras.regularizers.L2(config.l2)
    return model


def _check_size(config: ScratchConfig, classes: int) -> None:
    if config.network == STARTER:
        return
    summary = summarize(lambda: _built(config, classes), batch_size=config.batch_size)
    if summary.parameters > MOST_PARAMETERS:
        raise InputError(
            f"The network has {summary.parameters:,} parameters",
            f"Choose one with at most {MOST_PARAMETERS:,}",
            network=config.network,
        )
    most = _SHARE * usable_memory()
    needed = summary.training_bytes + (config.devices - 1) * _BYTES_PER_PARAMETER * summary.parameters
    if needed > most:
        raise InputError(
            f"Training it would take some {needed / 1e9:.1f} GB, and {most / 1e9:.1f} GB are left",
            "Choose a smaller batch, a smaller input size or a smaller network",
            batch_size=config.batch_size,
        )
