"""The network that a training begins with: new, or a starter's with other classes at its end."""

import re
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.segmentation.training.config import NEW, SegmentationConfig, network_arguments
from cnn_core.segmentation.training.mirrors import averaged_over_mirrors
from cnn_core.starter_models import build_network, keras_starter, starter_card

if TYPE_CHECKING:
    import keras

ANSWER = "predictions"
# The layers with one channel for each class.
_HEADS = re.compile(r"predictions|scores|score_fc7|fuse\d_score")
# Batch norm's statistics follow other pictures within some dozens of steps.
_MOMENTUM = 0.9


def first_network(config: SegmentationConfig, names: tuple[str, ...]) -> "tuple[keras.Model, tuple[str, ...]]":
    """A new network that takes views and ends in logits, and which of its classes a starter knew already.

    Every layer but those with one channel a class has the starter's weights. These keep what they say of classes with
    the same names; other classes begin with small random weights.

    Args:
        config: of the run.
        names: its classes.
    """
    import keras

    keras.utils.set_random_seed(config.seed)
    builder, arguments = network_arguments(config.start, config.network, size=config.view_size, num_classes=len(names))
    model = build_network(builder, arguments)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    shared: tuple[str, ...] = ()
    if config.start != NEW:
        starter, known = keras_starter(config.start), starter_card(config.start).classes
        copy_by_name(starter, model)
        shared = tuple(name for name in names if name in known)
        heads = {layer.name for layer in starter.layers if _HEADS.fullmatch(layer.name) and layer.weights}
        # Built anew: a head of as many other classes has got the starter's weights too.
        fresh = build_network(builder, arguments)
        for name in heads:
            model.get_layer(name).set_weights(fresh.get_layer(name).get_weights())
            _copy_classes(starter.get_layer(name), model.get_layer(name), names, known)
    model.get_layer(ANSWER).activation = keras.activations.linear
    return model, shared


def answering(model: "keras.Model", config: SegmentationConfig) -> "keras.Model":
    """The same network for whole pictures: of the input's size, ending in softmax, averaged over mirror images.

    Args:
        model: of `first_network`, trained.
        config: of the run.
    """
    classes = model.output_shape[-1]
    builder, arguments = network_arguments(config.start, config.network, size=config.input_size, num_classes=classes)
    whole = build_network(builder, arguments)
    whole.set_weights(model.get_weights())
    return averaged_over_mirrors(whole, config.mirrors)


def copy_by_name(source: "keras.Model", model: "keras.Model") -> list[str]:
    """Give the model the weights of each layer of the same name and shapes; the names of those that got them."""
    known = {layer.name: layer for layer in source.layers}
    copied = []
    for layer in model.layers:
        found = known[layer.name].get_weights() if layer.name in known else []
        if found and [weight.shape for weight in found] == [weight.shape for weight in layer.get_weights()]:
            layer.set_weights(found)
            copied.append(layer.name)
    return copied


def _copy_classes(
    source: "keras.layers.Layer", layer: "keras.layers.Layer", names: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """Copy the channels of the classes that both have; the others begin at a tenth of their random weights."""
    shared = [name for name in names if name in known]
    ours, theirs = (np.array([of.index(name) for name in shared], int) for of in (names, known))
    weights = [weight * np.float32(0.1) for weight in layer.get_weights()]
    for mine, other in zip(weights, source.get_weights(), strict=True):
        mine[..., ours] = other[..., theirs]
    layer.set_weights(weights)
