"""A backbone as one flat Keras model: raw pixels in, its own preprocessing, its last feature maps out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnn_core.backbones.catalog import STARTER, STARTER_FEATURES, STARTER_MODEL, Backbone, backbone_named
from cnn_core.backbones.preprocessing import preprocessing_layer, set_preprocessing
from cnn_core.backbones.weights import download_weights, weights_present
from cnn_core.errors import InputError
from cnn_core.starter_models import keras_starter

if TYPE_CHECKING:
    import keras

_LARGEST = 1024
# ImageNet's deviation in RGB, which Keras' EfficientNet divides by in two steps.
_DEVIATION = (0.229, 0.224, 0.225)


def load_backbone(
    name: str,
    *,
    input_size: tuple[int, int],
    pretrained: bool = True,
    starter: "Callable[[str], keras.Model]" = keras_starter,
) -> "keras.Model":
    """The network without its classifier, every layer frozen; imports Keras.

    Frozen batch-norm layers answer in inference mode, whatever calls them: their statistics never move.

    Args:
        name: one of `BACKBONES`.
        input_size: rows and columns.
        pretrained: with its weights, downloaded where they are not here; else with new ones, for a look at its layers.
        starter: gives the starter's network; another one in tests.

    Returns:
        (N, rows, columns, 3) RGB in [0, 255] -> (N, h, w, channels), uncompiled. Its layers are not nested.

    Raises:
        InputError: no such backbone, a size that it does not take, or weights that cannot be downloaded.

    Example:
        >>> load_backbone("mobilenet_v2", input_size=(224, 224)).output_shape  # doctest: +SKIP
        (None, 7, 7, 1280)
    """
    backbone = backbone_named(name)
    _check_size(backbone, input_size)
    model = _starter(starter, input_size) if name == STARTER else _application(backbone, input_size, pretrained)
    for layer in model.layers:
        layer.trainable = False
    return model


def _check_size(backbone: Backbone, size: tuple[int, int]) -> None:
    if len(size) != 2 or min(size) < backbone.smallest or max(size) > _LARGEST:
        raise InputError(
            f"{backbone.title} does not take pictures of this size",
            f"Choose rows and columns from {backbone.smallest} to {_LARGEST}",
            input_size=tuple(size),
        )


def _starter(starter: "Callable[[str], keras.Model]", size: tuple[int, int]) -> "keras.Model":
    """The starter up to its features, at a size that is known, so that what is exported knows it too."""
    import keras

    if starter is keras_starter and not weights_present(STARTER):
        raise InputError("The starter classifier is not shipped with this version", "Choose another backbone")
    network = starter(STARTER_MODEL)
    features = keras.Model(network.input, network.get_layer(STARTER_FEATURES).output)

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, keras.layers.Rescaling):
            # It takes [0, 1]: its first layer takes [0, 255] here.
            return keras.layers.Rescaling(layer.scale / 255, offset=layer.offset, name="preprocess")
        return layer.__class__.from_config(layer.get_config())

    inputs = keras.Input((*size, 3), name="pixels")
    clone = keras.models.clone_model(features, input_tensors=inputs, clone_function=copied)
    clone.set_weights(features.get_weights())
    return keras.Model(clone.input, clone.output, name=STARTER)


def _application(backbone: Backbone, size: tuple[int, int], pretrained: bool) -> "keras.Model":
    import keras

    weights = download_weights(backbone.name) if pretrained else None
    inputs = keras.Input((*size, 3), name="pixels")
    layer = preprocessing_layer(backbone.pixels)
    pixels = inputs if layer is None else layer(inputs)
    network = getattr(keras.applications, backbone.builder)(
        include_top=False, weights=None, input_tensor=pixels, input_shape=(*size, 3)
    )
    model = keras.Model(inputs, network.output, name=backbone.name)
    if backbone.pixels == "caffe":
        set_preprocessing(model)
    if weights is not None:
        # The file knows nothing of the layer in front.
        keras.Model(pixels, network.output).load_weights(weights)
    return _exportable(model, imagenet=pretrained and backbone.name == "efficientnet_b0")


def _exportable(model: "keras.Model", *, imagenet: bool) -> "keras.Model":
    """The same network with `Normalization` layers as `Rescaling`: ONNX makes inputs of the former's statistics.

    Args:
        model: any of the applications.
        imagenet: EfficientNet with ImageNet's weights, which divides by the root of the deviation once more.
    """
    import keras
    import numpy as np

    found = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
    if not found:
        return model
    (normalization,) = found
    mean, variance = (np.asarray(value, np.float64).ravel() for value in (normalization.mean, normalization.variance))
    divisor = np.sqrt(variance) * (np.sqrt(_DEVIATION) if imagenet else 1.0)

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer is not normalization:
            return layer.__class__.from_config(layer.get_config())
        scale, offset = np.broadcast_to(1 / divisor, 3), np.broadcast_to(-mean / divisor, 3)
        return keras.layers.Rescaling(scale.tolist(), offset=offset.tolist(), name=layer.name)

    clone = keras.models.clone_model(model, clone_function=copied)
    for layer in model.layers:
        if layer is not normalization and layer.weights:
            clone.get_layer(layer.name).set_weights(layer.get_weights())
    return clone
