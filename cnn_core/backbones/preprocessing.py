"""The pixels that each pretrained network was trained on, as numbers and as layers in front of the network.

Raw pixels are RGB in [0, 255]. A network fed with pixels of another range still answers, and is wrong more often: the
classic mistake is to divide by 255 whatever the network. Keras' `imagenet_utils.preprocess_input` is the oracle.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.backbones.catalog import backbone_named
from cnn_core.errors import InputError

if TYPE_CHECKING:
    import keras

# What each kind does to raw pixels, in one sentence.
PIXELS = {
    "own": "Takes pixels from 0 to 255: the network scales them itself.",
    "signed": "Divides by 127.5 and subtracts 1: pixels from -1 to 1.",
    "caffe": "Turns RGB into BGR and subtracts ImageNet's mean colour (103.9, 116.8, 123.7); nothing is divided.",
    "torch": "Divides by 255, subtracts ImageNet's mean colour and divides by its standard deviation.",
}

# ImageNet's mean colour, BGR in [0, 255], as Caffe's models used it; and mean and deviation, RGB in [0, 1], of Torch's.
_CAFFE_MEAN = (103.939, 116.779, 123.68)
_TORCH_MEAN = (0.485, 0.456, 0.406)
_TORCH_DEVIATION = (0.229, 0.224, 0.225)

LAYER = "preprocess"


def preprocessing_sentence(name: str) -> str:
    """What a backbone's preprocessing does to pixels.

    Example:
        >>> preprocessing_sentence("mobilenet_v2")
        'Divides by 127.5 and subtracts 1: pixels from -1 to 1.'
    """
    return PIXELS[backbone_named(name).pixels]


def preprocessed(name: str, pixels: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Raw pixels as a backbone's first convolution, or its own scaling layers, get them.

    Args:
        name: one of `BACKBONES`.
        pixels: (..., 3) RGB in [0, 255].

    Returns:
        (..., 3) float32; the order of colours is BGR where the network wants that.

    Raises:
        InputError: no such backbone, or not three channels.

    Example:
        >>> preprocessed("mobilenet_v2", [0, 127.5, 255]).tolist()
        [-1.0, 0.0, 1.0]
    """
    return pixels_for(backbone_named(name).pixels, pixels)


def pixels_for(kind: str, pixels: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Raw pixels as networks of a kind want them.

    Args:
        kind: one of `PIXELS`.
        pixels: (..., 3) RGB in [0, 255].

    Returns:
        (..., 3) float32; BGR for "caffe".

    Raises:
        InputError: not three channels.

    Example:
        >>> pixels_for("signed", [0, 127.5, 255]).tolist()
        [-1.0, 0.0, 1.0]
    """
    raw = np.asarray(pixels, np.float32)
    if raw.shape[-1:] != (3,):
        raise InputError("Pixels need red, green and blue", "Give (..., 3)", shape=raw.shape)
    if kind == "signed":
        return raw / np.float32(127.5) - np.float32(1)
    if kind == "caffe":
        return raw[..., ::-1] - np.array(_CAFFE_MEAN, np.float32)
    if kind == "torch":
        scaled = raw / np.float32(255) - np.array(_TORCH_MEAN, np.float32)
        return np.asarray(scaled / np.array(_TORCH_DEVIATION, np.float32))
    return raw


def wrong_preprocessing(name: str, pixels: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Raw pixels that, sent through the backbone's right preprocessing, become pixels / 255.

    That is what a network gets where a guide rescales by 1/255 for all of them. Its answer about these pixels is the
    answer that the mistake gives.

    Args:
        name: one of `BACKBONES`.
        pixels: (..., 3) RGB in [0, 255].

    Returns:
        (..., 3) float32, RGB, to be given to `load_backbone`'s model.

    Raises:
        InputError: as `preprocessed`.

    Example:
        >>> fed = wrong_preprocessing("vgg16", [255, 0, 0])
        >>> preprocessed("vgg16", fed).round(4).tolist()
        [1.0, 0.0, 0.0]
    """
    kind = backbone_named(name).pixels
    raw = np.asarray(pixels, np.float32)
    preprocessed(name, raw[..., :3])
    unit = raw / np.float32(255)
    if kind == "signed":
        return (unit + np.float32(1)) * np.float32(127.5)
    if kind == "caffe":
        # The mistake leaves RGB where the network expects BGR.
        return np.asarray((unit + np.array(_CAFFE_MEAN, np.float32))[..., ::-1])
    if kind == "torch":
        right = unit * np.array(_TORCH_DEVIATION, np.float32) + np.array(_TORCH_MEAN, np.float32)
        return np.asarray(right * np.float32(255))
    return unit


def preprocessing_layer(kind: str) -> "keras.layers.Layer | None":
    """A layer that does what `preprocessed` does; None where nothing is to be done. It has no weights, or fixed ones.

    Only layers of Keras that every export knows: a permutation of colours is a 1 x 1 convolution.
    """
    import keras

    if kind == "signed":
        return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name=LAYER)
    if kind == "torch":
        scale = [1 / (255 * deviation) for deviation in _TORCH_DEVIATION]
        offset = [-mean / deviation for mean, deviation in zip(_TORCH_MEAN, _TORCH_DEVIATION, strict=True)]
        return keras.layers.Rescaling(scale, offset=offset, name=LAYER)
    if kind == "caffe":
        return keras.layers.Conv2D(3, 1, trainable=False, dtype="float32", name=LAYER)
    return None


def set_preprocessing(model: Any) -> None:
    """Give the convolution that `preprocessing_layer` made for "caffe" its numbers."""
    kernel = np.eye(3, dtype=np.float32)[::-1].reshape(1, 1, 3, 3)
    model.get_layer(LAYER).set_weights([kernel, -np.array(_CAFFE_MEAN, np.float32)])
