"""The network that a training begins with: a starter's, with a head for other classes."""

import math
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.detection.training.config import NEW, DetectionConfig, network_arguments
from cnn_core.detection.training.loss import start_unsure
from cnn_core.grid_decoding import BOX_NUMBERS
from cnn_core.starter_models import build_network, keras_starter, starter_card

if TYPE_CHECKING:
    import keras

HEAD = "boxes"
# The side of a usual object in cells, where the sizes start from with random weights.
_USUAL_CELLS = 5.0
# Batch norm's statistics follow other pictures within some dozens of steps.
_MOMENTUM = 0.9


def first_network(config: DetectionConfig, names: tuple[str, ...]) -> "tuple[keras.Model, tuple[str, ...]]":
    """A new network, and which of its classes a starter knew already.

    Every layer but the head has the starter's weights. The head keeps what it says of place, size and objectness, and
    the scores of classes with the same names; other classes begin undecided.

    Args:
        config: of the run.
        names: its classes.
    """
    import keras

    keras.utils.set_random_seed(config.seed)
    arguments = network_arguments(config.start, input_size=config.input_size, num_classes=len(names))
    model = build_network("yolo_like", arguments)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _MOMENTUM
    start_unsure(model, num_classes=len(names), cells=_USUAL_CELLS)
    if config.start == NEW:
        return model, ()
    starter = keras_starter(config.start)
    for layer in starter.layers:
        if layer.name != HEAD and layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    known = starter_card(config.start).classes
    kernel, bias = model.get_layer(HEAD).get_weights()
    old_kernel, old_bias = starter.get_layer(HEAD).get_weights()
    kernel[..., :BOX_NUMBERS], bias[:BOX_NUMBERS] = old_kernel[..., :BOX_NUMBERS], old_bias[:BOX_NUMBERS]
    # The starter's objects are as sure as they were; a new class is as likely as each of the others.
    bias[BOX_NUMBERS:] = math.log(1 / max(1, len(names) - 1))
    shared = [name for name in names if name in known]
    ours, theirs = (np.array([BOX_NUMBERS + of.index(name) for name in shared], int) for of in (names, known))
    kernel[..., ours], bias[ours] = old_kernel[..., theirs], old_bias[theirs]
    model.get_layer(HEAD).set_weights([kernel, bias])
    return model, tuple(shared)
